import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Payload } from '../../../../src/engine/world/payload.ts';
import {
  bytesPayload,
  createSimulatedCodec,
  joinPayloads,
  samePayload,
  syntheticPayload,
  zeroes,
} from '../../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../../src/engine/world/random.ts';
import { PackedLog } from '../../../../src/engine/world/simulated/packed-log.ts';
import { StoredContent } from '../../../../src/engine/world/simulated/stored-content.ts';

const codec = createSimulatedCodec();

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((data) => bytesPayload(data));
const synthetic = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 52 }), fc.integer({ min: 1, max: 3000 }), fc.nat(5000))
  .map(([name, length, offset]) => syntheticPayload(name, length, offset));
const compressed = fc
  .array(synthetic, { minLength: 1, maxLength: 3 })
  .map((parts) => codec.compress(joinPayloads(parts), 3).data);
/** What a log can keep, and what ends it. */
const packable = fc.oneof(bytes, synthetic, compressed);
const any = fc.oneof(
  { weight: 8, arbitrary: packable },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 600 }).map(zeroes) },
  { weight: 1, arbitrary: compressed.map((once) => codec.compress(once, 3).data) },
);
const several = fc.array(packable, { minLength: 1, maxLength: 3 }).map(joinPayloads);

function same(actual: Payload, expected: Payload): void {
  assert.equal(actual.length, expected.length);
  assert.ok(samePayload(actual, expected));
  assert.equal(actual.checksum(), expected.checksum());
}

/** Bytes of a file as they are, in the most obvious way. */
class Plain {
  content: Payload = zeroes(0);

  write(offset: number, payload: Payload): void {
    const { length } = this.content;
    const head = offset <= length ? this.content.slice(0, offset) : this.content;
    const gap = zeroes(Math.max(0, offset - length));
    const end = offset + payload.length;
    const tail = end < length ? this.content.slice(end, length) : zeroes(0);
    this.content = joinPayloads([head, gap, payload, tail]);
  }

  truncate(size: number): void {
    const { length } = this.content;
    if (size <= length) this.content = this.content.slice(0, size);
    else this.write(length, zeroes(size - length));
  }
}

describe('content that grows at its end', () => {
  it('reads as it was put there, in any part, and expands to what it was before compression', () => {
    fc.assert(
      fc.property(fc.array(several, { maxLength: 20 }), fc.nat(), fc.nat(), (payloads, a, b) => {
        const log = new PackedLog();
        for (const payload of payloads) assert.ok(log.append(payload));
        const whole = joinPayloads(payloads);
        assert.equal(log.length, whole.length);
        const [from = 0, to = 0] = [a, b]
          .map((at) => at % (whole.length + 1))
          .sort((x, y) => x - y);
        same(log.read(from, to - from), whole.slice(from, to));
        let at = 0;
        for (const payload of payloads) {
          same(log.read(at, payload.length), payload);
          at += payload.length;
        }
      }),
    );
  });

  it('gives compressed data back as what can be expanded', () => {
    fc.assert(
      fc.property(several, fc.boolean(), (raw, known) => {
        const { encoding, data } = codec.compress(raw, 3);
        if (known) data.checksum();
        const log = new PackedLog();
        log.append(bytesPayload(Uint8Array.of(1, 2, 3)));
        if (!log.append(data)) return;
        const read = log.read(3, data.length);
        same(read, data);
        same(codec.expand(encoding, read, raw.length), raw);
      }),
    );
  });

  it('can be cut anywhere and goes on behind the cut, and what was read before stays', () => {
    fc.assert(
      fc.property(several, fc.nat(), several, (before, cut, after) => {
        const log = new PackedLog();
        log.append(before);
        const read = log.read(0, before.length);
        const size = cut % (before.length + 1);
        log.truncate(size);
        log.append(after);
        same(log.read(0, log.length), joinPayloads([before.slice(0, size), after]));
        same(read, before);
      }),
    );
  });
});

describe('the content of a file', () => {
  const act = fc.oneof(
    { weight: 6, arbitrary: any.map((payload) => ({ do: 'append', payload }) as const) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(any, fc.nat(9000))
        .map(([payload, at]) => ({ do: 'write', payload, at }) as const),
    },
    { weight: 1, arbitrary: fc.nat(9000).map((at) => ({ do: 'truncate', at }) as const) },
  );
  const acts = fc.array(act, { maxLength: 30 });

  it('is the same whether it was appended to or overwritten', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const content = new StoredContent();
        const plain = new Plain();
        for (const each of all) {
          if (each.do === 'truncate') {
            content.truncate(each.at, 'us', 0);
            plain.truncate(each.at);
          } else {
            const at = each.do === 'append' ? content.size : each.at;
            content.write(at, each.payload, 'us', 0);
            plain.write(at, each.payload);
          }
          assert.equal(content.size, plain.content.length);
          same(content.read(0, content.size), plain.content);
        }
      }),
    );
  });

  it('goes back to what was durable where nothing else is kept when power is lost', () => {
    const nothingKept = { ...createRandom(1), integer: () => 0 };
    fc.assert(
      fc.property(fc.array(packable, { maxLength: 8 }), acts, (durable, all) => {
        const content = new StoredContent();
        for (const payload of durable) {
          content.complete(content.write(content.size, payload, 'us', 0), true);
        }
        const before = content.read(0, content.size);
        for (const each of all) {
          if (each.do === 'truncate') content.truncate(each.at, 'us', 0);
          else content.write(each.do === 'append' ? content.size : each.at, each.payload, 'us', 0);
        }
        content.ownerEnded('us', true, 0, nothingKept);
        same(content.read(0, content.size), before);
      }),
    );
  });
});
