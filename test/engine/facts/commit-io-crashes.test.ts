/**
 * A commit merges what the recovered VM wrote into its disks. Whichever I/O of the recovery VRA a crash follows,
 * and whether or not another one follows in the repeat, the VM has in the end the checkpoint with all that it
 * wrote, or, where the crash came before the merge had begun, with none of it.
 */
import assert from 'node:assert/strict';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload } from '../../../src/engine/world/payloads.ts';
import { Bench, mib, minute, second, twoSites } from '../fixtures/labs.ts';

const kib = 1024;
/** Where the lab puts the marker, which the journal holds. */
const base = 4096 * mib;
/** Nothing of the journal lies there, so that who writes there merges. */
const beyond = 6144 * mib;
const writes = [
  { offset: base + 64 * kib, length: 512 * kib },
  { offset: base + mib, length: 4 * kib },
  { offset: base + 3 * mib, length: 5 * mib },
  { offset: beyond, length: 64 * kib },
].map((range, index) => ({ ...range, payload: syntheticPayload(1000 + index, range.length) }));
const markerSize = 2 * mib;

interface Plan {
  readonly reverse: boolean;
  /** The VRA crashes when it has begun so many I/Os since the commit was asked for. */
  readonly after: number;
  /** And again after so many in its next life. */
  readonly again?: number;
  readonly ending: 'crash' | 'powerOff';
  /** Only I/Os on files whose path holds this count; any without it. */
  readonly on?: string;
  readonly seed?: number;
}

interface Outcome {
  /** I/Os of the VRA in the commit; only where there was no crash. */
  readonly count: number;
  readonly content: 'all' | 'none';
  /** Whether the VRA had begun to write to the VM's disk for the merge when it crashed. */
  readonly begun: boolean;
}

function live({ reverse, after, again, ending, on = '', seed = 1 }: Plan): Outcome {
  const bench = new Bench(twoSites(), { seed, begin: 'protected' });
  const { lab } = bench;
  assert.ok(lab instanceof RunningLab);
  const { universe } = lab;
  bench.write('FS01', 'kept', markerSize);
  lab.run(lab.now + 20 * second);
  const reply = lab.request(bench.site('DR_Site'), {
    kind: 'failover',
    vpg: 'shop',
    checkpoint: { kind: 'latest' },
    reverseProtection: reverse,
  });
  assert.equal(reply.result, 'success', JSON.stringify(reply));
  const guest = lab.guest(bench.vm('FS01'));
  let open = writes.length;
  for (const { offset, payload } of writes) {
    guest?.write(0, offset, payload, (error) => {
      assert.equal(error, undefined);
      open -= 1;
    });
  }
  lab.run(lab.now + 5 * second);
  assert.equal(open, 0, 'the recovered VM could not write');

  let count = 0;
  let left = after;
  let lives = again === undefined ? 1 : 2;
  let begun = false;
  const io = (process: string, path: string, offset = -1): void => {
    if (process !== 'vra DR_Site/esx-d1' || lives === 0 || !path.includes(on)) return;
    count += 1;
    if (path.endsWith('.replica') && offset === beyond) begun = true;
    if (left-- > 0) return;
    lives -= 1;
    left = again ?? Infinity;
    universe.schedule(universe.now, () => {
      bench.power('DR_Site/esx-d1/vra', ending);
      universe.schedule(universe.now + second, () => {
        bench.power('DR_Site/esx-d1/vra', 'powerOn');
      });
    });
  };
  universe.observe({ wrote: io, touched: io });
  lab.request(bench.site('DR_Site'), { kind: 'commit', vpg: 'shop' });
  const total = count;
  lab.run(lab.now + 10 * minute);
  universe.observe(undefined);
  const [failover] = lab.snapshot().operations.filter(({ verb }) => verb === 'failover');
  assert.equal(failover?.outcome, 'committed');
  assert.equal(bench.vpg().status, reverse ? 'MeetingSLA' : 'Recovered');
  return { count: total, content: contentOf(bench, lab), begun };
}

function contentOf(bench: Bench, lab: RunningLab): 'all' | 'none' {
  const machine = lab.machine(bench.vm('FS01'));
  assert.ok(machine, 'FS01 runs nowhere');
  const read = (offset: number, length: number): Payload => {
    let found: Payload | undefined;
    machine.read(0, offset, length, (error, payload) => {
      assert.equal(error, undefined);
      found = payload;
    });
    lab.run(lab.now + second);
    assert.ok(found);
    return found;
  };
  // Up to the first write nothing but the marker is there.
  const marker = lab.marker('kept');
  assert.equal(marker?.offset, base);
  const whole = syntheticPayload('marker 1', markerSize, 0);
  assert.ok(samePayload(read(base, 64 * kib), whole.slice(0, 64 * kib)), 'the checkpoint is there');
  const found = new Set<string>();
  for (const { offset, length, payload } of writes) {
    const actual = read(offset, length);
    if (samePayload(actual, payload)) found.add('all');
    else {
      const before =
        offset < base + markerSize ? whole.slice(offset - base, offset - base + length) : undefined;
      found.add(before && !samePayload(actual, before) ? `torn at ${offset}` : 'none');
    }
  }
  assert.equal(found.size, 1, `the disk has ${[...found].join(', ')} of what was written`);
  const [content] = found;
  assert.ok(content === 'all' || content === 'none', content);
  return content;
}

describe('a commit of a VM that has written since its recovery', () => {
  for (const reverse of [false, true]) {
    const how = reverse ? 'with reverse protection' : 'without reverse protection';
    it(`survives a crash behind every I/O of its VRA, ${how}`, function () {
      this.timeout(300_000);
      const { count } = live({ reverse, after: Infinity, ending: 'crash' });
      assert.ok(count > 15 && count < 200, `${count} I/Os`);
      const outcomes: Outcome[] = [];
      for (let after = 0; after < count; after += 1) {
        const ending = after % 2 === 0 ? 'crash' : 'powerOff';
        const outcome = live({ reverse, after, ending, seed: 1 + after });
        if (outcome.begun) assert.equal(outcome.content, 'all', `a crash behind ${after} I/Os`);
        outcomes.push(outcome);
      }
      assert.ok(outcomes.some(({ begun }) => begun));
      assert.ok(outcomes.some(({ content }) => content === 'none'));
    });

    it(`leaves no VM without its disks when its VRA crashes storing that it has them, ${how}`, function () {
      this.timeout(300_000);
      const on = '/vras/';
      const { count } = live({ reverse, after: Infinity, ending: 'crash', on });
      assert.ok(count > 1, `${count} I/Os`);
      for (let after = 0; after < count; after += 1) {
        // What was under way is on the disk whole, in part or not at all, by chance.
        for (let seed = 1; seed <= 8; seed += 1) {
          const { begun, content } = live({ reverse, after, ending: 'powerOff', on, seed });
          if (begun) assert.equal(content, 'all');
        }
      }
    });

    it(`survives another crash in the repeat, ${how}`, function () {
      this.timeout(300_000);
      const { count } = live({ reverse, after: Infinity, ending: 'crash' });
      let begun = 0;
      for (let after = 0; after < count; after += 1) {
        for (let again = after % 7; again < count; again += 14) {
          const ending = (after + again) % 2 === 0 ? 'crash' : 'powerOff';
          const outcome = live({ reverse, after, again, ending, seed: 1 + after });
          if (!outcome.begun) continue;
          begun += 1;
          assert.equal(outcome.content, 'all', `crashes behind ${after} and ${again} I/Os`);
        }
      }
      assert.ok(begun > 20, `the merge had begun in ${begun} lives`);
    });
  }
});
