import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Frame, FrameEntry, FramePiece } from '../../../src/engine/journal/frame.ts';
import {
  decodeFrame,
  decodeFrameHead,
  encodeFrameHead,
  frameBytes,
  frameData,
} from '../../../src/engine/journal/frame-codec.ts';
import {
  bytesPayload,
  joinPayloads,
  syntheticPayload,
} from '../../../src/engine/world/payloads.ts';

const place = { stream: 0xabcdef01, segment: 7, offset: 4096 };

function frameOf(entries: readonly FrameEntry[], data: Uint8Array, firstSequence = 1): Frame {
  const payload = bytesPayload(data);
  return {
    stream: 'Accounting/db1',
    epoch: 3,
    firstSequence,
    entries,
    encoding: 'zstd',
    rawLength: 1 << 20,
    data: payload,
    checksum: payload.checksum(),
  };
}

function inPieces(dataLength: number, count: number): FramePiece[] {
  const length = Math.floor(dataLength / count);
  const rawLength = (1 << 20) / 8;
  return Array.from({ length: count }, (_, index) =>
    index < count - 1
      ? { rawLength, length, checksum: index }
      : {
          rawLength: (1 << 20) - index * rawLength,
          length: dataLength - index * length,
          checksum: 0xffffffff,
        },
  );
}

const time = fc.double({ noNaN: true, noDefaultInfinity: true });
const range = {
  disk: fc.nat(0xffff),
  offset: fc.nat(2 ** 40),
  length: fc.integer({ min: 1, max: 1 << 19 }),
};
const entry: fc.Arbitrary<FrameEntry> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), time, ...range, rawOffset: fc.nat(1 << 19) }),
  fc.record({ kind: fc.constant('zero' as const), time, ...range }),
  fc.record({ kind: fc.constant('checkpoint' as const), time, checkpoint: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constantFrom('sync-begin' as const, 'sync-end' as const),
    time,
    sync: fc.constantFrom('initial' as const, 'bitmap' as const, 'delta' as const),
  }),
);

