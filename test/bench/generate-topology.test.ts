import assert from 'node:assert/strict';
import { generateTopology, mostVms, quietDrill } from '../../bench/generate-topology.ts';
import { runFile } from '../../src/drill/run-file.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';

describe('the generator of topologies for measurements', () => {
  // One VM; a VPG, a host, a datastore and a VLAN that are partly filled; each of them just full.
  for (const vms of [1, 7, 10, 201, 437]) {
    it(`writes ${vms} VMs so that the linter has no error and no warning`, () => {
      const loaded = loadTopology(generateTopology({ vms }), 'generated.dr.yaml');
      const said = lint(loaded)
        .filter(({ severity }) => severity === 'error' || severity === 'warning')
        .map(({ rule, message }) => `${rule}: ${message}`);
      assert.deepEqual(said, []);
    });
  }

  it('writes as many VMs, hosts, VPGs and drills as it says', () => {
    const { topology } = loadTopology(generateTopology({ vms: 437 }), 'generated.dr.yaml');
    const [prod, dr] = [...topology.sites.values()];
    assert.equal(prod?.vms.size, 437);
    assert.equal(prod.hosts.size, 44);
    assert.equal(dr?.hosts.size, 44);
    assert.equal(topology.vpgs.size, 44);
    const protectedVms = [...topology.vpgs.values()].reduce((sum, { vms }) => sum + vms.size, 0);
    assert.equal(protectedVms, 437);
    assert.equal(topology.drills.size, 45);
    assert.equal(topology.drills.get(quietDrill)?.duration, 24 * 3_600_000);
  });

  it('spreads the VMs of an application over the hosts', () => {
    const { topology } = loadTopology(generateTopology({ vms: 100 }), 'generated.dr.yaml');
    const [vpg] = topology.vpgs.values();
    const hosts = new Set([...(vpg?.vms.values() ?? [])].map(({ vm }) => vm.target?.host.name));
    assert.equal(hosts.size, 10);
  });

  it('writes the same text for the same number', () => {
    assert.equal(generateTopology({ vms: 35 }), generateTopology({ vms: 35 }));
  });

  it('writes drills that a lab passes', () => {
    const text = generateTopology({ vms: 3 });
    const { topology } = loadTopology(text, 'generated.dr.yaml');
    const drills = [...topology.drills.keys()].filter((name) => name !== quietDrill);
    const verdicts: unknown[] = [];
    for (const event of runFile({ type: 'run', uri: 'generated.dr.yaml', text, drills })) {
      if (event.type === 'finished') verdicts.push([event.outcome.verdict, event.outcome.failures]);
      else assert.ok(event.type !== 'crashed' && event.type !== 'refused', JSON.stringify(event));
    }
    assert.deepEqual(verdicts, [['passed', []]]);
  });

  it('refuses what it cannot write', () => {
    for (const vms of [0, 1.5, mostVms + 1, NaN]) {
      assert.throws(() => generateTopology({ vms }), RangeError);
    }
    assert.throws(() => generateTopology({ vms: 1, hours: 0 }), RangeError);
  });
});
