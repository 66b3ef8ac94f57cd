/**
 * Time that leaps over what is quiet, against the same time lived through event by event: nobody can tell one lab
 * from the other afterwards.
 */
import assert from 'node:assert/strict';
import type { CheckpointSelector, LabSnapshot } from '../../../src/engine/api.ts';
import type { LabOptions } from '../../../src/engine/lab.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import type { Topology } from '../../../src/topology/model.ts';
import { Bench, hour, minute, second, twoSites } from '../fixtures/labs.ts';

interface Pair {
  readonly leaping: Bench;
  readonly living: Bench;
}

function pairOf(topology: () => Topology, options: Partial<LabOptions> = {}): Pair {
  return {
    leaping: new Bench(topology(), { ...options, leaps: true }),
    living: new Bench(topology(), options),
  };
}

function both({ leaping, living }: Pair, act: (bench: Bench) => void): void {
  act(leaping);
  act(living);
}

function runningLab(bench: Bench): RunningLab {
  assert.ok(bench.lab instanceof RunningLab);
  return bench.lab;
}

/** What can be said of a lab to the millisecond and the byte. Rates are means, and journals go by segments. */
function exactly({ now, vpgs, alerts, operations, outages }: LabSnapshot): unknown {
  return {
    now,
    alerts,
    outages,
    operations: operations.map(({ verb, vpg, result, checkpoint }) => ({
      verb,
      vpg,
      result,
      checkpoint,
    })),
    vpgs: vpgs.map(({ journalBytes: _bytes, journals: _journals, history: _history, ...vpg }) => vpg),
  };
}

function assertAlike(pair: Pair): void {
  const [leaping, living] = [pair.leaping.lab.snapshot(), pair.living.lab.snapshot()];
  assert.deepEqual(exactly(leaping), exactly(living));
  for (const [index, vpg] of leaping.vpgs.entries()) {
    const other = living.vpgs[index];
    assert.ok(other);
    const near = (a: number, b: number, by: number): void => {
      assert.ok(Math.abs(a - b) <= by, `${vpg.name}: ${a} is not ${b}`);
    };
    near(vpg.history, other.history, 10 * second);
    // What is given up goes by whole segments, and those of a leap are longer.
    near(vpg.journalBytes, other.journalBytes, other.journalBytes * 0.12 + 64 * 1024 * 1024);
  }
}

/** The recovered disks of a VPG at a checkpoint, as checksums of what lies in their first part. */
function recovered(bench: Bench, vpg: string, checkpoint: CheckpointSelector): unknown {
  const reply = bench.lab.request(undefined, { kind: 'failover-test', vpg, checkpoint });
  assert.equal(reply.result, 'success', JSON.stringify(reply));
  const images = reply.images ?? {};
  const found = Object.entries(images)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([disk, image]) => {
      const name = disk.slice(disk.indexOf('/') + 1);
      const sums: number[] = [];
      for (let at = 0; at < 4 * 1024 ** 3; at += 256 * 1024 ** 2) {
        sums.push(bench.lab.readImage(image, name, at, 256 * 1024 ** 2).checksum());
      }
      return [disk, sums];
    });
  const stopped = bench.lab.request(undefined, { kind: 'stop-test', vpg });
  assert.equal(stopped.result, 'success');
  return { checkpoint: reply.checkpoint, found };
}

function assertSameImages(pair: Pair, vpg: string, checkpoint: CheckpointSelector): void {
  const leaping = recovered(pair.leaping, vpg, checkpoint);
  assert.deepEqual(leaping, recovered(pair.living, vpg, checkpoint));
}

function at(time: number): CheckpointSelector {
  return { kind: 'time', time, inclusive: true };
}

describe('A lab whose time leaps', () => {
  it('is as one that lives through all of it, in a fraction of the events', () => {
    const pair = pairOf(() => twoSites());
    both(pair, ({ lab }) => {
      lab.run(3 * hour);
    });
    assertAlike(pair);
    const [few, many] = [runningLab(pair.leaping).eventCount, runningLab(pair.living).eventCount];
    assert.ok(few * 8 < many, `${few} events instead of ${many}`);
    for (const checkpoint of [{ kind: 'oldest' }, { kind: 'latest' }] as const) {
      assertSameImages(pair, 'shop', checkpoint);
    }
    for (const ago of [7 * minute, 31 * minute, 52 * minute + 35 * second]) {
      assertSameImages(pair, 'shop', at(3 * hour - ago));
    }
  });
});
