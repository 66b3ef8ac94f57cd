import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coverage } from '../../../src/engine/journal/coverage.ts';
import { joinRuns, MarkerTable } from '../../../src/engine/journal/marker-table.ts';
import { Segment } from '../../../src/engine/journal/segment.ts';
import { WriteIndex } from '../../../src/engine/journal/write-index.ts';
import type { IndexedWrite } from '../../../src/engine/journal/write-index.ts';

describe('coverage', () => {
  it('tells the new parts of every range, as an array of bytes would', () => {
    const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(20)), { maxLength: 40 });
    fc.assert(
      fc.property(ranges, fc.nat(60), fc.nat(30), (added, from, length) => {
        const coverage = new Coverage();
        const bytes = new Set<number>();
        for (const [start, size] of added) {
          const fresh: number[] = [];
          coverage.add(start, start + size, (low, high) => {
            for (let at = low; at < high; at += 1) fresh.push(at);
          });
          const expected: number[] = [];
          for (let at = start; at < start + size; at += 1) if (!bytes.has(at)) expected.push(at);
          assert.deepEqual(fresh, expected);
          for (const at of expected) bytes.add(at);
          assert.equal(coverage.total, bytes.size);
        }
        const walked: boolean[] = [];
        coverage.walk(from, from + length, (low, high, covered) => {
          assert.equal(low, from + walked.length);
          for (let at = low; at < high; at += 1) walked.push(covered);
        });
        assert.deepEqual(
          walked,
          Array.from({ length }, (_, index) => bytes.has(from + index)),
        );
        assert.equal(coverage.missing(from, from + length), walked.filter((each) => !each).length);
      }),
    );
  });
});

describe('marker table', () => {
  const markersOf = (steps: readonly (readonly [number, number])[]) => {
    let checkpoint = 0;
    let time = 0;
    return steps.map(([step, interval]) => {
      checkpoint += step;
      time += interval;
      return { checkpoint, time };
    });
  };
  const steps = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom(5000, 5000, 5000, 4999, -70)),
    { maxLength: 60 },
  );

  it('finds by id and by place what was put in, and nothing else', () => {
    fc.assert(
      fc.property(steps, fc.nat(60), (each, from) => {
        const markers = markersOf(each);
        const table = new MarkerTable(3);
        for (const [index, marker] of markers.entries()) {
          table.append(marker, {
            segment: 3,
            frame: index * 100,
            frameEnd: index * 100 + 50,
            entry: 2,
          });
        }
        const known = new Map(markers.map(({ checkpoint }, index) => [checkpoint, index]));
        for (let id = 0; id < 130; id += 1) assert.equal(table.find(id), known.get(id));
        for (const [index, marker] of markers.entries()) {
          assert.deepEqual(table.marker(index), marker);
          assert.equal(table.place(index).frameEnd, index * 100 + 50);
          assert.equal(table.firstFrom(index * 100, 2), index);
          assert.equal(table.firstFrom(index * 100, 3), index + 1);
        }
        assert.equal(table.marker(markers.length), undefined);
        const listed = [...table.runs(from)].flatMap((run) =>
          Array.from({ length: run.count }, (_, index) => ({
            checkpoint: run.checkpoint + index * run.step,
            time: run.time + index * run.interval,
          })),
        );
        assert.deepEqual(listed, markers.slice(from));
      }),
    );
  });

  it('joins runs of several segments without changing what they list', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 7 }), (each, size) => {
        const markers = markersOf(each);
        const tables: MarkerTable[] = [];
        for (const [index, marker] of markers.entries()) {
          if (index % size === 0) tables.push(new MarkerTable(tables.length));
          tables.at(-1)!.append(marker, { segment: 0, frame: index, frameEnd: index, entry: 0 });
        }
        const joined = joinRuns(tables.flatMap((table) => [...table.runs()]));
        const listed = joined.flatMap((run) =>
          Array.from({ length: run.count }, (_, index) => ({
            checkpoint: run.checkpoint + index * run.step,
            time: run.time + index * run.interval,
          })),
        );
        assert.deepEqual(listed, markers);
      }),
    );
  });

  it('holds thirty days of a checkpoint every 5 s as one run', () => {
    const table = new MarkerTable(1);
    const count = (30 * 24 * 3600) / 5;
    for (let index = 0; index < count; index += 1) {
      const marker = { checkpoint: index + 1, time: index * 5000 };
      table.append(marker, { segment: 1, frame: index * 80, frameEnd: index * 80 + 80, entry: 0 });
    }
    assert.deepEqual(
      [...table.runs()],
      [{ checkpoint: 1, time: 0, count, step: 1, interval: 5000 }],
    );
    assert.equal(table.find(400_000), 399_999);
  });
});

