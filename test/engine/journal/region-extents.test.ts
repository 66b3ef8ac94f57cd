import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ExtentGathering } from '../../../src/engine/journal/region-extents.ts';
import { Segment } from '../../../src/engine/journal/segment.ts';

const region = 1024 * 1024;
const none = { epoch: 0, sequence: 0 };
const segments = [1, 2, 3].map(
  (id) => new Segment({ id, after: none, sync: undefined, newestCheckpoint: -1 }),
);

describe('the extents of a region', () => {
  it('come back in ascending order as they were gathered, far out on a disk too', () => {
    const extent = fc.record({
      gap: fc.integer({ min: 0, max: 5000 }),
      length: fc.integer({ min: 1, max: 5000 }),
      segment: fc.nat(2),
      frame: fc.nat(2 ** 24 - 1),
      entry: fc.nat(2 ** 15 - 1),
      zero: fc.boolean(),
    });
    const input = fc.tuple(fc.nat(200_000_000), fc.array(extent, { maxLength: 50 }), fc.nat());
    fc.assert(
      fc.property(input, ([number, list, turn]) => {
        const base = number * region;
        let at = base;
        const placed = list.map(({ gap, length, ...rest }) => {
          const start = at + gap;
          at = start + length;
          return { start, end: at, ...rest };
        });
        const gathering = new ExtentGathering(base);
        const cut = placed.length > 0 ? turn % placed.length : 0;
        for (const { start, end, segment, ...write } of [
          ...placed.slice(cut),
          ...placed.slice(0, cut),
        ]) {
          gathering.add(start, end, segment, write);
        }
        const packed = gathering.packed(segments);
        assert.equal(packed.length, placed.length);
        for (const [index, expected] of placed.entries()) {
          const segment = segments[expected.segment];
          assert.deepEqual(packed.at(index), { ...expected, segment });
          assert.equal(packed.firstEndingBehind(expected.end - 1), index);
        }
        assert.equal(packed.at(placed.length), undefined);
        assert.equal(packed.firstEndingBehind(at), placed.length);
      }),
    );
  });
});
