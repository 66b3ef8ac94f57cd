/** The pieces of a frame's data: each is checked and expanded by itself, so that a read of little expands little. */
import type { Payload } from '../world/payload.ts';
import { joinPayloads } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Codec, Encoding } from '../world/world.ts';
import type { FramePiece } from './frame.ts';

/** As many as the longest frame has, and a bound on what a damaged header can ask for. */
export const MAX_FRAME_PIECES = 8192;

/** What is impossible about pieces of so many bytes before compression, and as stored. */
export function piecesProblem(
  pieces: readonly FramePiece[],
  rawLength: number,
  dataLength: number,
): string | undefined {
  if (pieces.length > MAX_FRAME_PIECES) return `${pieces.length} pieces are out of range`;
  let raw = 0;
  let stored = 0;
  for (const [index, piece] of pieces.entries()) {
    if (!(piece.length > 0 && piece.length <= piece.rawLength)) {
      return `piece ${index} has no valid length`;
    }
    raw += piece.rawLength;
    stored += piece.length;
  }
  if (raw === rawLength && stored === dataLength) return undefined;
  return `its pieces are ${stored} bytes of ${raw}, not ${dataLength} of ${rawLength}`;
}

/** What of a frame tells how its data is to be expanded. */
export interface PieceSource {
  readonly encoding: Encoding;
  readonly rawLength: number;
  readonly dataLength: number;
  readonly dataChecksum: number;
  readonly pieces: readonly FramePiece[] | undefined;
}

/** Where the pieces lie, packed: 20 bytes each. */
export class PieceTable {
  readonly #encoding: Encoding;
  /** Where each ends: before compression, and as stored. */
  readonly #rawEnds: Float64Array;
  readonly #ends: Float64Array;
  readonly #checksums: Uint32Array;

  constructor({ encoding, rawLength, dataLength, dataChecksum, pieces }: PieceSource) {
    const all = pieces ?? [{ rawLength, length: dataLength, checksum: dataChecksum }];
    this.#encoding = encoding;
    this.#rawEnds = new Float64Array(all.length);
    this.#ends = new Float64Array(all.length);
    this.#checksums = new Uint32Array(all.length);
    let raw = 0;
    let stored = 0;
    for (const [index, piece] of all.entries()) {
      this.#rawEnds[index] = raw += piece.rawLength;
      this.#ends[index] = stored += piece.length;
      this.#checksums[index] = piece.checksum;
    }
    this.#isOne = pieces === undefined;
  }

  /** The data is as the codec made it, whatever its length says. */
  readonly #isOne: boolean;

  get count(): number {
    return this.#checksums.length;
  }

  /** Index of the piece that holds a byte of the raw data. */
  at(raw: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rawEnds[middle] ?? 0) > raw) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  rawStart(index: number): number {
    return this.#rawEnds[index - 1] ?? 0;
  }

  rawEnd(index: number): number {
    return this.#rawEnds[index] ?? 0;
  }

  /** Where a piece lies in the stored data. */
  start(index: number): number {
    return this.#ends[index - 1] ?? 0;
  }

  end(index: number): number {
    return this.#ends[index] ?? 0;
  }

  /** Whether this is what the piece was stored as. */
  isIntact(index: number, stored: Payload): boolean {
    return (
      stored.length === this.end(index) - this.start(index) &&
      stored.checksum() === this.#checksums[index]
    );
  }

  /** The raw data of a piece, from what is stored of it, or why there is none. */
  expand(codec: Codec, index: number, stored: Payload): Payload | string {
    const rawLength = this.rawEnd(index) - this.rawStart(index);
    const asItWas = !this.#isOne && stored.length === rawLength;
    try {
      const raw = codec.expand(asItWas ? 'none' : this.#encoding, stored, rawLength);
      return raw.length === rawLength ? raw : `the data expands to ${raw.length} bytes`;
    } catch (error) {
      // Data that passes its checksum and still does not expand was broken when the sender sent it.
      if (error instanceof WorldError && error.code === 'corrupt') return error.message;
      throw error;
    }
  }
}

/**
 * A frame's raw data, of which each piece is expanded once and only when it is needed. What is stored has passed
 * the frame's checksum, which covers all pieces.
 */
export class ExpandingData {
  readonly #codec: Codec;
  readonly #table: PieceTable;
  readonly #stored: Payload;
  readonly #expanded: (Payload | string)[] = [];

  constructor(codec: Codec, source: PieceSource, stored: Payload) {
    this.#codec = codec;
    this.#table = new PieceTable(source);
    this.#stored = stored;
  }

  /** From `start` to `end` (exclusive) of the raw data, or why there is none. */
  part(start: number, end: number): Payload | string {
    const table = this.#table;
    const parts: Payload[] = [];
    for (let at = start; at < end;) {
      const index = table.at(at);
      const raw = (this.#expanded[index] ??= this.#expand(index));
      if (typeof raw === 'string') return raw;
      const first = table.rawStart(index);
      const until = Math.min(end, table.rawEnd(index));
      parts.push(raw.slice(at - first, until - first));
      at = until;
    }
    return joinPayloads(parts);
  }

  #expand(index: number): Payload | string {
    const table = this.#table;
    const stored = this.#stored.slice(table.start(index), table.end(index));
    return table.expand(this.#codec, index, stored);
  }
}
