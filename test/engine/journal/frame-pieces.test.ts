import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FramePiece } from '../../../src/engine/journal/frame.ts';
import {
  ExpandingData,
  MAX_FRAME_PIECES,
  piecesProblem,
  PieceTable,
} from '../../../src/engine/journal/frame-pieces.ts';
import type { PieceSource } from '../../../src/engine/journal/frame-pieces.ts';
import { packedOf } from '../../../src/engine/vra/compression.ts';
import { createNodeCodec } from '../../../src/engine/world/node/codec.ts';
import {
  bytesPayload,
  createSimulatedCodec,
  syntheticPayload,
  samePayload,
} from '../../../src/engine/world/payloads.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import type { Codec } from '../../../src/engine/world/world.ts';

const real = createNodeCodec();

function packed(codec: Codec, raw: Payload, ends: readonly number[]) {
  let start = 0;
  const parts = ends.map((end) => {
    const part = raw.slice(start, end);
    start = end;
    return part;
  });
  const made = packedOf(
    parts,
    parts.map((part) => codec.compress(part, 3)),
  );
  const source: PieceSource = {
    ...made,
    pieces: made.pieces,
    rawLength: raw.length,
    dataLength: made.data.length,
    dataChecksum: made.data.checksum(),
  };
  return { data: made.data, source };
}

/** Some of it compresses, and some does not. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 600 }),
      fc
        .nat(255)
        .chain((byte) => fc.nat(2000).map((length) => new Uint8Array(length + 1).fill(byte))),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((runs) => ({ raw: Uint8Array.from(runs.flatMap((run) => [...run])), runs }));

function endsOf(runs: readonly Uint8Array[]): number[] {
  let end = 0;
  return runs.map((run) => (end += run.length));
}

describe('pieces of a frame', () => {
  it('each alone is what it is in the whole, whatever part of it is asked for', () => {
    fc.assert(
      fc.property(content, fc.nat(), fc.nat(), ({ raw, runs }, a, b) => {
        const { data, source } = packed(real, bytesPayload(raw), endsOf(runs));
        const first = a % raw.length;
        const last = first + 1 + (b % (raw.length - first));
        const expanding = new ExpandingData(real, source, data);
        const part = expanding.part(first, last);
        assert.ok(typeof part !== 'string');
        assert.deepEqual([...part.bytes()], [...raw.subarray(first, last)]);
        const whole = expanding.part(0, raw.length);
        assert.ok(typeof whole !== 'string' && samePayload(whole, bytesPayload(raw)));
      }),
    );
  });

  it('are found by every byte of theirs, and checked by themselves: any bit that flips is noticed', () => {
    fc.assert(
      fc.property(content, fc.nat(), ({ raw, runs }, bit) => {
        const { data, source } = packed(real, bytesPayload(raw), endsOf(runs));
        const table = new PieceTable(source);
        const bytes = Uint8Array.from(data.bytes());
        const flipped = bit % (bytes.length * 8);
        bytes[flipped >> 3] = (bytes[flipped >> 3] ?? 0) ^ (1 << (flipped & 7));
        let end = 0;
        for (let index = 0; index < table.count; index += 1) {
          assert.equal(table.rawStart(index), end);
          end = table.rawEnd(index);
          assert.equal(table.at(table.rawStart(index)), index);
          assert.equal(table.at(end - 1), index);
          const within = table.start(index) <= flipped >> 3 && flipped >> 3 < table.end(index);
          const stored = bytesPayload(bytes.subarray(table.start(index), table.end(index)));
          assert.equal(table.isIntact(index, stored), !within);
          if (within) continue;
          const expanded = table.expand(real, index, stored);
          assert.ok(typeof expanded !== 'string');
          assert.deepEqual([...expanded.bytes()], [...raw.subarray(table.rawStart(index), end)]);
        }
        assert.equal(end, raw.length);
      }),
    );
  });

  it('have together the checksum of the data', () => {
    fc.assert(
      fc.property(content, ({ raw, runs }) => {
        const { data } = packed(real, bytesPayload(raw), endsOf(runs));
        assert.equal(data.checksum(), bytesPayload(Uint8Array.from(data.bytes())).checksum());
      }),
    );
  });

  it('are never bytes in a simulated world', () => {
    const codec = createSimulatedCodec(2);
    const raw = syntheticPayload('a database', 3_000_000);
    const { data, source } = packed(codec, raw, [1_000_000, 1_000_001, 3_000_000]);
    assert.equal(data.length, 500_000 + 1 + 1_000_000);
    const part = new ExpandingData(codec, source, data).part(999_990, 1_000_011);
    assert.ok(typeof part !== 'string' && samePayload(part, raw.slice(999_990, 1_000_011)));
  });

  it('that do not expand say why, and a piece that is cut is not intact', () => {
    const raw = bytesPayload(new Uint8Array(5000));
    const { data, source } = packed(real, raw, [2500, 5000]);
    const table = new PieceTable(source);
    assert.ok(!table.isIntact(0, data.slice(0, table.end(0) - 1)));
    const noise = bytesPayload(new Uint8Array(table.end(0)).fill(7));
    const why = table.expand(real, 0, noise);
    assert.ok(typeof why === 'string');
    assert.match(why, /do not expand to 2500 bytes/);
  });

  it('are refused where they are not the data: too many, too long, or another sum', () => {
    const piece: FramePiece = { rawLength: 10, length: 5, checksum: 1 };
    assert.equal(piecesProblem([piece, piece], 20, 10), undefined);
    assert.match(piecesProblem([piece], 20, 5) ?? '', /5 bytes of 10, not 5 of 20/);
    assert.match(piecesProblem([piece], 10, 6) ?? '', /not 6 of 10/);
    for (const wrong of [{ length: 0 }, { length: 11 }, { length: NaN }, { rawLength: -1 }]) {
      assert.match(piecesProblem([{ ...piece, ...wrong }], 10, 5) ?? '', /no valid length/);
    }
    const many = Array.from({ length: MAX_FRAME_PIECES + 1 }, () => piece);
    assert.match(piecesProblem(many, 0, 0) ?? '', /out of range/);
  });
});