describe('write index', () => {
  const write = fc.record({
    disk: fc.nat(2),
    offset: fc.nat(4_000_000),
    length: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 6_000_000_000 })),
    zero: fc.boolean(),
  });

  it('lists the writes that touch a range, newest first, before and after it was stored', () => {
    fc.assert(
      fc.property(
        fc.array(write, { maxLength: 50 }),
        fc.nat(2),
        fc.nat(5_000_000),
        fc.integer({ min: 1, max: 100_000 }),
        fc.nat(50),
        (writes, disk, start, length, limit) => {
          const index = new WriteIndex();
          const all = writes.map((each, at): IndexedWrite => ({
            ...each,
            frame: Math.floor(at / 3) * 64,
            entry: at % 3,
          }));
          for (const each of all) index.append(each);
          const end = start + length;
          const upTo = { frame: Math.floor(limit / 3) * 64, entry: limit % 3 };
          const expected = all
            .slice(0, limit + 1)
            .filter((each) => each.disk === disk && each.offset < end)
            .filter((each) => each.offset + each.length > start)
            .map(({ frame, entry, zero }) => ({ frame, entry, zero }))
            .reverse();
          for (const each of [index, WriteIndex.decode(index.encode())]) {
            const found = each.touching(disk, start, end, upTo);
            const places = found.map(({ frame, entry, zero }) => ({ frame, entry, zero }));
            // A very long write is several entries of the index, of which more than one may touch.
            assert.deepEqual(dedupe(places), expected);
          }
        },
      ),
    );
  });

  /** As many as a segment takes, at places that a guest would write to. */
  const full = (): WriteIndex => {
    const index = new WriteIndex();
    for (let at = 0; at < 65_536; at += 1) {
      const offset = ((at * 7919) % 1_000_003) * 4096;
      index.append({ disk: at % 60, offset, length: 4096, frame: at * 250, entry: 0, zero: false });
    }
    return index;
  };

  it('takes 16 bytes of memory a write, and less than one step of room beside', () => {
    const index = full();
    assert.ok(index.bytes <= (65_536 + 4096) * 16, `${index.bytes / 65_536} bytes a write`);
    const stored = WriteIndex.decode(index.encode());
    assert.equal(stored.bytes, 65_536 * 16);
    // Looking something up costs one that was stored nothing more.
    assert.ok(stored.touching(3, 0, 100_000_000).length > 0);
    assert.equal(stored.bytes, 65_536 * 16);
  });

  it('holds the largest disk, write, frame and entry', () => {
    const largest = {
      disk: 0xffff,
      offset: 2 ** 48 - 1,
      length: 5,
      frame: 2 ** 27 - 1,
      entry: 4095,
      zero: true,
    };
    const index = new WriteIndex();
    index.append(largest);
    for (const length of [2 ** 24 - 2, 2 ** 24 - 1, 2 ** 24]) {
      index.append({ ...largest, disk: 1, offset: 0, length, zero: false });
    }
    for (const each of [index, WriteIndex.decode(index.encode())]) {
      assert.deepEqual(each.touching(0xffff, 2 ** 48 - 1, 2 ** 48), [largest]);
      assert.deepEqual(
        each
          .touching(1, 0, 1)
          .map(({ length }) => length)
          .sort(),
        [2 ** 24 - 2, 2 ** 24 - 1, 2 ** 24],
      );
    }
    const tooLarge = [{ offset: 2 ** 48 }, { frame: 2 ** 27 }, { entry: 4096 }];
    for (const each of tooLarge) {
      assert.throws(() => {
        index.append({ ...largest, ...each });
      }, RangeError);
    }
  });
});

function dedupe<T extends { frame: number; entry: number }>(places: readonly T[]): T[] {
  return places.filter(
    (each, at) => each.frame !== places[at - 1]?.frame || each.entry !== places[at - 1]?.entry,
  );
}

describe('the bytes of a journal', () => {
  it('are those of its segments, through all that becomes of one', () => {
    const sum = { bytes: 0 };
    const segment = (id: number): Segment =>
      new Segment({ id, after: { epoch: 1, sequence: 0 }, sync: undefined, newestCheckpoint: -1 });
    const [first, second] = [segment(1), segment(2)];
    first.joins(sum);
    second.joins(sum);
    first.fileBytes = 1000;
    second.fileBytes += 500;
    assert.equal(sum.bytes, first.fileBytes + second.fileBytes);
    first.joins(sum);
    assert.equal(sum.bytes, first.fileBytes + second.fileBytes);
    first.leaves();
    first.fileBytes = 7000;
    first.leaves();
    assert.equal(sum.bytes, second.fileBytes);
  });
});
