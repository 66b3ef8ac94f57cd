import { reservedAddress } from '../../../src/lint/rules/network/reserved-address.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

const vra = (address: string, gateway = '192.168.100.1') => `memory: 3GiB
          datastore: ds-p
          network: isolated
          address: ${address}
          gateway: ${gateway}`;

describe('network/reserved-address', () => {
  it('finds network and broadcast addresses', () => {
    expectFindings(reservedAddress, lab({ prodVra: vra('«192.168.100.255/24»') }), [
      'The VRA on esx-p1 cannot have 192.168.100.255: it is the broadcast address of 192.168.100.0/24, where 192.168.100.1 to 192.168.100.254 can be used.',
    ]);
    expectFindings(
      reservedAddress,
      lab({ vmNic: '{ network: production, address: «10.1.0.0/24» }' }),
      [
        /^NIC eth0 of VM FS01 cannot have 10\.1\.0\.0: it is the network address of 10\.1\.0\.0\/24/,
      ],
    );
  });

  it('finds them as gateways', () => {
    expectFindings(reservedAddress, lab({ prodVra: vra('192.168.100.21/24', '«192.168.100.0»') }), [
      /^The gateway of the VRA on esx-p1 cannot have 192\.168\.100\.0/,
    ]);
  });

  it('finds addresses that no interface can have', () => {
    for (const [address, what] of [
      ['127.0.0.1', 'loopback'],
      ['0.0.0.0', 'this network'],
      ['169.254.1.1', 'link-local'],
      ['224.0.0.251', 'multicast'],
      ['255.255.255.255', 'reserved'],
    ] as const) {
      expectFindings(reservedAddress, lab({ prodExtra: `services: { dns: «${address}» }` }), [
        new RegExp(what),
      ]);
    }
  });

  it('says nothing about usable addresses and point-to-point networks', () => {
    expectNothing(reservedAddress, lab());
    expectNothing(
      reservedAddress,
      lab({
        prodNetworks: `production: { cidr: 10.1.0.50/31 }
      isolated: { cidr: 192.168.100.0/24 }`,
        vmNic: '{ network: production, address: 10.1.0.50/31 }',
      }),
    );
  });
});
