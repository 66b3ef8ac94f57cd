/** Where the writes of a frame lie in its data: what it takes to read a part of one, packed for a cache of many. */
import type { StoredFrame } from './frame-codec.ts';
import { PieceTable } from './frame-pieces.ts';

/** Bytes of memory beside the tables, roughly. */
const OVERHEAD = 400;

export class FrameMap {
  readonly pieces: PieceTable;
  /** Where the data begins in the segment. */
  readonly dataStart: number;
  /** Of each entry: how far its place on the disk lies behind its place in the raw data; NaN where it is no write. */
  readonly #distances: Float64Array;

  /** `offset`: where the frame begins in the segment. */
  constructor(frame: StoredFrame, offset: number) {
    this.pieces = new PieceTable(frame);
    this.dataStart = offset + frame.headBytes;
    this.#distances = Float64Array.from(frame.entries, (entry) =>
      entry.kind === 'write' ? entry.offset - entry.rawOffset : NaN,
    );
  }

  /** Bytes of memory that it takes, roughly. */
  get bytes(): number {
    return OVERHEAD + this.#distances.byteLength + 20 * this.pieces.count;
  }

  /** Where what an entry wrote to a place of the disk lies in the raw data; undefined where the entry is no write. */
  rawOffset(entry: number, offset: number): number | undefined {
    const distance = this.#distances[entry] ?? NaN;
    return Number.isNaN(distance) ? undefined : offset - distance;
  }
}
