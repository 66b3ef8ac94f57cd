import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRandom } from '../../../src/engine/world/random.ts';
import type { Random } from '../../../src/engine/world/world.ts';

function draw(random: Random, count = 5): number[] {
  return Array.from({ length: count }, () => random.next());
}

describe('seeded randomness', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    assert.deepEqual(draw(createRandom(7)), draw(createRandom(7)));
    assert.notDeepEqual(draw(createRandom(7)), draw(createRandom(8)));
    assert.notDeepEqual(draw(createRandom(7)), draw(createRandom(7 + 2 ** 32)));
  });

  it('forks by the label alone, however much has been drawn', () => {
    const fresh = createRandom(7).fork('network');
    const used = createRandom(7);
    draw(used, 100);
    assert.deepEqual(draw(used.fork('network')), draw(fresh));
    assert.notDeepEqual(draw(used.fork('network')), draw(used.fork('storage')));
    assert.notDeepEqual(draw(used.fork('a').fork('b')), draw(used.fork('b').fork('a')));
  });

  it('has copies that go on as it does, whatever is drawn from either', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), fc.nat(50), (seed, before, between) => {
        const random = createRandom(seed).fork('some stream');
        draw(random, before);
        const copy = random.copy();
        const ahead = draw(random, between + 5);
        assert.deepEqual(draw(copy, between + 5), ahead);
        assert.deepEqual(draw(copy.copy()), draw(random));
        assert.deepEqual(draw(copy.fork('a')), draw(random.fork('a')));
      }),
    );
  });

  it('is spread evenly over 0 to 1, also across forks', () => {
    const root = createRandom(1);
    const buckets = new Array<number>(10).fill(0);
    let sum = 0;
    for (let fork = 0; fork < 1000; fork++) {
      const random = root.fork(`process ${fork}`);
      for (let index = 0; index < 20; index++) {
        const value = random.next();
        assert(value >= 0 && value < 1);
        sum += value;
        buckets[Math.floor(value * 10)]! += 1;
      }
    }
    // Six standard deviations of 20 000 draws.
    assert(Math.abs(sum / 20_000 - 0.5) < 0.0123);
    for (const count of buckets) assert(Math.abs(count - 2000) < 255, String(buckets));
  });

  it('draws whole numbers below a bound', () => {
    const random = createRandom(3);
    const seen = new Set(Array.from({ length: 200 }, () => random.integer(6)));
    assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  });
});
