import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Payload } from '../../../src/engine/world/payload.ts';
import {
  bytesPayload,
  corrupted,
  createSimulatedCodec,
  joinPayloads,
  samePayload,
  syntheticPayload,
  zeroes,
} from '../../../src/engine/world/payloads.ts';
import { WorldError } from '../../../src/engine/world/world.ts';

const piece: fc.Arbitrary<Payload> = fc.oneof(
  fc.uint8Array({ maxLength: 50 }).map(bytesPayload),
  fc.nat(5000).map(zeroes),
  fc
    .tuple(fc.constantFrom('fonts', 'mail', 7), fc.nat(9000), fc.nat(20_000))
    .map(([content, length, offset]) => syntheticPayload(content, length, offset)),
);
const anyPayload = fc.array(piece, { maxLength: 5 }).map(joinPayloads);

function plain(payload: Payload): Uint8Array {
  return Uint8Array.from(payload.bytes());
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

describe('payloads', () => {
  it('have the CRC-32 of their bytes as their checksum, however they are built', () => {
    fc.assert(
      fc.property(anyPayload, (payload) => {
        assert.equal(payload.checksum(), crc32(payload.bytes()));
        assert.equal(payload.bytes().length, payload.length);
      }),
    );
  });

  it('of synthetic content have the CRC-32 of their bytes over many whole units', () => {
    for (const [length, offset] of [
      [65_536, 0],
      [65_536, 4096],
      [70_001, 4095],
      [1_048_577, 123],
    ] as const) {
      const payload = syntheticPayload('fonts', length, offset);
      assert.equal(payload.checksum(), crc32(payload.bytes()));
    }
  });

  it('are cut as their bytes are', () => {
    fc.assert(
      fc.property(anyPayload, fc.nat(), fc.nat(), (payload, a, b) => {
        const [start = 0, end = 0] = [a % (payload.length + 1), b % (payload.length + 1)].sort(
          (x, y) => x - y,
        );
        const cut = payload.slice(start, end);
        assert.deepEqual(plain(cut), plain(payload).slice(start, end));
        assert.equal(cut.checksum(), crc32(cut.bytes()));
      }),
    );
  });

  it('are joined as their bytes are', () => {
    fc.assert(
      fc.property(fc.array(anyPayload, { maxLength: 4 }), (payloads) => {
        assert.deepEqual(plain(joinPayloads(payloads)), join(payloads.map(plain)));
      }),
    );
  });

  it('refuse a part that does not lie in them', () => {
    for (const payload of [
      zeroes(10),
      syntheticPayload('x', 10),
      bytesPayload(new Uint8Array(10)),
      joinPayloads([zeroes(5), syntheticPayload('x', 5)]),
    ]) {
      assert.throws(() => payload.slice(3, 11), RangeError);
      assert.throws(() => payload.slice(-1, 3), RangeError);
      assert.throws(() => payload.slice(4, 3), RangeError);
    }
    assert.throws(() => zeroes(-1), RangeError);
    assert.throws(() => syntheticPayload('x', 1.5), RangeError);
  });

  it('cut into pieces and joined again are one piece', () => {
    for (const payload of [
      zeroes(1000),
      syntheticPayload('fonts', 1000, 77),
      bytesPayload(Uint8Array.from({ length: 1000 }, (_, at) => at & 255)),
    ]) {
      const again = joinPayloads([
        payload.slice(0, 300),
        payload.slice(300, 301),
        payload.slice(301, 1000),
      ]);
      assert.equal(again.constructor, payload.constructor);
      assert(samePayload(again, payload));
    }
  });

  it('of one content are the same bytes at the same place, whoever generates them', () => {
    const whole = syntheticPayload('fonts', 50_000);
    const part = syntheticPayload('fonts', 1234, 40_000);
    assert.deepEqual(plain(part), plain(whole.slice(40_000, 41_234)));
  });

  it('of different contents, or of different places of one, differ', () => {
    const length = 4096;
    const seen = new Set<number>();
    for (let content = 0; content < 20; content++) {
      for (let unit = 0; unit < 20; unit++) {
        seen.add(syntheticPayload(content, length, unit * length).checksum());
      }
    }
    assert.equal(seen.size, 400);
    const sector = (at: number): Payload => syntheticPayload('fonts', 512, at * 512);
    assert(!samePayload(sector(0), sector(1)));
    assert.notEqual(syntheticPayload(2 ** 40, 64).checksum(), syntheticPayload(0, 64).checksum());
  });

  it('are the same exactly where their bytes are', () => {
    fc.assert(
      fc.property(anyPayload, anyPayload, (a, b) => {
        assert.equal(samePayload(a, b), Buffer.compare(a.bytes(), b.bytes()) === 0);
        assert(samePayload(a, bytesPayload(a.bytes())));
      }),
    );
  });

  it('that are damaged have another checksum and differ in one bit', () => {
    fc.assert(
      fc.property(anyPayload, fc.nat(), (payload, at) => {
        fc.pre(payload.length > 0);
        const damaged = corrupted(payload, at % payload.length);
        assert.equal(damaged.length, payload.length);
        assert.notEqual(damaged.checksum(), payload.checksum());
        assert(!samePayload(damaged, payload));
      }),
    );
    assert.notEqual(corrupted(zeroes(9)).checksum(), zeroes(9).checksum());
  });

  it('describe terabytes without taking memory', () => {
    const huge = joinPayloads([syntheticPayload('a', 2 ** 42), zeroes(2 ** 42)]);
    const middle = huge.slice(2 ** 42 - 2, 2 ** 42 + 2);
    assert.equal(middle.length, 4);
    assert.deepEqual([...middle.bytes().subarray(2)], [0, 0]);
  });
});

describe('the simulated codec', () => {
  const codec = createSimulatedCodec();

  it('makes half of the length at level 3, less of it below, and gives back what it was given', () => {
    fc.assert(
      fc.property(anyPayload, fc.integer({ min: 1, max: 9 }), (payload, level) => {
        fc.pre(payload.length > 0);
        const { encoding, data } = codec.compress(payload, level);
        assert.equal(encoding, 'zstd');
        const half = Math.ceil(payload.length / 2);
        if (level === 3) assert.equal(data.length, half);
        else assert.ok(level < 3 ? data.length >= half : data.length <= half);
        assert(samePayload(codec.expand(encoding, data, payload.length), payload));
      }),
    );
  });

  it('compresses nothing at level 0', () => {
    const payload = syntheticPayload('fonts', 1000);
    const { encoding, data } = codec.compress(payload, 0);
    assert.equal(encoding, 'none');
    assert.equal(data, payload);
    assert.equal(codec.expand(encoding, data, 1000), payload);
  });

  it('gives equal data for equal content', () => {
    const cut = joinPayloads([syntheticPayload('a', 10), syntheticPayload('a', 90, 10)]);
    const a = codec.compress(cut, 1).data;
    const b = codec.compress(syntheticPayload('a', 100), 1).data;
    assert(samePayload(a, b));
    assert.equal(a.checksum(), b.checksum());
  });

  it('expands data that was stored in pieces', () => {
    const payload = syntheticPayload('fonts', 10_000);
    const { data } = codec.compress(payload, 1);
    const again = joinPayloads([data.slice(0, 4096), data.slice(4096, data.length)]);
    assert(samePayload(codec.expand('zstd', again, 10_000), payload));
  });

  it('refuses data that is damaged, cut short or of another length', () => {
    const { data } = codec.compress(syntheticPayload('fonts', 10_000), 1);
    const corrupt = (broken: Payload, length: number): void => {
      assert.throws(
        () => codec.expand('zstd', broken, length),
        (error) => error instanceof WorldError && error.code === 'corrupt',
      );
    };
    corrupt(corrupted(data), 10_000);
    corrupt(data.slice(0, data.length - 1), 10_000);
    corrupt(data.slice(1, data.length), 10_000);
    corrupt(data, 9_999);
    corrupt(syntheticPayload('fonts', 5000), 10_000);
  });
});
