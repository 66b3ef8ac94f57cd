import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ExtentMap } from '../../../src/engine/world/extent-map.ts';
import { joinPayloads, syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';

const chunk = 1024 * 1024;
/** A window around the end of the first chunk, small enough to compare byte by byte. */
const base = chunk - 2000;
const size = 4000;

const step = fc.record({
  kind: fc.constantFrom('write', 'write', 'write', 'zero', 'mixed', 'clear', 'truncate'),
  offset: fc.nat(size - 1),
  length: fc.integer({ min: 1, max: 1500 }),
});

describe('an extent map', () => {
  for (const holdsZeroes of [false, true]) {
    it(`reads back what was written last (${holdsZeroes ? 'holding' : 'freeing'} zeroes)`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          const map = new ExtentMap({ holdsZeroes });
          const shadow = new Uint8Array(size);
          const held = new Uint8Array(size);
          steps.forEach(({ kind, offset, length }, content) => {
            const end = Math.min(size, offset + length);
            const at = base + offset;
            const count = end - offset;
            const put = (from: number, bytes: Uint8Array, holds: boolean): void => {
              shadow.set(bytes, from);
              held.fill(holds ? 1 : 0, from, from + bytes.length);
            };
            if (kind === 'write') {
              const payload = syntheticPayload(content, count);
              map.write(at, payload);
              put(offset, payload.bytes(), true);
            } else if (kind === 'zero') {
              map.write(at, zeroes(count));
              put(offset, new Uint8Array(count), holdsZeroes);
            } else if (kind === 'mixed') {
              const first = syntheticPayload(content, Math.ceil(count / 2));
              const gap = zeroes(count - first.length);
              map.write(at, joinPayloads([first, gap]));
              put(offset, first.bytes(), true);
              put(offset + first.length, gap.bytes(), holdsZeroes);
            } else if (kind === 'clear') {
              map.clear(at, count);
              put(offset, new Uint8Array(count), false);
            } else {
              map.truncate(at);
              put(offset, new Uint8Array(size - offset), false);
            }
          });
          assert.deepEqual(Buffer.from(map.read(base, size).bytes()), Buffer.from(shadow));
          const total = held.reduce((sum, bit) => sum + bit, 0);
          assert.equal(map.covered, total);
          assert.equal(map.coveredIn(base, size), total);
          const half = held.subarray(700, 2900).reduce((sum, bit) => sum + bit, 0);
          assert.equal(map.coveredIn(base + 700, 2200), half);
          const marked = new Uint8Array(size);
          for (const { offset, length } of map.ranges()) {
            marked.fill(1, offset - base, offset - base + length);
          }
          assert.deepEqual(marked, held);
        }),
      );
    });
  }

  it('joins neighbours in its ranges, across chunks', () => {
    const map = new ExtentMap({ holdsZeroes: false });
    map.write(chunk - 10, syntheticPayload('a', 20));
    map.write(chunk + 10, syntheticPayload('b', 5));
    map.write(5 * chunk, syntheticPayload('c', 1));
    assert.deepEqual(map.ranges(), [
      { offset: chunk - 10, length: 25 },
      { offset: 5 * chunk, length: 1 },
    ]);
  });

  it('costs by what is held, not by how far it spans', () => {
    const map = new ExtentMap({ holdsZeroes: false });
    const terabyte = 2 ** 40;
    map.write(terabyte, syntheticPayload('far', 100));
    map.clear(0, terabyte);
    assert.equal(map.coveredIn(0, 2 * terabyte), 100);
    map.clear(0, 2 * terabyte);
    assert.equal(map.covered, 0);
  });
});
