import assert from 'node:assert/strict';
import { missingMapping } from '../../../src/lint/rules/recovery/missing-mapping.ts';
import { testNetworkIsLive } from '../../../src/lint/rules/recovery/test-network-is-live.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { recovery } from './lab.ts';

describe('recovery/missing-mapping', () => {
  const failover = 'failover: { network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }';

  it('finds a NIC without any mapping, and connects it with an address of the new range', () => {
    const [finding] = expectFindings(
      missingMapping,
      recovery({ vm: '«FS01»: { recoveryHost: esx-d1, datastore: ds-d1 }' }),
      [/^eth0 of FS01 has no network at all in DR_Site, so after a failover/],
    );
    assert.equal(finding?.severity, 'warning');
    expectFix(
      missingMapping,
      recovery({ vm: '«FS01»: { recoveryHost: esx-d1, datastore: ds-d1 }' }),
      recovery({
        vm: 'FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: { network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }, test: { network: bubble, address: dhcp } } } }',
      }),
      'Connect eth0 to production in a failover and to bubble in a test',
    );
  });

  it('finds a NIC without a test network, and lets it be there as in a failover', () => {
    expectFix(
      missingMapping,
      recovery({ vm: fs01(`«eth0»: { ${failover} }`) }),
      recovery({
        vm: fs01(
          `eth0: { ${failover}, test: { network: bubble, address: 10.2.0.50/24, gateway: 10.2.0.1 } }`,
        ),
      }),
      'Connect eth0 to bubble in a test',
    );
  });

  it('offers nothing where no isolated network stands in the recovery site', () => {
    const [finding] = expectFindings(
      missingMapping,
      recovery({
        networks: 'production: { cidr: 10.2.0.0/24 }',
        vm: fs01(`«eth0»: { ${failover} }`),
      }),
      [/has no test network in DR_Site/],
    );
    assert.deepEqual(finding?.fixes, []);
  });

  it('is content with both, and with a VM without NICs', () => {
    expectNothing(missingMapping, recovery());
    expectNothing(missingMapping, recovery({ nics: '{}', vm: fs01('') }));
  });

  it('is silent where the mapping could merely not be read', () => {
    expectNothing(missingMapping, recovery({ vm: fs01('eth0: { failover: [1] }') }));
  });
});

describe('recovery/test-network-is-live', () => {
  const test = (mapping: string): string =>
    fs01(`eth0: { failover: { network: production, address: 10.2.0.50/24 }, test: ${mapping} }`);
  const networks = (lan: string): string =>
    `production: { cidr: 10.2.0.0/24 }\n      bubble: { cidr: 10.2.0.0/24, isolated: true }\n      test-lan: ${lan}`;

  it('OUT-12: finds a test in the live network, and offers the isolated one', () => {
    expectFindings(testNetworkIsLive, recovery({ vm: test('{ network: «production» }') }), [
      /^production is a live network \(FS01 goes there in a failover\), so a failover test would put a second FS01/,
    ]);
    expectFix(
      testNetworkIsLive,
      recovery({ vm: test('{ network: «production», address: 10.2.0.51/24, gateway: 10.2.0.1 }') }),
      recovery({ vm: test('{ network: bubble, address: 10.2.0.51/24, gateway: 10.2.0.1 }') }),
      'Test in the isolated network bubble',
    );
  });

  it('finds a network that can route to the live one, and offers to isolate it', () => {
    const lan = (network: string, isolated: string): string =>
      recovery({
        networks: networks(`{ cidr: 10.9.0.0/24${isolated} }`),
        vm: test(`{ network: ${network} }`),
      });
    expectFindings(testNetworkIsLive, lan('«test-lan»', ''), [
      /^test-lan is not isolated and can route to production/,
    ]);
    expectFix(
      testNetworkIsLive,
      lan('«test-lan»', ''),
      lan('test-lan', ', isolated: true'),
      'Isolate test-lan',
    );
  });

  it('is content with a firewall that lets nothing pass', () => {
    const walled = (allow: string, network: string): string =>
      recovery({
        networks: networks('{ cidr: 10.9.0.0/24 }'),
        more: `firewalls: [{ between: [test-lan, production], allow: ${allow} }]`,
        vm: test(`{ network: ${network} }`),
      });
    expectNothing(testNetworkIsLive, walled('[]', 'test-lan'));
    expectFindings(testNetworkIsLive, walled('[443]', '«test-lan»'));
  });

  it('is content with an isolated network', () => {
    expectNothing(testNetworkIsLive, recovery());
  });
});

function fs01(nics: string): string {
  return `FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { ${nics} } }`;
}
