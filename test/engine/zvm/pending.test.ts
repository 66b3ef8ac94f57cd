import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PendingCheckpoints } from '../../../src/engine/zvm/pending.ts';

describe('A pending checkpoint', () => {
  it('exists when it is sealed and durable in every stream, in whatever order that is heard', () => {
    const news = ['seal', 'a', 'b', 'c'] as const;
    fc.assert(
      fc.property(fc.shuffledSubarray([...news], { minLength: 4 }), (order) => {
        const pending = new PendingCheckpoints();
        pending.propose(7, 35_000, ['a', 'b', 'c'], undefined);
        const results = order.map((what) =>
          what === 'seal' ? pending.seal(7) : pending.durable(7, what),
        );
        assert.deepEqual(
          results.map((result) => result?.id),
          [undefined, undefined, undefined, 7],
        );
      }),
    );
  });

  it('counts a marker that overtook its proposal', () => {
    const pending = new PendingCheckpoints();
    assert.equal(pending.durable(7, 'a'), undefined);
    pending.propose(7, 35_000, ['a'], 'tagged');
    assert.equal(pending.seal(7)?.tag, 'tagged');
  });

  it('never comes about when it was abandoned, or when a later one did', () => {
    const pending = new PendingCheckpoints();
    for (const id of [1, 2, 3]) pending.propose(id, id * 5000, ['a', 'b'], undefined);
    for (const id of [1, 2, 3]) pending.seal(id);
    pending.abandon(2);
    pending.durable(2, 'a');
    assert.equal(pending.durable(2, 'b'), undefined);
    pending.durable(1, 'a');
    pending.durable(3, 'a');
    assert.equal(pending.durable(3, 'b')?.id, 3);
    assert.equal(pending.durable(1, 'b'), undefined);
    assert.equal(pending.newestSealed, undefined);
  });

  it('remembers a bounded number of markers that nobody proposed', () => {
    const pending = new PendingCheckpoints();
    for (let id = 1; id <= 10_000; id++) pending.durable(id, 'a');
    pending.propose(1, 5000, ['a'], undefined);
    assert.equal(pending.seal(1), undefined, 'the oldest was forgotten');
    pending.propose(10_000, 5000, ['a'], undefined);
    assert.equal(pending.seal(10_000)?.id, 10_000);
  });
});
