import assert from 'node:assert/strict';
import { addressOutside } from '../../../src/lint/rules/network/address-outside.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

const zvm = (address: string) => `zvm:
      nics:
        production: { network: production, address: ${address}, gateway: 10.1.0.1 }`;
const vra = (network: string, address: string) => `memory: 3GiB
          datastore: ds-p
          network: ${network}
          address: ${address}
          gateway: 192.168.100.1`;

describe('network/address-outside', () => {
  it('finds an address that its network does not hold: ZVM, VRA, VM', () => {
    expectFindings(addressOutside, lab({ prodZvm: zvm('«10.11.0.20/24»') }), [
      '10.11.0.20 of NIC production of the ZVM of Prod_Site is outside network production (10.1.0.0/24).',
    ]);
    expectFindings(addressOutside, lab({ prodVra: vra('isolated', '«192.168.10.21/24»') }), [
      '192.168.10.21 of the VRA on esx-p1 is outside network isolated (192.168.100.0/24).',
    ]);
    expectFindings(
      addressOutside,
      lab({ vmNic: '{ network: production, address: «10.2.0.50/24» }' }),
      ['10.2.0.50 of NIC eth0 of VM FS01 is outside network production (10.1.0.0/24).'],
    );
  });

  it('finds a vCenter outside the network that it names', () => {
    expectFindings(
      addressOutside,
      lab().replace('address: 10.1.0.10,', 'address: «192.168.100.9»,'),
      [
        '192.168.100.9 of the vCenter of Prod_Site is outside network production (10.1.0.0/24). It is in the range of network isolated.',
      ],
    );
  });

  it('the fix names the network that holds the address', () => {
    expectFix(
      addressOutside,
      lab({ prodVra: vra('production', '«192.168.100.21/24»') }),
      lab({ prodVra: vra('isolated', '192.168.100.21/24') }),
      'Change the network to isolated',
    );
  });

  it('finds a prefix that differs from the network, and corrects it', () => {
    expectFindings(addressOutside, lab({ prodZvm: zvm('«10.1.0.20/16»') }), [
      /has the prefix \/16 in network production \(10\.1\.0\.0\/24\): it takes addresses beyond/,
    ]);
    expectFindings(addressOutside, lab({ prodZvm: zvm('«10.1.0.20/28»') }), [
      /takes part of its own network for a remote one/,
    ]);
    expectFix(
      addressOutside,
      lab({ prodZvm: zvm('«10.1.0.20/16»') }),
      lab({ prodZvm: zvm('10.1.0.20/24') }),
    );
  });

  it('warns of a service that no network of the file holds', () => {
    const services = (dns: string) => lab({ prodExtra: `services: { dns: ${dns} }` });
    const [finding] = expectFindings(addressOutside, services('«10.9.0.2»'), [
      '10.9.0.2 of the dns service of Prod_Site is in no network of the file, so whether the ZVM reaches it cannot be checked. Declare its network, or correct the address.',
    ]);
    assert.equal(finding?.severity, 'warning');
    expectNothing(addressOutside, services('10.2.0.2'));
  });

  it('says nothing about addresses that fit, DHCP, and networks that nothing declares', () => {
    expectNothing(addressOutside, lab());
    expectNothing(addressOutside, lab({ prodVra: vra('isolated', 'dhcp') }));
    expectNothing(addressOutside, lab({ prodVra: vra('isolatet', '1.2.3.4/24') }));
  });
});
