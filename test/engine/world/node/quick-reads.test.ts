import assert from 'node:assert/strict';
import { QuickReads } from '../../../../src/engine/world/node/quick-reads.ts';

describe('reads that are made at once', () => {
  function bench(): { readonly take: (length: number, takes?: number) => boolean; now: number } {
    const clock = {
      now: 0,
      take(length: number, takes = 0): boolean {
        return quick.run(length, () => (clock.now += takes)) !== undefined;
      },
    };
    const quick = new QuickReads(() => clock.now);
    return clock;
  }

  it('are the short ones', () => {
    const { take } = bench();
    assert(take(4096));
    assert(take(131_072));
    assert(!take(131_073));
  });

  it('go on after one that took long, for that may have been chance', () => {
    const { take } = bench();
    for (let count = 0; count < 10; count++) {
      assert(take(4096, 5));
      assert(take(4096, 0.01));
    }
  });

  it('rest after two in a row that took long, for twenty times as long as the last', () => {
    const clock = bench();
    assert(clock.take(4096, 3));
    assert(clock.take(4096, 2));
    assert(!clock.take(4096));
    clock.now += 39;
    assert(!clock.take(4096));
    clock.now += 1;
    assert(clock.take(4096, 0.01));
    assert(clock.take(4096, 0.01));
  });

  it('cost a device that has to fetch everything a tenth of the time at most', () => {
    const clock = bench();
    let spent = 0;
    while (clock.now < 10_000) {
      const before = clock.now;
      if (clock.take(4096, 1)) spent += clock.now - before;
      else clock.now += 0.5;
    }
    assert(spent <= 1000, `${spent} ms`);
  });

  it('rest after one that held up the engine, and after one that failed late', () => {
    const clock = bench();
    assert(clock.take(4096, 21));
    assert(!clock.take(4096));
    let now = 0;
    const quick = new QuickReads(() => now);
    const fail = (): never => {
      now += 100;
      throw new Error('no');
    };
    assert.throws(() => {
      quick.run(1, fail);
    });
    assert.equal(
      quick.run(1, () => 1),
      undefined,
    );
  });
});
