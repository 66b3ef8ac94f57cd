import assert from 'node:assert/strict';
import fc from 'fast-check';
import { missingOnHost } from '../../../src/lint/rules/vra/missing-on-host.ts';
import { applyEdits } from '../../../src/lint/fix.ts';
import { renderScalar } from '../../../src/topology/edit.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing, findingsOf, fixOf } from '../testing.ts';

const vm = (host: string): string =>
  `{ host: ${host}, disks: { system: { size: 40GiB, datastore: ds-p1 } } }`;

const withVra =
  'esx-p1:\n  version: "6.7"\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, ' +
  'address: 192.168.100.21/24, gateway: 192.168.100.1, folder: VRAs }';

describe('vra/missing-on-host', () => {
  it('VRA-3: says nothing where every host that runs or recovers protected VMs has a VRA', () => {
    expectNothing(missingOnHost, lab());
  });

  it('VRA-3: finds the host that runs a protected VM', () => {
    expectFindings(
      missingOnHost,
      lab({
        prodHosts: `${withVra}\n«esx-p2»: { version: "6.7" }`,
        prodVms: `FS01: ${vm('esx-p2')}`,
      }),
      [
        'esx-p2 runs FS01 but has no VRA, so no write there would be replicated. ' +
          'Every host that runs or recovers protected VMs needs exactly one.',
      ],
    );
  });

  it('VRA-3: finds the host that only recovers', () => {
    expectFindings(missingOnHost, lab({ drHosts: '«esx-d1»: { version: "6.7" }' }), [
      /^esx-d1 recovers FS01 but has no VRA, so nothing could be replicated to it\./,
    ]);
  });

  it('leaves hosts alone that run only VMs which nothing protects', () => {
    expectNothing(
      missingOnHost,
      lab({
        prodHosts: `${withVra}\nesx-p2: { version: "6.7" }`,
        prodVms: `FS01: ${vm('esx-p1')}\nWEB: ${vm('esx-p2')}`,
      }),
    );
  });

  it('does not call a VRA missing that stands in the file with a mistake', () => {
    expectNothing(
      missingOnHost,
      lab({
        drHosts:
          'esx-d1: { version: "6.7", vra: { memory: 3GiB, network: isolated, address: nonsense } }',
      }),
    );
  });

  it('the fix adds a VRA like its siblings, with the next free address', () => {
    const parts = (esxP2: string) =>
      lab({
        prodHosts: `${withVra}\n${esxP2}`,
        prodVms: `FS01: ${vm('esx-p2')}\nOTHER:\n  host: esx-p1\n  nics: { eth0: { network: isolated, address: 192.168.100.22/24 } }`,
      });
    expectFix(
      missingOnHost,
      parts('«esx-p2»: { version: "6.7" }'),
      parts(
        'esx-p2: { version: "6.7", vra: { memory: 3GiB, datastore: ds-p1, network: isolated, ' +
          `address: 192.168.100.23/24, gateway: ${renderScalar('192.168.100.1')}, folder: VRAs } }`,
      ),
      'Add a VRA with the address 192.168.100.23 to esx-p2',
    );
  });

  it('without siblings the fix takes the replication network and the roomiest datastore', () => {
    const parts = (hosts: string) =>
      lab({
        prodHosts: hosts,
        prodDatastores:
          'ds-p1: { capacity: 4TiB, free: 1500GiB }\nds-p2: { capacity: 4TiB, free: 3TiB }',
      });
    expectFix(
      missingOnHost,
      parts('«esx-p1»: { version: "6.7" }'),
      parts(
        'esx-p1: { version: "6.7", vra: { memory: 1GiB, datastore: ds-p2, network: isolated, ' +
          `address: 192.168.100.11/24, gateway: ${renderScalar('192.168.100.1')} } }`,
      ),
    );
  });

  it('VRA-12: gives several hosts addresses of their own, so that all fixes can be applied', () => {
    const text = lab({
      prodHosts: `${withVra}\nesx-p2: { version: "6.7" }\nesx-p3: { version: "6.7" }`,
      prodVms: `FS01: ${vm('esx-p2')}\nFS02: ${vm('esx-p3')}`,
      protectedVms:
        'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }\nFS02: { recoveryHost: esx-d1, datastore: ds-d1 }',
    });
    const findings = findingsOf(missingOnHost, text);
    assert.equal(findings.length, 2);
    const fixed = applyEdits(
      text,
      findings.flatMap((finding) => fixOf(finding).edits),
    );
    const { hosts } = loadTopology(fixed, 'test.dr.yaml').topology.sites.get('Prod_Site')!;
    const addresses = [...hosts.values()].map(({ vra }) => vra?.address);
    assert.equal(addresses.length, 3);
    assert.equal(new Set(addresses.map((address) => JSON.stringify(address))).size, 3);
    expectNothing(missingOnHost, fixed);
  });

  it('offers no fix where the network has no free address left', () => {
    const [finding] = expectFindings(
      missingOnHost,
      lab({
        prodNetworks: 'isolated: { cidr: 192.168.100.20/30 }',
        prodHosts:
          'esx-p1:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/30, gateway: 192.168.100.22 }\n' +
          '«esx-p2»: { version: "6.7" }',
        prodVms: `FS01: ${vm('esx-p2')}`,
      }),
    );
    assert.deepEqual(finding?.fixes, []);
  });

  it('never hands out an address that is used, reserved, outside the network or given twice', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 14 }),
        fc.integer({ min: 1, max: 8 }),
        (used, missing) => {
          const hosts = Array.from({ length: missing }, (_, index) => `new-${index}`);
          const text = lab({
            prodNetworks: 'isolated: { cidr: 192.168.100.0/28 }',
            prodHosts: [withVra, ...hosts.map((name) => `${name}: {}`)].join('\n'),
            prodVms: [
              ...used.map(
                (address, index) =>
                  `VM${index}: { host: esx-p1, nics: { eth0: { network: isolated, address: 192.168.100.${address}/28 } } }`,
              ),
              ...hosts.map((name) => `on-${name}: { host: ${name} }`),
            ].join('\n'),
            protectedVms: hosts
              .map((name) => `on-${name}: { recoveryHost: esx-d1, datastore: ds-d1 }`)
              .join('\n'),
          });
          const given = findingsOf(missingOnHost, text).flatMap(({ fixes }) =>
            fixes.map(({ title }) => Number(/ 192\.168\.100\.(\d+) /.exec(title)?.[1])),
          );
          // .1 is the gateway of the sibling and of the ZVM's route, .10 the ZVM.
          const taken = new Set([1, 10, ...used]);
          assert.equal(new Set(given).size, given.length);
          assert.ok(given.every((address) => address > 0 && address < 15 && !taken.has(address)));
          assert.equal(given.length, Math.min(missing, 14 - taken.size));
        },
      ),
      { numRuns: 50 },
    );
  });
});
