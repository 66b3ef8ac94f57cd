import assert from 'node:assert/strict';
import type { FrameEntry } from '../../../src/engine/journal/frame.ts';
import {
  findMarker,
  markerRuns,
  newestMarker,
  oldestMarker,
} from '../../../src/engine/journal/history.ts';
import { BEGINNING } from '../../../src/engine/journal/place.ts';
import { Segment } from '../../../src/engine/journal/segment.ts';
import { Catalogue } from '../../../src/engine/zvm/catalogue.ts';
import { rememberState } from '../../../src/engine/zvm/state-replay.ts';
import { nothingDeployed } from '../../../src/engine/zvm/state.ts';
import type { StateRecord } from '../../../src/engine/zvm/state.ts';
import { checkpointInterval, maxHistory } from '../../../src/topology/limits.ts';

const count = maxHistory / checkpointInterval;
const first = 1000;

function timeOf(id: number): number {
  return id * checkpointInterval;
}

/** Thirty days of markers, each in a frame of its own, in as many segments as a quiet VM has. */
function thirtyDays(): Segment[] {
  const segments: Segment[] = [];
  const perSegment = count / 32;
  let after = { epoch: 1, sequence: 0 };
  let newestCheckpoint = -1;
  for (let id = first; id < first + count;) {
    const segment = new Segment({
      id: segments.length + 1,
      after,
      sync: undefined,
      newestCheckpoint,
    });
    for (let taken = 0; taken < perSegment; taken += 1, id += 1) {
      const marker: FrameEntry = { kind: 'checkpoint', time: timeOf(id), checkpoint: id };
      const firstSequence = segment.position.sequence + 1;
      segment.absorb({ epoch: 1, firstSequence, entries: [marker], bytes: 80 + (id % 7) });
    }
    ({ position: after, newestCheckpoint } = segment);
    segments.push(segment);
  }
  return segments;
}

/** The list, and how often one of it has been looked at. */
function counted<T>(list: readonly T[]): { list: readonly T[]; looks: () => number } {
  let looks = 0;
  const watched = new Proxy(list, {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  return { list: watched, looks: () => looks };
}

describe('thirty days of checkpoints, one every 5 s', () => {
  it('are 518 400', () => {
    assert.equal(count, 518_400);
  });

  it('are one range in a catalogue, and one more for every outage', function () {
    this.timeout(20_000);
    const catalogue = new Catalogue();
    for (let id = first; id < first + count; id += 1) catalogue.add(id, timeOf(id));
    assert.equal(catalogue.count, count);
    assert.equal(catalogue.runs.length, 1);
    assert.deepEqual(catalogue.find(first + 400_000)?.time, timeOf(first + 400_000));
    assert.equal(catalogue.before(timeOf(first + 99), false)?.id, first + 98);
    // A day goes, a day comes, with a break.
    catalogue.trim(first + 17_280);
    for (let id = first + count + 100; id < first + count + 17_280; id += 1) {
      catalogue.add(id, timeOf(id));
    }
    assert.equal(catalogue.runs.length, 2);
    assert.equal(catalogue.oldest?.id, first + 17_280);
  });

  it('are one range in what a ZVM keeps over a restart', function () {
    this.timeout(20_000);
    const head = { deployment: nothingDeployed, vpgs: {}, alerts: [], operations: [], alive: 0 };
    const records: StateRecord[] = [{ kind: 'state', state: head }];
    for (let id = first; id < first + count; id += 1) {
      records.push({ kind: 'checkpoint', vpg: 'shop', id, time: timeOf(id) });
    }
    const state = rememberState(records);
    assert.equal(state?.vpgs['shop']?.runs.length, 1);
    assert.ok(JSON.stringify(state).length < 400, JSON.stringify(state));
  });

  it('are one range in a journal, and found without going through them', function () {
    this.timeout(20_000);
    const segments = thirtyDays();
    assert.equal(segments.length, 32);
    const ends = markerRuns(segments, BEGINNING);
    assert.deepEqual(ends, [
      { checkpoint: first, time: timeOf(first), count, step: 1, interval: checkpointInterval },
    ]);
    const { list, looks } = counted(segments);
    assert.equal(oldestMarker(list, BEGINNING)?.checkpoint, first);
    assert.equal(newestMarker(list, BEGINNING)?.checkpoint, first + count - 1);
    const id = first + 300_001;
    const place = findMarker(list, id);
    assert.equal(place?.segment, 1 + Math.floor(300_001 / (count / 32)));
    // Two ends, and bisection among 32.
    assert.ok(looks() <= 16, `${looks()} looks`);
  });
});
