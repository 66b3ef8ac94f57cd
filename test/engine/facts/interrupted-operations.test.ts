/** A ZVM that crashes in the middle of an operation leaves neither a report that runs for ever nor open images. */
import assert from 'node:assert/strict';
import type { Request } from '../../../src/engine/api.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import { LabError } from '../../../src/engine/lab/types.ts';
import { Bench, mib, minute, second, twoSites } from '../fixtures/labs.ts';

const requests: readonly Request[] = [
  { kind: 'failover-test', vpg: 'shop', checkpoint: { kind: 'latest' } },
  { kind: 'clone', vpg: 'shop', checkpoint: { kind: 'latest' } },
  {
    kind: 'restore-file',
    vpg: 'shop',
    checkpoint: { kind: 'latest' },
    file: { path: 'f', vm: 'FS01', disk: 'data', offset: 0, length: 64 * mib },
  },
  { kind: 'failover', vpg: 'shop', checkpoint: { kind: 'latest' }, commitPolicy: 'none' },
];

function started(): { readonly bench: Bench; readonly lab: RunningLab } {
  // Small enough for a copy to take milliseconds.
  const bench = new Bench(twoSites([/8GiB/g, '64MiB']));
  const { lab } = bench;
  assert.ok(lab instanceof RunningLab);
  bench.write('FS01', 'kept', mib);
  lab.run(lab.now + 20 * second);
  return { bench, lab };
}

/** All images that VRAs of the recovery site have open. */
function openImages(lab: RunningLab): string[] {
  const names: string[] = [];
  const seen = new Set<string>();
  const operations = [...lab.snapshot().operations.map(({ id }) => id), 'DR_Site 1-86395000'];
  for (const id of operations) {
    for (const vm of ['FS01', 'DB01']) {
      const image = `${id}/${vm}`;
      if (seen.has(image)) continue;
      seen.add(image);
      try {
        lab.image(image);
        names.push(image);
      } catch (error) {
        assert.ok(error instanceof LabError);
      }
    }
  }
  return names;
}

describe('an operation whose ZVM crashes', () => {
  for (const request of requests) {
    it(`has an end, and none of its images stays open: ${request.kind}`, () => {
      const left = new Set<string>();
      for (let after = 0; after <= 12; after += 1) {
        const { bench, lab } = started();
        const { universe } = lab;
        let answered = false;
        lab.ask(bench.site('DR_Site'), request, () => {
          answered = true;
        });
        universe.schedule(universe.now + after, () => {
          if (!answered) for (const image of openImages(lab)) left.add(image);
          bench.power('DR_Site/zvm', 'crash');
        });
        universe.schedule(universe.now + 10 * second, () => {
          bench.power('DR_Site/zvm', 'powerOn');
        });
        lab.run(lab.now + 2 * minute);
        const { operations, vpgs } = lab.snapshot();
        const undecided = vpgs[0]?.subStatus === 'FailingOverBeforeCommit';
        for (const { result } of operations) assert.ok(undecided || result !== 'running');
        const waits = undecided || bench.raised('VPG0050', 'DR_Site');
        const open = openImages(lab);
        if (waits) assert.equal(open.length, 2, 'what goes on keeps its images');
        else assert.deepEqual(open, [], `after a crash at ${after} ms`);
      }
      assert.ok(left.size > 0, 'no crash left an image open');
    });
  }
});
