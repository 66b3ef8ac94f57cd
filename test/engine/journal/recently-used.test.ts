import assert from 'node:assert/strict';
import { RecentlyUsed } from '../../../src/engine/journal/recently-used.ts';

describe('what was used recently', () => {
  it('is kept as far as it fits, and what was used last longest', () => {
    const kept = new RecentlyUsed<number>(10, (value) => value);
    kept.set(1, 4);
    kept.set(2, 4);
    assert.equal(kept.get(1), 4);
    kept.set(3, 4);
    assert.deepEqual(
      [1, 2, 3].map((key) => kept.get(key)),
      [4, undefined, 4],
    );
    kept.set(4, 100);
    assert.deepEqual(
      [1, 3, 4].map((key) => kept.get(key)),
      [undefined, undefined, 100],
    );
    kept.set(5, 1);
    assert.deepEqual(
      [4, 5].map((key) => kept.get(key)),
      [undefined, 1],
    );
  });
});
