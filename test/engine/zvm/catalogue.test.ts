import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Catalogue } from '../../../src/engine/zvm/catalogue.ts';

interface Entry {
  readonly id: number;
  readonly time: number;
}

/** Checkpoints as they come: mostly one after the other, with holes of some ticks. */
const entries = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 50 }) },
    ),
    {
      maxLength: 60,
    },
  )
  .map((steps) => {
    let id = 100;
    return steps.map((step): Entry => {
      id += step;
      return { id, time: id * 5000 };
    });
  });

function filled(list: readonly Entry[]): Catalogue {
  const catalogue = new Catalogue();
  for (const { id, time } of list) catalogue.add(id, time);
  return catalogue;
}

/** All checkpoints, one by one. */
function unrolled(catalogue: Catalogue): Entry[] {
  return catalogue.runs.flatMap((run) =>
    Array.from({ length: run.count }, (_, index) => ({
      id: run.firstId + index,
      time: run.from + index * run.interval,
    })),
  );
}

describe('Catalogue', () => {
  it('thirty days without an outage are one run', () => {
    const catalogue = new Catalogue();
    const count = (30 * 86_400) / 5;
    for (let tick = 1; tick <= count; tick++) catalogue.add(tick, tick * 5000);
    assert.equal(catalogue.runs.length, 1);
    assert.equal(catalogue.count, count);
    assert.deepEqual(catalogue.find(777), { id: 777, time: 777 * 5000 });
  });

  it('holds exactly what was added and not trimmed, whatever the holes', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 90, max: 900 }), (list, oldest) => {
        const catalogue = filled(list);
        assert.deepEqual(unrolled(catalogue), list);
        catalogue.trim(oldest);
        const left = list.filter((entry) => entry.id >= oldest);
        assert.deepEqual(unrolled(catalogue), left);
        assert.equal(catalogue.count, left.length);
        assert.deepEqual(catalogue.oldest, left[0]);
        assert.deepEqual(catalogue.newest, left.at(-1));
      }),
    );
  });

  it('finds by id and by time what a plain list finds', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 400_000, max: 5_000_000 }), (list, time) => {
        const catalogue = filled(list);
        const id = Math.floor(time / 5000);
        assert.deepEqual(
          catalogue.find(id),
          list.find((entry) => entry.id === id),
        );
        assert.deepEqual(
          catalogue.before(time, true),
          list.findLast((entry) => entry.time <= time),
        );
        const exact = id * 5000;
        assert.deepEqual(
          catalogue.before(exact, false),
          list.findLast((entry) => entry.time < exact),
        );
      }),
    );
  });

  it('takes over only the tail that it misses, never what was cleaned away', () => {
    fc.assert(
      fc.property(entries, fc.nat(60), fc.nat(60), (list, kept, cleaned) => {
        const mine = list.slice(Math.min(cleaned, kept), kept);
        const catalogue = filled(mine);
        catalogue.extend(filled(list).runs, []);
        const newest = mine.at(-1)?.id ?? -1;
        const expected = [...mine, ...list.filter((entry) => entry.id > newest)];
        assert.deepEqual(unrolled(catalogue), expected);
      }),
    );
  });

  it('keeps tags with their checkpoints', () => {
    const catalogue = filled([1, 2, 3, 7].map((id) => ({ id, time: id * 5000 })));
    assert.equal(catalogue.tag(5, 'never made'), false);
    catalogue.tag(2, 'before the update');
    catalogue.tag(7, 'after the update');
    assert.equal(catalogue.select({ kind: 'tag', tag: 'before the update' })?.id, 2);
    catalogue.trim(3);
    assert.equal(catalogue.select({ kind: 'tag', tag: 'before the update' }), undefined);
    assert.deepEqual(
      catalogue.tagged.map((entry) => entry.id),
      [7],
    );
  });
});
