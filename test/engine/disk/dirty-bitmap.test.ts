import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DirtyBitmap } from '../../../src/engine/disk/dirty-bitmap.ts';

const blockSize = 10;
/** Crosses two borders of the pieces of 4096 blocks. */
const blocks = 9000;

const range = fc.tuple(fc.nat(blocks * blockSize - 1), fc.nat(3000 * blockSize));
const step = fc.record({ clears: fc.boolean(), range });

function touched([offset, length]: readonly [number, number]): number[] {
  const list: number[] = [];
  const end = Math.min(blocks * blockSize, offset + length);
  for (let block = Math.floor(offset / blockSize); block * blockSize < end; block++) {
    if (length > 0) list.push(block);
  }
  return list;
}

function apply(bitmap: DirtyBitmap, set: Set<number>, steps: readonly fcStep[]): void {
  for (const { clears, range: given } of steps) {
    const [offset, wanted] = given;
    const length = Math.min(wanted, blocks * blockSize - offset);
    if (clears) bitmap.clear(offset, length);
    else bitmap.mark(offset, length);
    for (const block of touched([offset, length])) {
      if (clears) set.delete(block);
      else set.add(block);
    }
  }
}

interface fcStep {
  readonly clears: boolean;
  readonly range: readonly [number, number];
}

/** The marked blocks, found by walking from run to run. */
function walked(bitmap: DirtyBitmap): number[] {
  const found: number[] = [];
  for (let at = bitmap.nextMarked(0); at !== undefined;) {
    const end = bitmap.nextUnmarked(at);
    for (let offset = at; offset < end; offset += blockSize) found.push(offset / blockSize);
    at = bitmap.nextMarked(end);
  }
  return found;
}

describe('a dirty bitmap', () => {
  it('holds the blocks that were marked and not cleared since', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(blocks - 1), (steps, probe) => {
        const bitmap = new DirtyBitmap(blockSize);
        const set = new Set<number>();
        apply(bitmap, set, steps);
        const sorted = [...set].sort((a, b) => a - b);
        assert.equal(bitmap.count, set.size);
        assert.deepEqual(walked(bitmap), sorted);
        assert.equal(bitmap.has(probe * blockSize + 3), set.has(probe));
        const next = sorted.find((block) => block >= probe);
        const expected = next === undefined ? undefined : next * blockSize;
        assert.equal(bitmap.nextMarked(probe * blockSize + 3), expected);
      }),
      { numRuns: 60 },
    );
  });

  it('merged with another holds the blocks of both', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 5 }),
        fc.array(step, { maxLength: 5 }),
        (one, two) => {
          const bitmap = new DirtyBitmap(blockSize);
          const other = new DirtyBitmap(blockSize);
          const set = new Set<number>();
          const otherSet = new Set<number>();
          apply(bitmap, set, one);
          apply(other, otherSet, two);
          bitmap.merge(other);
          const both = new Set([...set, ...otherSet]);
          assert.equal(bitmap.count, both.size);
          assert.deepEqual(
            walked(bitmap),
            [...both].sort((a, b) => a - b),
          );
          assert.equal(other.count, otherSet.size);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses to merge blocks of another size', () => {
    assert.throws(() => {
      new DirtyBitmap(10).merge(new DirtyBitmap(20));
    }, RangeError);
  });

  it('is empty again after clearAll', () => {
    const bitmap = new DirtyBitmap(65_536);
    bitmap.mark(0, 2 ** 40);
    assert.equal(bitmap.count, 2 ** 24);
    bitmap.clearAll();
    assert.equal(bitmap.count, 0);
    assert.equal(bitmap.nextMarked(0), undefined);
  });
});
