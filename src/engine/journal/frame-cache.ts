/** Frames that images read, expanded and kept for a while: neighbouring blocks are often in one frame. */
import type { Payload } from '../world/payload.ts';
import type { Codec } from '../world/world.ts';
import { expandFrame } from './expand.ts';
import type { StoredFrame } from './frame-codec.ts';
import { DamagedSegment } from './frame-reader.ts';
import type { FrameReader } from './frame-reader.ts';
import type { JournalError } from './journal-error.ts';
import type { Segment } from './segment.ts';

/** Bytes of raw data kept. */
const BUDGET = 16 * 1024 * 1024;
/**
 * Bytes that are read of a frame at first. What does not fit is read in a second go, so a guess is as long as the
 * longest frame of late: it grows at once, and falls slowly.
 */
const SMALLEST_GUESS = 64 * 1024;
const SHRINKAGE = 0.98;

export interface ExpandedFrame {
  readonly frame: StoredFrame;
  readonly raw: Payload;
}

type Taker = (error: JournalError | undefined, frame: ExpandedFrame | undefined) => void;

export class FrameCache {
  readonly #reader: FrameReader;
  readonly #codec: Codec;
  readonly #path: (segment: number) => string;
  /** In the order of their last use. */
  readonly #kept = new Map<string, ExpandedFrame>();
  readonly #reading = new Map<string, Taker[]>();
  #bytes = 0;
  #guess = SMALLEST_GUESS;

  constructor(reader: FrameReader, codec: Codec, path: (segment: number) => string) {
    this.#reader = reader;
    this.#codec = codec;
    this.#path = path;
  }

  get(segment: Segment, offset: number, take: Taker): void {
    const key = `${segment.id}/${offset}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      take(undefined, kept);
      return;
    }
    const reading = this.#reading.get(key);
    if (reading !== undefined) {
      reading.push(take);
      return;
    }
    const takers = [take];
    this.#reading.set(key, takers);
    this.#reader.readOne(segment.id, offset, segment.end, this.#guess, (error, read) => {
      this.#reading.delete(key);
      const shrunk = Math.floor(this.#guess * SHRINKAGE);
      this.#guess = Math.max(read?.frame.bytes ?? 0, shrunk, SMALLEST_GUESS);
      const raw = read && expandFrame(this.#codec, read)();
      const broken =
        typeof raw === 'string'
          ? new DamagedSegment(this.#path(segment.id), segment.id, offset, raw)
          : error;
      if (read === undefined || raw === undefined || typeof raw === 'string') {
        for (const each of takers) each(broken, undefined);
        return;
      }
      const expanded = { frame: read.frame, raw };
      this.#keep(key, expanded);
      for (const each of takers) each(undefined, expanded);
    });
  }

  #keep(key: string, expanded: ExpandedFrame): void {
    this.#kept.set(key, expanded);
    this.#bytes += expanded.raw.length;
    for (const [oldest, { raw }] of this.#kept) {
      if (this.#bytes <= BUDGET || this.#kept.size === 1) return;
      this.#kept.delete(oldest);
      this.#bytes -= raw.length;
    }
  }
}
