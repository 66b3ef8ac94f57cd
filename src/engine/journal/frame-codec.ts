/**
 * Frames as they lie in a segment: a header, a table of entries, one of the data's pieces, and the data as it crossed
 * the wire.
 *
 *     0  u32  magic                         26  u16  pieces; 0: the data is one
 *     4  u16  version                       28  u32  bytes of the data before compression
 *     6  u8   encoding                      32  u32  bytes of the data
 *     7  u8   0                             36  u32  checksum of the data
 *     8  u32  hash of the stream's name     40  u32  where the durable part of the segment ended
 *    12  u32  epoch                         44  u32  checksum of header and tables
 *    16  f64  first sequence                48  entries, 32 bytes each; pieces, 12 bytes each; then the data
 *    24  u16  entries
 *
 * An entry: u8 kind, u8 sync, u16 disk, u32 raw offset, f64 offset (or checkpoint), f64 length (or two
 * more than the id of the newest catalogued checkpoint, 0 where that is not said), f64 time.
 * A piece: u32 bytes before compression, u32 bytes as stored, u32 checksum as stored. Pieces lie one behind the other. One
 * that has as many bytes as before is stored as it was; any other has the frame's encoding, and is expanded by itself.
 * Little-endian throughout.
 *
 * The checksum of header and tables starts from the segment's id and the frame's offset, so that a
 * stale frame in a reused file, or one that a disk wrote to the wrong place, is never taken for the
 * one that belongs there.
 */
import { advance } from '../world/crc32.ts';
import type { Payload } from '../world/payload.ts';
import type { Encoding } from '../world/world.ts';
import type { Frame, FrameEntry, FramePiece, SyncKind } from './frame.ts';
import { MAX_FRAME_PIECES, piecesProblem } from './frame-pieces.ts';
import { freshBytes } from './slab.ts';

export const FRAME_HEADER_BYTES = 48;
export const FRAME_ENTRY_BYTES = 32;
export const FRAME_PIECE_BYTES = 12;
/** Senders batch up to 64; the rest is room, and a bound on what a damaged header can ask for. */
export const MAX_FRAME_ENTRIES = 4096;
/** Senders batch up to 1 MiB; a single guest write may be as large as NBD lets it be, 32 MiB. */
export const MAX_FRAME_DATA = 64 * 1024 * 1024;

const MAGIC = 0x52464d54;
/** 1 had no pieces. */
const VERSION = 2;
const ENCODINGS: readonly Encoding[] = ['none', 'zstd'];
const SYNC_KINDS: readonly SyncKind[] = ['initial', 'bitmap', 'delta'];
const KINDS = ['write', 'zero', 'checkpoint', 'sync-begin', 'sync-end'] as const;

/** Which record this is and where it must lie. */
export interface FramePlace {
  readonly stream: number;
  readonly segment: number;
  readonly offset: number;
}

export interface FrameHead {
  readonly epoch: number;
  readonly firstSequence: number;
  readonly count: number;
  readonly encoding: Encoding;
  readonly rawLength: number;
  readonly dataLength: number;
  readonly dataChecksum: number;
  readonly pieceCount: number;
  /**
   * Up to this offset the segment was durable when the frame was written: a break before it is damage
   * of what had been acknowledged, a break behind it a torn tail.
   */
  readonly durableEnd: number;
  /** Bytes of header and tables. */
  readonly headBytes: number;
  /** Bytes of the whole frame. */
  readonly bytes: number;
}

export interface StoredFrame extends FrameHead {
  readonly entries: readonly FrameEntry[];
  /** Undefined: the data is one piece. */
  readonly pieces: readonly FramePiece[] | undefined;
}

export function frameBytes(frame: Frame): number {
  return headBytes(frame.entries.length, frame.pieces?.length ?? 0) + frame.data.length;
}

function headBytes(entries: number, pieces: number): number {
  return FRAME_HEADER_BYTES + entries * FRAME_ENTRY_BYTES + pieces * FRAME_PIECE_BYTES;
}

/** Header and tables of a frame, to be written in front of its data. */
export function encodeFrameHead(frame: Frame, place: FramePlace, durableEnd: number): Uint8Array {
  const count = frame.entries.length;
  const pieces = frame.pieces ?? [];
  const bytes = freshBytes(headBytes(count, pieces.length));
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint8(6, ENCODINGS.indexOf(frame.encoding));
  view.setUint32(8, place.stream, true);
  view.setUint32(12, frame.epoch, true);
  view.setFloat64(16, frame.firstSequence, true);
  view.setUint16(24, count, true);
  view.setUint16(26, pieces.length, true);
  view.setUint32(28, frame.rawLength, true);
  view.setUint32(32, frame.data.length, true);
  view.setUint32(36, frame.checksum, true);
  view.setUint32(40, durableEnd, true);
  let at = FRAME_HEADER_BYTES;
  for (const entry of frame.entries) {
    encodeEntry(view, at, entry);
    at += FRAME_ENTRY_BYTES;
  }
  for (const piece of pieces) {
    view.setUint32(at, piece.rawLength, true);
    view.setUint32(at + 4, piece.length, true);
    view.setUint32(at + 8, piece.checksum, true);
    at += FRAME_PIECE_BYTES;
  }
  view.setUint32(44, headChecksum(bytes, place), true);
  return bytes;
}

