import { duplicateIp } from '../../../src/lint/rules/recovery/duplicate-ip.ts';
import { gatewayOutsideNetwork } from '../../../src/lint/rules/recovery/gateway-outside-network.ts';
import { ipOutsideNetwork } from '../../../src/lint/rules/recovery/ip-outside-network.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { recovery } from './lab.ts';

const fs01 = (failover: string, test = '{ network: bubble, address: dhcp }'): string =>
  recovery({
    vm: `FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: ${failover}, test: ${test} } } }`,
  });

describe('recovery/ip-outside-network', () => {
  it('finds an address outside of the network, and keeps its host part in the right range', () => {
    const to = (address: string) => fs01(`{ network: production, address: ${address} }`);
    expectFindings(ipOutsideNetwork, to('«10.1.0.77/24»'), [
      /^eth0 of FS01 in a failover gets 10\.1\.0\.77, which is outside production \(10\.2\.0\.0\/24\)\. The recovery succeeds all the same/,
    ]);
    expectFix(ipOutsideNetwork, to('«10.1.0.77/24»'), to('10.2.0.77/24'), 'Change to 10.2.0.77/24');
  });

  it('finds a VM that keeps its address in a network of another range', () => {
    expectFindings(ipOutsideNetwork, fs01('{ network: «production» }'), [
      /gets no new address, so it keeps 10\.1\.0\.50, which is outside production/,
    ]);
    expectFix(
      ipOutsideNetwork,
      fs01('{ network: «production» }'),
      fs01('{ network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }'),
      'Give it 10.2.0.50/24',
    );
  });

  it('offers the network that has the address', () => {
    const other = (network: string, address: string) =>
      recovery({
        networks: 'production: { cidr: 10.2.0.0/24 }\n      second: { cidr: 10.3.0.0/24 }',
        vm: `FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: { network: ${network}, address: ${address} } } } }`,
      });
    expectFix(
      ipOutsideNetwork,
      other('production', '«10.3.0.5/24»'),
      other('second', '10.3.0.5/24'),
      'Change the network to second',
    );
  });

  it('finds a wrong prefix, and the addresses that nobody can have', () => {
    const to = (address: string) => fs01(`{ network: production, address: ${address} }`);
    expectFix(ipOutsideNetwork, to('«10.2.0.50/16»'), to('10.2.0.50/24'));
    expectFindings(ipOutsideNetwork, to('«10.2.0.0/24»'), [/which is the network address/]);
    expectFindings(ipOutsideNetwork, to('«10.2.0.255/24»'), [/which is the broadcast address/]);
  });

  it('judges a failover test as well', () => {
    expectFindings(
      ipOutsideNetwork,
      fs01('{ network: production, address: dhcp }', '{ network: bubble, address: «10.1.0.5/24» }'),
      [/^eth0 of FS01 in a failover test gets 10\.1\.0\.5/],
    );
  });

  it('is content with DHCP, an address that fits, and an address that still fits', () => {
    expectNothing(ipOutsideNetwork, recovery());
    expectNothing(
      ipOutsideNetwork,
      recovery({ nics: '{ eth0: { network: production } }' }).replace(
        'failover: { network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }',
        'failover: { network: production }',
      ),
    );
    expectNothing(
      ipOutsideNetwork,
      recovery({
        networks:
          'production: { cidr: 10.2.0.0/24 }\n      bubble: { cidr: 10.1.0.0/24, isolated: true }',
      }).replace('network: bubble, address: dhcp', 'network: bubble'),
    );
  });
});

describe('recovery/gateway-outside-network', () => {
  const gateway = (address: string): string =>
    fs01(`{ network: production, address: 10.2.0.50/24, gateway: ${address} }`);

  it('finds a gateway of another range, and offers the one that others use', () => {
    expectFindings(gatewayOutsideNetwork, gateway('«10.1.0.1»'), [
      /^eth0 of FS01 in a failover gets the gateway 10\.1\.0\.1, which is outside production/,
    ]);
    expectFix(gatewayOutsideNetwork, gateway('«10.1.0.1»'), gateway('10.2.0.1'));
  });

  it('is content with one of the network', () => {
    expectNothing(gatewayOutsideNetwork, recovery());
  });
});

describe('recovery/duplicate-ip', () => {
  const both = (second: string, test = '{ network: bubble, address: dhcp }'): string =>
    recovery({
      vm: `FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: { network: production, address: 10.2.0.50/24 }, test: ${test} } } }
      FS02: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: { network: production, address: ${second} } } } }`,
    });

  it('finds two VMs with one address, and offers a free one', () => {
    expectFindings(duplicateIp, both('«10.2.0.50/24»'), [
      'eth0 of FS02 in a failover gets 10.2.0.50 in production, which is the address of eth0 of FS01 in a failover. One of them needs another.',
    ]);
    expectFix(duplicateIp, both('«10.2.0.50/24»'), both('10.2.0.2/24'));
  });

  it('finds the address of something that stands in the recovery site, and of a gateway', () => {
    expectFindings(duplicateIp, both('«10.2.0.20/24»'), [
      /which is the address of NIC production of the ZVM of DR_Site/,
    ]);
    expectFindings(duplicateIp, both('«10.2.0.1/24»'), [/which is the address of the gateway of/]);
  });

  it('is content with the same address in a failover and in the bubble of a test', () => {
    expectNothing(duplicateIp, both('10.2.0.51/24', '{ network: bubble, address: 10.2.0.50/24 }'));
  });
});