describe('frame codec', () => {
  it('reads back what it wrote, wherever the frame lies in what was read', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 64 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(50),
        fc.nat(5),
        (entries, data, before, count) => {
          const pieces =
            count === 0 || data.length < count ? undefined : inPieces(data.length, count);
          const frame = { ...frameOf(entries, data, 2 ** 45), pieces };
          const head = bytesPayload(encodeFrameHead(frame, place, 777));
          const source = joinPayloads([bytesPayload(new Uint8Array(before)), head, frame.data]);
          const decoded = decodeFrame(source, before, place);
          assert.ok(decoded.kind === 'frame');
          assert.deepEqual(
            decoded.frame.entries,
            entries.map((each) => ({ ...each })),
          );
          assert.deepEqual(decoded.frame.pieces, pieces);
          assert.equal(decoded.frame.bytes, frameBytes(frame));
          const { epoch, firstSequence, encoding, rawLength, durableEnd } = decoded.frame;
          assert.deepEqual(
            { epoch, firstSequence, encoding, rawLength, durableEnd },
            {
              epoch: 3,
              firstSequence: 2 ** 45,
              encoding: 'zstd',
              rawLength: 1 << 20,
              durableEnd: 777,
            },
          );
          const stored = frameData(source, before, decoded.frame);
          assert.deepEqual(stored && [...stored.bytes()], [...data]);
        },
      ),
    );
  });

  it('keeps headers as bytes where the data is synthetic', () => {
    const data = syntheticPayload('a database', 300_000, 0);
    const frame = {
      ...frameOf([{ kind: 'checkpoint', time: 1, checkpoint: 2 }], new Uint8Array()),
    };
    const whole = { ...frame, data, checksum: data.checksum() };
    const source = joinPayloads([bytesPayload(encodeFrameHead(whole, place, 0)), data]);
    const decoded = decodeFrame(source, 0, place);
    assert.ok(decoded.kind === 'frame');
    assert.equal(frameData(source, 0, decoded.frame)?.length, 300_000);
  });

  it('takes no frame for one that belongs to another place, segment or stream', () => {
    const frame = frameOf([{ kind: 'checkpoint', time: 1, checkpoint: 2 }], new Uint8Array(9));
    const source = joinPayloads([bytesPayload(encodeFrameHead(frame, place, 0)), frame.data]);
    for (const change of [{ offset: 4097 }, { segment: 8 }, { stream: 1 }]) {
      assert.equal(decodeFrame(source, 0, { ...place, ...change }).kind, 'broken');
    }
  });

  it('notices every changed byte of header, table and data', () => {
    const entries: FrameEntry[] = [
      { kind: 'write', time: 5, disk: 1, offset: 512, length: 100, rawOffset: 0 },
      { kind: 'checkpoint', time: 6, checkpoint: 9 },
    ];
    const pieces = inPieces(100, 3);
    const frame = { ...frameOf(entries, new Uint8Array(100).fill(3)), pieces };
    const head = encodeFrameHead(frame, place, 64);
    const bytes = Uint8Array.from([...head, ...frame.data.bytes()]);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const decoded = decodeFrame(bytesPayload(changed), 0, place);
      const passed =
        decoded.kind === 'frame' &&
        frameData(bytesPayload(changed), 0, decoded.frame) !== undefined;
      assert.equal(passed, false, `byte ${at}`);
    }
  });

  it('tells all but the data from header and tables alone', () => {
    const entries: FrameEntry[] = [{ kind: 'checkpoint', time: 6, checkpoint: 9 }];
    const frame = { ...frameOf(entries, new Uint8Array(90)), pieces: inPieces(90, 4) };
    const head = encodeFrameHead(frame, place, 0);
    const source = bytesPayload(head);
    const decoded = decodeFrameHead(source, 0, place);
    assert.ok(decoded.kind === 'frame');
    assert.deepEqual(decoded.frame.pieces, frame.pieces);
    assert.deepEqual(decodeFrame(source, 0, place), { kind: 'cut', needs: head.length + 90 });
    for (let length = 0; length < source.length; length += 1) {
      assert.equal(decodeFrameHead(source.slice(0, length), 0, place).kind, 'cut');
    }
  });

  it('takes no frame of the version without pieces for one of its own', () => {
    const frame = frameOf([{ kind: 'checkpoint', time: 1, checkpoint: 2 }], new Uint8Array(9));
    const bytes = Uint8Array.from([...encodeFrameHead(frame, place, 0), ...frame.data.bytes()]);
    bytes[4] = 1;
    const decoded = decodeFrame(bytesPayload(bytes), 0, place);
    assert.deepEqual(decoded, { kind: 'broken', why: 'frames of version 1 are not known' });
  });

  it('asks for more where the frame is cut, and for no more than it has', () => {
    const frame = frameOf([{ kind: 'checkpoint', time: 1, checkpoint: 2 }], new Uint8Array(90));
    const source = joinPayloads([bytesPayload(encodeFrameHead(frame, place, 0)), frame.data]);
    for (let length = 0; length < source.length; length += 1) {
      const decoded = decodeFrame(source.slice(0, length), 0, place);
      assert.ok(decoded.kind === 'cut');
      assert.ok(decoded.needs > length && decoded.needs <= source.length);
    }
  });

  it('survives hostile bytes, with and without a valid beginning', () => {
    const frame = frameOf([{ kind: 'checkpoint', time: 1, checkpoint: 2 }], new Uint8Array(20));
    const head = encodeFrameHead(frame, place, 0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(head.length), (noise, kept) => {
        const source = bytesPayload(Uint8Array.from([...head.subarray(0, kept), ...noise]));
        const decoded = decodeFrame(source, 0, place);
        if (decoded.kind === 'frame') assert.ok(decoded.frame.bytes <= source.length);
        if (decoded.kind === 'cut') assert.ok(decoded.needs > source.length);
      }),
      { numRuns: 500 },
    );
  });
});
