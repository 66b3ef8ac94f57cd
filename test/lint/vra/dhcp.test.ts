import assert from 'node:assert/strict';
import { applyEdits } from '../../../src/lint/fix.ts';
import { dhcp } from '../../../src/lint/rules/vra/dhcp.ts';
import { missingOnHost } from '../../../src/lint/rules/vra/missing-on-host.ts';
import { renderScalar } from '../../../src/topology/edit.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing, findingsOf, fixOf } from '../testing.ts';

const sibling =
  'esx-p2:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24, gateway: 192.168.100.1 }';

describe('vra/dhcp', () => {
  it('VRA-9: says nothing about static addresses', () => {
    expectNothing(dhcp, lab());
  });

  it('VRA-9: finds a VRA with DHCP, at its address', () => {
    expectFindings(
      dhcp,
      lab({
        prodHosts:
          'esx-p1:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: «dhcp» }',
      }),
      [/^The VRA on esx-p1 gets its address by DHCP\./],
    );
  });

  it('the fix writes a free static address, and the gateway of the siblings', () => {
    const parts = (vra: string) => lab({ prodHosts: `esx-p1:\n  vra: ${vra}\n${sibling}` });
    expectFix(
      dhcp,
      parts('{ memory: 3GiB, datastore: ds-p1, network: isolated, address: «dhcp» }'),
      parts(
        '{ memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.22/24, ' +
          `gateway: ${renderScalar('192.168.100.1')} }`,
      ),
      'Use the free address 192.168.100.22',
    );
  });

  it('the fix leaves a gateway that stands there as it is', () => {
    const parts = (address: string) =>
      lab({
        prodHosts: `esx-p1:\n  vra:\n    memory: 3GiB\n    datastore: ds-p1\n    network: isolated\n    address: ${address} # reserve one\n    gateway: 192.168.100.254\n${sibling}`,
      });
    expectFix(dhcp, parts('«dhcp»'), parts('192.168.100.22/24'));
  });

  it('hands out no address that the fix of a missing VRA hands out', () => {
    const text = lab({
      prodHosts: `esx-p1:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: dhcp }\n${sibling}\nesx-p3: { version: "6.7" }`,
      prodVms: 'FS01: { host: esx-p3 }',
    });
    const findings = [...findingsOf(dhcp, text), ...findingsOf(missingOnHost, text)];
    assert.equal(findings.length, 2);
    const fixed = applyEdits(
      text,
      findings.flatMap((finding) => fixOf(finding).edits),
    );
    const { hosts } = loadTopology(fixed, 'test.dr.yaml').topology.sites.get('Prod_Site')!;
    const addresses = [...hosts.values()].map(({ vra }) => JSON.stringify(vra?.address));
    assert.equal(new Set(addresses).size, 3, addresses.join(' '));
  });
});