function encodeEntry(view: DataView, at: number, entry: FrameEntry): void {
  view.setUint8(at, KINDS.indexOf(entry.kind));
  view.setFloat64(at + 24, entry.time, true);
  if (entry.kind === 'write') view.setUint32(at + 4, entry.rawOffset, true);
  switch (entry.kind) {
    case 'write':
    case 'zero':
      view.setUint16(at + 2, entry.disk, true);
      view.setFloat64(at + 8, entry.offset, true);
      view.setFloat64(at + 16, entry.length, true);
      return;
    case 'checkpoint':
      view.setFloat64(at + 8, entry.checkpoint, true);
      if (entry.catalogued !== undefined) view.setFloat64(at + 16, entry.catalogued + 2, true);
      return;
    case 'sync-begin':
    case 'sync-end':
      view.setUint8(at + 1, SYNC_KINDS.indexOf(entry.sync));
  }
}

function headChecksum(bytes: Uint8Array, place: FramePlace): number {
  const seed = (Math.imul(place.segment, 0x9e3779b1) ^ place.offset) >>> 0;
  return advance(advance(seed, bytes.subarray(0, 44)), bytes.subarray(FRAME_HEADER_BYTES));
}

/**
 * The frame at `at` of what was read of a segment, or what is wrong with it: `cut` where the bytes end
 * before the frame does (`needs` bytes from `at` on would tell more), `broken` where it is not a frame
 * that belongs here. Checks header and tables, not the data: see {@link frameData}.
 */
export type DecodedFrame =
  | { readonly kind: 'frame'; readonly frame: StoredFrame }
  | { readonly kind: 'cut'; readonly needs: number }
  | { readonly kind: 'broken'; readonly why: string };

export function decodeFrame(source: Payload, at: number, place: FramePlace): DecodedFrame {
  const decoded = decodeFrameHead(source, at, place);
  if (decoded.kind !== 'frame') return decoded;
  const { bytes } = decoded.frame;
  return source.length - at < bytes ? { kind: 'cut', needs: bytes } : decoded;
}

/** The same where the data need not be there: header and tables alone tell all of it. */
export function decodeFrameHead(source: Payload, at: number, place: FramePlace): DecodedFrame {
  const available = source.length - at;
  if (available < FRAME_HEADER_BYTES) return { kind: 'cut', needs: FRAME_HEADER_BYTES };
  // With room for one entry, which is all that most frames have.
  const first = Math.min(available, FRAME_HEADER_BYTES + FRAME_ENTRY_BYTES);
  const start = source.slice(at, at + first).bytes();
  const head = decodeHeader(start, place);
  if (typeof head === 'string') return { kind: 'broken', why: head };
  if (available < head.headBytes) return { kind: 'cut', needs: head.headBytes };
  const bytes = head.headBytes === first ? start : source.slice(at, at + head.headBytes).bytes();
  const view = viewOf(bytes);
  if (headChecksum(bytes, place) !== view.getUint32(44, true)) {
    return { kind: 'broken', why: 'the header fails its checksum' };
  }
  const entries: FrameEntry[] = [];
  for (let index = 0; index < head.count; index += 1) {
    const entry = decodeEntry(view, FRAME_HEADER_BYTES + index * FRAME_ENTRY_BYTES);
    if (entry === undefined) return { kind: 'broken', why: `entry ${index} makes no sense` };
    entries.push(entry);
  }
  const pieces = decodePieces(view, head);
  const problem =
    entriesProblem(entries, head.rawLength) ??
    (pieces && piecesProblem(pieces, head.rawLength, head.dataLength));
  if (problem !== undefined) return { kind: 'broken', why: problem };
  return { kind: 'frame', frame: { ...head, entries, pieces } };
}

function decodePieces(view: DataView, head: FrameHead): FramePiece[] | undefined {
  if (head.pieceCount === 0) return undefined;
  const pieces: FramePiece[] = [];
  for (let at = headBytes(head.count, 0); at < head.headBytes; at += FRAME_PIECE_BYTES) {
    pieces.push({
      rawLength: view.getUint32(at, true),
      length: view.getUint32(at + 4, true),
      checksum: view.getUint32(at + 8, true),
    });
  }
  return pieces;
}

