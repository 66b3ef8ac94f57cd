import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pieceEnds } from '../../../src/engine/vra/cut-pieces.ts';

const least = 1000;
const longest = 4000;

describe('the pieces of a frame', () => {
  it('are all of its data, none longer than it may be, and no short write in two of them', () => {
    const length = fc.oneof(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 1, max: 20_000 }));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 64 }), (lengths) => {
        const ends = pieceEnds(lengths, { least, longest });
        const total = lengths.reduce((sum, each) => sum + each, 0);
        assert.equal(ends.at(-1) ?? 0, total);
        for (const [index, end] of ends.entries()) {
          const before = ends[index - 1] ?? 0;
          assert.ok(end > before && end - before <= longest);
        }
        let start = 0;
        for (const each of lengths) {
          const end = start + each;
          if (each < least) assert.ok(!ends.some((cut) => cut > start && cut < end));
          start = end;
        }
      }),
    );
  });

  it('are short only where a long write follows, or nothing', () => {
    assert.deepEqual(
      pieceEnds([400, 400, 400, 100, 5000, 10], { least, longest }),
      [1200, 1300, 5300, 6300, 6310],
    );
    assert.deepEqual(pieceEnds([], { least, longest }), []);
  });
});
