import assert from 'node:assert/strict';
import { blockedPort } from '../../../src/lint/rules/network/blocked-port.ts';
import { expectFindings, expectFix, expectNothing, marked } from '../testing.ts';
import { lab } from './lab.ts';

/** A ZVM in production only, so that its way to the VRAs passes the site's firewall. */
const oneNic = (allow: string) =>
  lab({
    prodFirewalls: `firewalls:
      - { between: [production, isolated], allow: ${allow} }`,
    prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }`,
    pairings: '[]',
  });

const link = (allow: string, parts = {}) =>
  lab({
    links: `mpls:
    joins: [Prod_Site/isolated, DR_Site/isolated]
    bandwidth: 100Mbit/s
    allow: ${allow}`,
    ...parts,
  });

describe('network/blocked-port', () => {
  it('NET-3: names the firewall, both ends and the ports', () => {
    const [toVra] = expectFindings(blockedPort, oneNic('«[443, 9071, 9081]»'), [
      'The firewall between production and isolated of Prod_Site does not let the ZVM of Prod_Site reach the VRA on esx-p1 on ports 4005 (VRA logs), 4006 (VRA control) and 4009 (checkpoints).',
    ]);
    assert.deepEqual(
      toVra?.related.map(({ message }) => message),
      ['The ZVM of Prod_Site', 'The VRA on esx-p1'],
    );
  });

  it('counts the components that need the same', () => {
    const text = oneNic('«[4005, 4006]»').replace(
      '    vms:',
      `      esx-p2: { vra: { memory: 3GiB, datastore: ds-p, network: isolated, address: 192.168.100.22/24, gateway: 192.168.100.1 } }
    vms:`,
    );
    expectFindings(blockedPort, text.replace('[4005, 4006]', '[4005, 4006, 9071, 9081]'), [
      /reach the VRA on esx-p1 and 1 more on port 4009 \(checkpoints\)\.$/,
    ]);
  });

  it('NET-10: tells the control plane and the data plane apart at a link', () => {
    expectFindings(blockedPort, link('«[4007, 4008]»'), [
      'Link mpls does not let the ZVM of Prod_Site and the ZVM of DR_Site reach each other on ports 9071 (ZVM to ZVM over HTTPS) and 9081 (ZVM to ZVM).',
    ]);
    expectFindings(blockedPort, link('«[9071, 9081, 4007]»'), [
      'Link mpls does not let the VRA on esx-p1 reach the VRA on esx-d1 on port 4008 (replication data).',
    ]);
  });

  it('asks for the way back of a reverse protection too', () => {
    expectFindings(
      blockedPort,
      link('«[9071, 9081, 4007]»', {
        vpg: `file-server:
    from: Prod_Site
    to: DR_Site
    reverseProtection: true
    vms:
      FS01: { recoveryHost: esx-d1, datastore: ds-d }`,
      }),
      [
        'Link mpls does not let the VRA on esx-p1 and the VRA on esx-d1 reach each other on port 4008 (replication data).',
      ],
    );
  });

  it('reports each kind of connection at the same list', () => {
    const source = link('[443]');
    const at = source.indexOf('[443]');
    const { findings } = { findings: expectFindingsAt(source, at, '[443]'.length) };
    assert.equal(findings.length, 2);
  });

  it('the fix adds the ports to a list of either style', () => {
    const after = oneNic('[443, 9071, 9081, 4005, 4006, 4009]');
    expectFix(blockedPort, oneNic('«[443, 9071, 9081]»'), after, 'Allow 4005, 4006 and 4009 here');
    expectFix(
      blockedPort,
      link(`
      «- 4007
      - 4008»`),
      marked(
        link(`
      - 4007
      - 4008
      - 9071
      - 9081`),
      ).text,
    );
  });

  it('the fix fills an empty list', () => {
    expectFix(
      blockedPort,
      link('«[]»', { pairings: '[]', prodZvm: '', drZvm: '' }),
      link('[4007, 4008]', { pairings: '[]', prodZvm: '', drZvm: '' }),
    );
  });

  it('says nothing where all is let through, and where a missing route is the cause', () => {
    expectNothing(blockedPort, lab());
    expectNothing(blockedPort, link('[4007, 4008, 9071, 9081]'));
    expectNothing(
      blockedPort,
      lab({
        prodFirewalls: `firewalls:
      - { between: [production, isolated], allow: [] }`,
        prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        isolated: { network: isolated, address: 192.168.100.10/24 }
      replicationNic: isolated`,
      }),
    );
  });
});

/** Two findings with one range, which markers cannot show. */
function expectFindingsAt(source: string, start: number, length: number) {
  const findings = expectFindings(
    blockedPort,
    `${source.slice(0, start)}««${source.slice(start, start + length)}»»${source.slice(start + length)}`,
  );
  const [first, second] = findings;
  assert.deepEqual(
    first?.fixes.map(({ title }) => title),
    ['Allow 4007 and 4008 here', 'Allow all that is needed here: 4007, 4008, 9071 and 9081'],
  );
  assert.deepEqual(
    second?.fixes.map(({ title }) => title),
    ['Allow 9071 and 9081 here', 'Allow all that is needed here: 4007, 4008, 9071 and 9081'],
  );
  return findings;
}
