import assert from 'node:assert/strict';
import { vraBufferPool, vraMemoryForPool } from '../../src/topology/limits.ts';

const mib = 2 ** 20;
const gib = 2 ** 30;

describe('limits', () => {
  it('VRA-11: the buffer pool of 1, 2 and 3 GiB VRAs is 461, 1485 and 2509 MiB', () => {
    assert.deepEqual(
      [1, 2, 3].map((memory) => vraBufferPool(memory * gib) / mib),
      [461, 1485, 2509],
    );
    assert.equal(vraBufferPool(100 * mib), 0);
  });

  it('the memory for a pool gives at least that pool, and a GiB less does not', () => {
    for (const pool of [461 * mib, 462 * mib, 5 * gib]) {
      const memory = vraMemoryForPool(pool);
      assert.ok(vraBufferPool(memory) >= pool);
      assert.ok(memory === gib || vraBufferPool(memory - gib) < pool);
    }
  });
});
