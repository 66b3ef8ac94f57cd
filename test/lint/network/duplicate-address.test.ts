import assert from 'node:assert/strict';
import { duplicateAddress } from '../../../src/lint/rules/network/duplicate-address.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

const vra = (address: string) => `memory: 3GiB
          datastore: ds-p
          network: isolated
          address: ${address}
          gateway: 192.168.100.1`;

describe('network/duplicate-address', () => {
  it('finds a VRA with the address of the ZVM, and points to both', () => {
    const [finding] = expectFindings(
      duplicateAddress,
      lab({ prodVra: vra('«192.168.100.10/24»') }),
      [
        'The VRA on esx-p1 has the address 192.168.100.10 of NIC isolated of the ZVM of Prod_Site. One of them needs another.',
      ],
    );
    assert.deepEqual(finding?.related[0]?.place.path, [
      'sites',
      'Prod_Site',
      'zvm',
      'nics',
      'isolated',
      'address',
    ]);
  });

  it('finds two VMs and a host with one address', () => {
    expectFindings(
      duplicateAddress,
      lab({ vmNic: '{ network: production, address: «10.1.0.70/24» }' }).replace(
        '        version: "6.7"\n',
        '        version: "6.7"\n        address: 10.1.0.70\n',
      ),
      ['NIC eth0 of VM FS01 has the address 10.1.0.70 of host esx-p1. One of them needs another.'],
    );
  });

  it('finds a VRA on the address of a gateway', () => {
    expectFindings(duplicateAddress, lab({ prodVra: vra('«192.168.100.1/24»') }), [
      'The VRA on esx-p1 has the address 192.168.100.1, which the VRA on esx-p1 takes for its gateway. One of them is wrong.',
    ]);
  });

  it('lets services share a machine, and a VM be that machine', () => {
    expectNothing(
      duplicateAddress,
      lab({
        prodExtra: 'services: { dns: 10.1.0.50, ntp: 10.1.0.50, ldap: 10.1.0.50 }',
      }),
    );
    expectNothing(
      duplicateAddress,
      lab({ vmNic: '{ network: production, address: 10.1.0.10/24 }' }),
    );
  });

  it('lets the router offer a service', () => {
    expectNothing(duplicateAddress, lab({ prodExtra: 'services: { ntp: 10.1.0.1 }' }));
  });

  it('leaves an isolated network its addresses, and each site its own', () => {
    expectNothing(
      duplicateAddress,
      lab({
        prodNetworks: `production: { cidr: 10.1.0.0/24 }
      isolated: { cidr: 192.168.100.0/24 }
      bubble: { cidr: 10.1.0.0/24, isolated: true }`,
        vmNic: '{ network: bubble, address: 10.1.0.20/24 }',
      }),
    );
    expectNothing(duplicateAddress, lab());
  });
});
