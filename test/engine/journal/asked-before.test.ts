import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AskedBefore } from '../../../src/engine/journal/asked-before.ts';

describe('what was asked for before', () => {
  it('is known right afterwards, and what was not asked for never', () => {
    const number = fc.oneof(fc.nat(100), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const asked = new AskedBefore(64);
        const seen = new Set<number>();
        for (const each of numbers) {
          if (asked.again(each)) assert.ok(seen.has(each));
          seen.add(each);
          assert.ok(asked.again(each));
        }
      }),
    );
  });

  it('is remembered as long as little else comes by', () => {
    const asked = new AskedBefore(1024);
    const places = Array.from({ length: 64 }, (_, index) => index * 8192 + 64);
    for (const place of places) asked.again(place);
    const known = places.filter((place) => asked.again(place));
    assert.ok(known.length > 50, `${known.length} of 64`);
  });
});
