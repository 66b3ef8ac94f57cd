import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Unacknowledged } from '../../../src/engine/disk/unacknowledged.ts';

describe('unacknowledged ranges', () => {
  it('are those added, less what was acknowledged from the front and taken from the end', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'add', 'add', 'forget', 'take'),
      by: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), (steps) => {
        const ranges = new Unacknowledged();
        let model: number[] = [];
        let next = 1;
        for (const { kind, by } of steps) {
          if (kind === 'add') {
            next += by;
            model.push(next);
            ranges.add(next, 1, next * 10, 5);
            next++;
          } else if (kind === 'forget') {
            const upTo = (model[0] ?? next) + by;
            model = model.filter((sequence) => sequence > upTo);
            ranges.forget(upTo);
          } else {
            const from = (model[model.length - 1] ?? next) - by;
            const taken: number[] = [];
            ranges.take(from, (disk, offset, length) => {
              assert.deepEqual([disk, length], [1, 5]);
              taken.push(offset / 10);
            });
            assert.deepEqual(taken, model.filter((sequence) => sequence >= from).reverse());
            model = model.filter((sequence) => sequence < from);
          }
          assert.equal(ranges.count, model.length);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('cost the same when there are many of them', () => {
    const ranges = new Unacknowledged();
    for (let sequence = 1; sequence <= 200_000; sequence++) {
      ranges.add(sequence, 0, sequence, 1);
      if (sequence > 50_000) ranges.forget(sequence - 50_000);
    }
    assert.equal(ranges.count, 50_000);
    let first = 0;
    ranges.take(0, (_, offset) => {
      first = offset;
    });
    assert.equal(first, 150_001);
  });
});
