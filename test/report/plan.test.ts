import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { lint } from '../../src/lint/run.ts';
import { planText } from '../../src/report/plan-text.ts';
import { planOf } from '../../src/report/plan.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { lab } from '../lint/lab.ts';

const planIn = (text: string) => planOf(loadTopology(text, 'test.dr.yaml').topology);
const mib = 2 ** 20;
const gib = 2 ** 30;

describe('the sizing plan', () => {
  it('reckons a journal from change rate and history with a tenth spare', () => {
    const { vpgs, total } = planIn(lab({ vpg: 'journal: { history: 4h }' }));
    const [vm] = vpgs[0]!.vms;
    assert.equal(vm?.average, 2 * mib);
    assert.equal(vm.written, 2 * mib * 4 * 3600);
    assert.ok(Math.abs(vm.journal - vm.written * 1.1) < 1);
    assert.equal(vm.replica, 40 * gib);
    assert.equal(vm.scratch, 40 * gib);
    assert.equal(total.journal, vm.journal);
  });

  it('halves what a compressing VPG puts on the wire, and adds 5 Mbit/s to the link', () => {
    const of = (compression: boolean) =>
      planIn(lab({ vpg: `compression: ${String(compression)}\njournal: { history: 1h }` }))
        .links[0]!;
    assert.equal(of(true).wire, mib);
    assert.equal(of(false).wire, 2 * mib);
    assert.equal(of(true).needed, mib + 5e6 / 8);
  });

  it('adds up VMs and VPGs', () => {
    const text = lab({
      prodVms: ['A', 'B']
        .map(
          (name) =>
            `${name}: { host: esx-p1, changeRate: 1MiB/s, disks: { d: { size: 10GiB, datastore: ds-p1 } } }`,
        )
        .join('\n'),
      protectedVms:
        'A: { recoveryHost: esx-d1, datastore: ds-d1 }\nB: { recoveryHost: esx-d1, datastore: ds-d1 }',
      vpg: 'journal: { history: 1h }',
      more: '  second:\n    from: Prod_Site\n    to: DR_Site\n    journal: { history: 1h }\n    vms: { A: { recoveryHost: esx-d1, datastore: ds-d1 } }\n',
    });
    const plan = planIn(text);
    assert.deepEqual(
      plan.vpgs.map(({ total }) => total.replica),
      [20 * gib, 10 * gib],
    );
    assert.equal(plan.total.average, 3 * mib);
    assert.equal(plan.links.length, 1);
    assert.equal(plan.links[0]?.wire, 1.5 * mib);
    assert.equal(plan.datastores[0]?.replicas, 30 * gib);
    const shown = planText(plan);
    assert.match(shown, /^total +2MiB\/s/m);
    assert.match(shown, /^All 2 VPGs: 3MiB\/s written/m);
  });

  it('marks just what the linter finds short', () => {
    const short = {
      'journal/hard-limit': lab({ vpg: 'journal: { history: 4h, hardLimit: 10GiB }' }),
      'link/bandwidth-short': lab({
        link: 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 10Mbit/s',
        vpg: 'journal: { history: 1h }',
      }),
      'journal/datastore-floor': lab({
        drDatastores: 'ds-d1: { capacity: 200GiB, free: 120GiB }',
        vpg: 'journal: { history: 1h }',
      }),
      'vra/buffer-short': lab({
        prodVms:
          'FS01: { host: esx-p1, changeRate: 2MiB/s, burst: { rate: 40MiB/s, for: 10m, every: 24h }, disks: { system: { size: 40GiB, datastore: ds-p1 } } }',
        vpg: 'journal: { history: 1h }',
      }),
    };
    for (const [rule, text] of Object.entries(short)) {
      const found = lint(loadTopology(text, 'x')).map((each) => each.rule);
      assert.deepEqual(
        Object.keys(short).filter((each) => found.includes(each)),
        [rule],
      );
      const plan = planIn(text);
      assert.equal(plan.fits, false, rule);
      const shown = planText(plan);
      assert.equal(shown.match(/^\S.* SHORT(?!\.)/gm)?.length, 1, shown);
      assert.match(shown, /Not all of it fits/);
    }
  });

  it('of the seed lab fits, and says so', () => {
    const plan = planIn(readFileSync('examples/seed-lab.dr.yaml', 'utf8'));
    assert.ok(plan.fits);
    assert.match(planText(plan), /All of it fits\.\n$/);
  });

  it('of a file without VPGs says so', () => {
    assert.match(planText(planIn('version: 1\nname: x\nsites: {}\n')), /declares no VPG/);
  });
});
