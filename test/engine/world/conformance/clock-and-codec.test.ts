import assert from 'node:assert/strict';
import { bytesPayload, samePayload, zeroes } from '../../../../src/engine/world/payloads.ts';
import { WorldError } from '../../../../src/engine/world/world.ts';
import { kinds } from './worlds.ts';
import type { Bed } from './worlds.ts';

for (const [kind, create] of kinds) {
  describe(`the clock, chance and codec of a World (${kind})`, () => {
    let bed: Bed;

    beforeEach(() => {
      bed = create();
    });

    afterEach(() => bed.end());

    it('calls back once, later, in the order in which calls are due', async () => {
      const { clock } = bed.left.world;
      const order: string[] = [];
      clock.after(30, () => order.push('late'));
      clock.after(0, () => order.push('at once'));
      clock.after(15, () => order.push('soon'));
      clock.after(-5, () => order.push('overdue'));
      assert.deepEqual(order, []);
      await bed.until(() => order.length === 4);
      await bed.pass(40);
      assert.deepEqual(order, ['at once', 'overdue', 'soon', 'late']);
    });

    it('does not come early', async () => {
      const { clock } = bed.left.world;
      const before = performance.now();
      const began = clock.now();
      let after = 0;
      clock.after(20, () => {
        after = clock.now();
      });
      await bed.until(() => after > 0);
      const passed = kind === 'simulated' ? after - began : performance.now() - before;
      assert(passed >= 19, `${passed} ms`);
    });

    it('takes back what is cancelled, and all that belongs to a process that ends', async () => {
      const { clock } = bed.left.world;
      let heard = 0;
      const hear = (): void => {
        heard++;
      };
      clock.after(5, hear).cancel();
      clock.after(5, hear);
      bed.left.kill();
      clock.after(1, hear);
      await bed.pass(30);
      assert.equal(heard, 0);
    });

    it('goes on with what an end of a process has nothing to do with', async () => {
      let heard = 0;
      bed.universe.schedule(bed.universe.now + 5, () => heard++);
      bed.left.kill({ silent: true });
      bed.left.restart().clock.after(5, () => heard++);
      await bed.until(() => heard === 2);
    });

    it('tells the time of day', () => {
      const time = bed.left.world.clock.timeOfDay();
      assert(time >= 0 && time < 86_400_000);
    });

    it('draws numbers in their ranges, each life others', () => {
      const draw = (): number[] => {
        const random = bed.left.world.random.fork('test');
        return Array.from({ length: 100 }, () => random.integer(1_000_000));
      };
      const first = draw();
      assert(first.every((number) => Number.isInteger(number) && number >= 0));
      assert.deepEqual(draw(), first);
      bed.left.restart();
      assert.notDeepEqual(draw(), first);
    });

    it('gives back what it has compressed, which is not longer', () => {
      const { codec } = bed.left.world;
      const random = bed.left.world.random;
      const noise = Uint8Array.from({ length: 5000 }, () => random.integer(256));
      const text = new TextEncoder().encode('the same again, '.repeat(1000));
      for (const payload of [noise, text, new Uint8Array(10), new Uint8Array(0)].map(
        bytesPayload,
      )) {
        for (const level of [0, 1, 3, 9]) {
          const { encoding, data } = codec.compress(payload, level);
          assert(data.length <= payload.length);
          assert(samePayload(codec.expand(encoding, data, payload.length), payload));
        }
      }
      const { encoding, data } = codec.compress(zeroes(1024 * 1024), 3);
      assert(data.length < 1024 * 1024);
      assert(samePayload(codec.expand(encoding, data, 1024 * 1024), zeroes(1024 * 1024)));
    });

    it('gives back what it has compressed aside, and calls nobody who has ended', async () => {
      const { codec } = bed.left.world;
      const { aside } = codec;
      // In virtual time nothing is compressed aside.
      if (!aside) return;
      const text = new TextEncoder().encode('the same again, '.repeat(10_000));
      const noise = Uint8Array.from({ length: 50_000 }, () => bed.left.world.random.integer(256));
      let heard = 0;
      const payloads = [text, noise, text.subarray(0, 100)].map(bytesPayload);
      for (let count = 0; count < 2; count++) {
        aside.compress(payloads, 3, (compressed) => {
          assert.equal(compressed.length, payloads.length);
          for (const [index, payload] of payloads.entries()) {
            const { encoding, data } = compressed[index]!;
            assert(data.length <= payload.length);
            assert(samePayload(codec.expand(encoding, data, payload.length), payload));
          }
          heard++;
        });
      }
      assert.equal(heard, 0, 'not within the call');
      await bed.until(() => heard === 2);
      aside.compress([bytesPayload(text)], 3, () => heard++);
      bed.left.kill({ silent: true });
      bed.right.world.codec.aside?.compress([bytesPayload(text)], 3, () => (heard += 10));
      await bed.until(() => heard > 2);
      assert.equal(heard, 12);
    });

    it('refuses to expand what was not compressed, or to another length', () => {
      const { codec } = bed.left.world;
      const payload = bytesPayload(new TextEncoder().encode('the same again, '.repeat(1000)));
      const { encoding, data } = codec.compress(payload, 3);
      const isCorrupt = (error: unknown): boolean =>
        error instanceof WorldError && error.code === 'corrupt';
      for (const length of [0, payload.length - 1, payload.length + 1]) {
        assert.throws(() => codec.expand(encoding, data, length), isCorrupt);
      }
      const garbage = bytesPayload(Uint8Array.from({ length: 500 }, (_, at) => at & 255));
      assert.throws(() => codec.expand('zstd', garbage, 16_000), isCorrupt);
      assert.throws(() => codec.expand('zstd', data.slice(0, data.length >> 1), 16_000), isCorrupt);
    });

    it('knows a load of the CPU between none and all of it', () => {
      const load = bed.left.world.cpu.load();
      assert(load >= 0 && load <= 1);
    });
  });
}
