import assert from 'node:assert/strict';
import { createLab } from '../../../src/engine/lab.ts';
import { componentsOf, stateOf } from '../../../src/extension/lab/components.ts';
import { liveItems, shortly } from '../../../src/extension/lab/live-items.ts';
import { phaseOf, type VpgPhase } from '../../../src/extension/lab/vpg-phase.ts';
import { outlineOf } from '../../../src/language/outline.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import { readFileSync } from 'node:fs';

const minute = 60_000;

/** The small lab in virtual time: what a snapshot says is what the engine says. */
function lab() {
  const text = readFileSync('examples/small-lab.dr.yaml', 'utf8');
  const { topology } = loadTopology(text, 'small-lab.dr.yaml');
  const { nodes } = outlineOf(topology, [], 1, true);
  const running = createLab(topology, { seed: 1, begin: 'protected' });
  running.run(2 * minute);
  const site = topology.sites.get('Berlin');
  const link = topology.links.get('fibre');
  assert.ok(site && link);
  const state = (name: string): string => {
    const component = componentsOf(nodes).find((each) => each.name === name);
    assert.ok(component, name);
    return stateOf(component, running.snapshot());
  };
  const item = (id: string) => {
    const found = liveItems(nodes, running.snapshot()).get(id);
    assert.ok(found, id);
    return found;
  };
  const phase = (): VpgPhase => {
    const snapshot = running.snapshot();
    const [vpg] = snapshot.vpgs;
    assert.ok(vpg);
    return phaseOf(vpg, snapshot);
  };
  return { nodes, running, site, link, state, item, phase };
}

describe('what the tree shows of a running lab', function () {
  this.timeout(60_000);

  it('calls every component as the engine does', () => {
    const { nodes } = lab();
    assert.deepEqual(
      componentsOf(nodes).map(({ name }) => name),
      [
        ...['Berlin', 'Berlin/zvm', 'Berlin/kvm-b1', 'Berlin/kvm-b1/vra', 'Berlin/kvm-b2'],
        ...['Berlin/kvm-b2/vra', 'Bonn', 'Bonn/zvm', 'Bonn/kvm-n1', 'Bonn/kvm-n1/vra', 'fibre'],
      ],
    );
  });

  it('tells what was switched off from what is down with it', () => {
    const { running, site, state } = lab();
    assert.equal(state('Berlin/kvm-b1/vra'), 'up');
    running.power({ kind: 'site', site }, 'powerOff');
    running.run(3 * minute);
    assert.equal(state('Berlin'), 'off');
    assert.equal(state('Berlin/zvm'), 'down');
    assert.equal(state('Berlin/kvm-b1'), 'down');
    assert.equal(state('Berlin/kvm-b1/vra'), 'down');
    assert.equal(state('Bonn/zvm'), 'up');
    running.power({ kind: 'site', site }, 'powerOn');
    running.run(5 * minute);
    assert.equal(state('Berlin/kvm-b1/vra'), 'up');
  });

  it('tells a link that is cut from one that is degraded', () => {
    const { running, link, state, item } = lab();
    running.degradeLink(link, { latency: 500 });
    assert.equal(state('fibre'), 'degraded');
    assert.equal(item('links/fibre').tint, 'warning');
    running.cutLink(link);
    assert.equal(state('fibre'), 'off');
    assert.match(item('links/fibre').description, /^cut since /);
    running.healLink(link);
    assert.equal(state('fibre'), 'up');
  });

  it('has status and RPO of a VPG, and says where nobody measures it', () => {
    const { running, site, item } = lab();
    assert.equal(item('vpgs/shop').description, 'MeetingSLA · RPO below 10 s');
    assert.equal(item('vpgs/shop').tint, 'ok');
    running.power({ kind: 'zvm', site }, 'powerOff');
    running.run(10 * minute);
    assert.match(item('vpgs/shop').description, /RPO not measured/);
    assert.equal(item('vpgs/shop').tint, 'error');
  });

  it('changes with an open gap in steps that can be followed', () => {
    const { running, site, item } = lab();
    running.power({ kind: 'zvm', site }, 'powerOff');
    running.run(4 * minute);
    const one = item('vpgs/shop').content;
    running.run(4 * minute + 1000);
    const two = item('vpgs/shop').content;
    running.run(4 * minute + 6000);
    assert.equal(one, two);
    assert.notEqual(item('vpgs/shop').content, one);
  });

  it('follows a VPG through its life', () => {
    const { running, phase } = lab();
    const vpg = 'shop';
    const checkpoint = { kind: 'latest' } as const;
    assert.equal(phase(), 'protected');
    running.request(undefined, { kind: 'pause', vpg });
    running.run(3 * minute);
    assert.equal(phase(), 'paused');
    running.request(undefined, { kind: 'resume', vpg });
    running.run(6 * minute);
    running.request(undefined, { kind: 'failover-test', vpg, checkpoint });
    assert.equal(phase(), 'testing');
    running.request(undefined, { kind: 'stop-test', vpg });
    running.run(7 * minute);
    assert.equal(phase(), 'protected');
    running.request(undefined, { kind: 'failover', vpg, checkpoint, commitPolicy: 'none' });
    assert.equal(phase(), 'busy', 'its VMs are still being started');
    running.run(15 * minute);
    assert.equal(phase(), 'undecided');
    running.request(undefined, { kind: 'commit', vpg, reverseProtection: false });
    running.run(20 * minute);
    assert.equal(phase(), 'recovered');
  });

  it('rounds what changes with every look', () => {
    assert.equal(shortly(9_999), 'below 10 s');
    assert.equal(shortly(12_000), '10 s');
    assert.equal(shortly(58_000), '1 min');
    assert.equal(shortly(84_000), '1 min 20 s');
  });
});
