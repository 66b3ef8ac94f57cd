/**
 * What images read of frames: of each frame where its writes lie, and of its data the pieces that were asked for,
 * checked, expanded and, where they are asked for again, kept for a while: neighbouring blocks are often in one.
 */
import type { Payload } from '../world/payload.ts';
import { joinPayloads } from '../world/payloads.ts';
import type { Codec } from '../world/world.ts';
import { AskedBefore } from './asked-before.ts';
import { FrameMap } from './frame-map.ts';
import { DamagedSegment } from './frame-reader.ts';
import type { FrameReader } from './frame-reader.ts';
import type { JournalAnswer } from './contract.ts';
import { JournalError } from './journal-error.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { Segment } from './segment.ts';

/** Bytes of raw data kept. */
const RAW_BUDGET = 16 * 1024 * 1024;
/** Pieces of which it is known that they were asked for once: the second time they are kept. */
const REMEMBERED = 4096;
/** Bytes of tables kept: those of the frames of a million short writes. */
const MAP_BUDGET = 24 * 1024 * 1024;
/** A segment is shorter, its last frame included: what lies in it has this many places. */
const PLACES = 2 ** 28;

/** What a part of an entry's data is asked for by. */
export interface WrittenPart {
  readonly segment: Segment;
  /** Where the frame begins in the segment, and the entry in it. */
  readonly frame: number;
  readonly entry: number;
}

export class PieceCache {
  readonly #reader: FrameReader;
  readonly #codec: Codec;
  readonly #path: (segment: number) => string;
  readonly #maps = new RecentlyUsed<FrameMap>(MAP_BUDGET, (map) => map.bytes);
  /** By where they are stored. */
  readonly #pieces = new RecentlyUsed<Payload>(RAW_BUDGET, (raw) => raw.length);
  readonly #asked = new AskedBefore(REMEMBERED);
  readonly #readingMaps = new Map<number, JournalAnswer<FrameMap>[]>();
  readonly #readingPieces = new Map<number, JournalAnswer<Payload>[]>();

  constructor(reader: FrameReader, codec: Codec, path: (segment: number) => string) {
    this.#reader = reader;
    this.#codec = codec;
    this.#path = path;
  }

  /** What an entry wrote to the places from `from` to `to` (exclusive) of its disk. */
  read(part: WrittenPart, from: number, to: number, done: JournalAnswer<Payload>): void {
    this.#map(part, (error, map) => {
      if (map === undefined) {
        done(error, undefined);
        return;
      }
      const start = map.rawOffset(part.entry, from);
      if (start === undefined) {
        const why = 'the index points to an entry that is no write';
        done(new JournalError('corrupt', this.#path(part.segment.id), why), undefined);
      } else {
        this.#readRaw(part, map, start, start + to - from, done);
      }
    });
  }

  #readRaw(
    part: WrittenPart,
    map: FrameMap,
    start: number,
    end: number,
    done: JournalAnswer<Payload>,
  ): void {
    const { pieces } = map;
    const first = pieces.at(start);
    const last = pieces.at(end - 1);
    const parts: Payload[] = [];
    let missing = last - first + 1;
    let failure: JournalError | undefined;
    for (let index = first; index <= last; index += 1) {
      const rawStart = pieces.rawStart(index);
      this.#piece(part, map, index, (error, raw) => {
        if (raw === undefined) failure ??= error ?? this.#nothing(part);
        else {
          const until = Math.min(end - rawStart, raw.length);
          parts[index - first] = raw.slice(Math.max(0, start - rawStart), until);
        }
        missing -= 1;
        if (missing > 0) return;
        if (failure === undefined) done(undefined, joinPayloads(parts));
        else done(failure, undefined);
      });
    }
  }

  #map({ segment, frame }: WrittenPart, take: JournalAnswer<FrameMap>): void {
    const key = segment.id * PLACES + frame;
    const kept = this.#maps.get(key);
    if (kept !== undefined) {
      take(undefined, kept);
      return;
    }
    const answer = shared(this.#readingMaps, key, take);
    if (answer === undefined) return;
    this.#reader.readHead(segment.id, frame, segment.end, (error, head) => {
      const map = head && new FrameMap(head, frame);
      if (map !== undefined) this.#maps.set(key, map);
      answer(error, map);
    });
  }

  #piece(part: WrittenPart, map: FrameMap, index: number, take: JournalAnswer<Payload>): void {
    const { segment, frame } = part;
    const { pieces } = map;
    const offset = map.dataStart + pieces.start(index);
    const key = segment.id * PLACES + offset;
    const kept = this.#pieces.get(key);
    if (kept !== undefined) {
      take(undefined, kept);
      return;
    }
    const answer = shared(this.#readingPieces, key, take);
    if (answer === undefined) return;
    const length = pieces.end(index) - pieces.start(index);
    this.#reader.readPart(segment.id, offset, length, (error, stored) => {
      if (stored === undefined) {
        answer(error, undefined);
        return;
      }
      const raw = pieces.isIntact(index, stored)
        ? pieces.expand(this.#codec, index, stored)
        : 'a piece of the data fails its checksum';
      if (typeof raw === 'string') {
        answer(new DamagedSegment(this.#path(segment.id), segment.id, frame, raw), undefined);
        return;
      }
      if (this.#asked.again(key)) this.#pieces.set(key, raw);
      answer(undefined, raw);
    });
  }

  #nothing({ segment }: WrittenPart): JournalError {
    return new JournalError('storage-failed', this.#path(segment.id), 'nothing was read');
  }
}

/** Who asks for what is being read already waits with the others; whoever comes first gets the answer for all. */
function shared<T>(
  reading: Map<number, JournalAnswer<T>[]>,
  key: number,
  take: JournalAnswer<T>,
): JournalAnswer<T> | undefined {
  const waiting = reading.get(key);
  if (waiting !== undefined) {
    waiting.push(take);
    return undefined;
  }
  const takers = [take];
  reading.set(key, takers);
  return (error, value) => {
    reading.delete(key);
    for (const each of takers) each(error, value);
  };
}
