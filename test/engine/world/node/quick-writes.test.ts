import assert from 'node:assert/strict';
import { QuickWrites } from '../../../../src/engine/world/node/quick-writes.ts';

describe('writes that are made at once', () => {
  function bench(): { readonly take: (length: number, takes?: number) => boolean; now: number } {
    const clock = {
      now: 0,
      take(length: number, takes = 0): boolean {
        return quick.run(length, () => (clock.now += takes)) !== undefined;
      },
    };
    const quick = new QuickWrites(() => clock.now);
    return clock;
  }

  it('are the short ones', () => {
    const { take } = bench();
    assert(take(4096));
    assert(take(65_536));
    assert(!take(65_537));
  });

  it('are none for a second after one that held up the engine', () => {
    const clock = bench();
    assert(clock.take(4096, 20));
    assert(clock.take(4096, 21));
    assert(!clock.take(4096));
    clock.now += 999;
    assert(!clock.take(4096));
    clock.now += 1;
    assert(clock.take(4096));
  });

  it('hold up nothing after one that failed late', () => {
    let now = 0;
    const quick = new QuickWrites(() => now);
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