function decodeHeader(bytes: Uint8Array, place: FramePlace): FrameHead | string {
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) return 'no frame begins here';
  const version = view.getUint16(4, true);
  if (version !== VERSION) return `frames of version ${version} are not known`;
  if (view.getUint32(8, true) !== place.stream) return 'the frame is of another stream';
  const encoding = ENCODINGS[view.getUint8(6)];
  if (encoding === undefined) return 'the encoding is not known';
  const count = view.getUint16(24, true);
  const pieceCount = view.getUint16(26, true);
  const rawLength = view.getUint32(28, true);
  const dataLength = view.getUint32(32, true);
  const firstSequence = view.getFloat64(16, true);
  if (count === 0 || count > MAX_FRAME_ENTRIES) return `${count} entries are out of range`;
  if (pieceCount > MAX_FRAME_PIECES) return `${pieceCount} pieces are out of range`;
  if (rawLength > MAX_FRAME_DATA || dataLength > MAX_FRAME_DATA) return 'the data is out of range';
  if (!Number.isSafeInteger(firstSequence) || firstSequence < 1) return 'no valid sequence';
  const before = headBytes(count, pieceCount);
  return {
    epoch: view.getUint32(12, true),
    firstSequence,
    count,
    encoding,
    rawLength,
    dataLength,
    dataChecksum: view.getUint32(36, true),
    pieceCount,
    durableEnd: view.getUint32(40, true),
    headBytes: before,
    bytes: before + dataLength,
  };
}

function decodeEntry(view: DataView, at: number): FrameEntry | undefined {
  const kind = KINDS[view.getUint8(at)];
  const time = view.getFloat64(at + 24, true);
  const disk = view.getUint16(at + 2, true);
  const offset = view.getFloat64(at + 8, true);
  const length = view.getFloat64(at + 16, true);
  switch (kind) {
    case 'write':
      return { kind, time, disk, offset, length, rawOffset: view.getUint32(at + 4, true) };
    case 'zero':
      return { kind, time, disk, offset, length };
    case 'checkpoint':
      return length === 0
        ? { kind, time, checkpoint: offset }
        : { kind, time, checkpoint: offset, catalogued: length - 2 };
    case 'sync-begin':
    case 'sync-end': {
      const sync = SYNC_KINDS[view.getUint8(at + 1)];
      return sync === undefined ? undefined : { kind, time, sync };
    }
    default:
      return undefined;
  }
}

/** What is impossible about a frame's entries, whatever the disks are. */
export function entriesProblem(
  entries: readonly FrameEntry[],
  rawLength: number,
): string | undefined {
  for (const [index, entry] of entries.entries()) {
    if (!Number.isFinite(entry.time)) return `entry ${index} has no valid time`;
    if (entry.kind === 'checkpoint') {
      const { checkpoint, catalogued = -1 } = entry;
      if (!Number.isSafeInteger(checkpoint)) return `entry ${index} has no valid checkpoint`;
      if (!Number.isSafeInteger(catalogued) || catalogued < -1) {
        return `entry ${index} names no valid catalogued checkpoint`;
      }
    } else if (entry.kind === 'write' || entry.kind === 'zero') {
      if (!isRange(entry.offset, entry.length)) return `entry ${index} has no valid range`;
      if (!Number.isInteger(entry.disk) || entry.disk < 0 || entry.disk > 0xffff) {
        return `entry ${index} has no valid disk`;
      }
      if (
        entry.kind === 'write' &&
        !(entry.rawOffset >= 0 && entry.rawOffset + entry.length <= rawLength)
      ) {
        return `entry ${index} points beyond the frame's data`;
      }
    }
  }
  return undefined;
}

function isRange(offset: number, length: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    Number.isSafeInteger(offset + length) &&
    offset >= 0 &&
    length > 0
  );
}

/** The frame's data as stored, or undefined where it fails its checksum. */
export function frameData(source: Payload, at: number, frame: FrameHead): Payload | undefined {
  const data = source.slice(at + frame.headBytes, at + frame.bytes);
  return data.checksum() === frame.dataChecksum ? data : undefined;
}

/** Where the next frame might begin at or behind `from`: the next place that holds the magic. */
export function findFrame(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at + 4 <= bytes.length; at += 1) {
    if (
      bytes[at] === (MAGIC & 0xff) &&
      bytes[at + 1] === ((MAGIC >>> 8) & 0xff) &&
      bytes[at + 2] === ((MAGIC >>> 16) & 0xff) &&
      bytes[at + 3] === MAGIC >>> 24
    ) {
      return at;
    }
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
