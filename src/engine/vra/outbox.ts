/**
 * What a sending VRA holds of one stream: entries not yet framed, and frames not yet acknowledged.
 *
 * Entries are framed as late as possible, when there is room on the wire for them: until then they
 * count raw against the send buffer, and an overflow drops them without having compressed them in vain.
 * A frame, once cut, never changes: it is sent again as it was until the other side holds it durably.
 */
import type { FrameEntry } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import { joinPayloads } from '../world/payloads.ts';
import type { Instant } from '../world/world.ts';
import type { Packed, Packer } from './compression.ts';
import { Fifo } from './fifo.ts';
import { HeldFrame } from './held-frame.ts';
import type { SendBuffer } from './send-buffer.ts';
import { entryCost } from './send-buffer.ts';

/**
 * Raw bytes of an entry, and so of the smallest frame, unless the wire is known to be fast: longer
 * writes become several entries.
 */
export const maximumEntryLength = 256 * 1024;
/** Raw bytes of an entry where the wire is fast: an index looks through what is longer one by one. */
export const longestEntryLength = 1024 * 1024;
/** Raw bytes of a frame where the wire is fast. */
export const maximumRawLength = 4 * 1024 * 1024;
/** Entries of a frame. */
export const maximumEntries = 64;

/** A write that waits for its frame, with its data; its place in the frame is not known yet. */
interface WaitingWrite {
  readonly kind: 'write';
  readonly time: Instant;
  readonly disk: number;
  readonly offset: number;
  readonly payload: Payload;
}

type WaitingEntry = WaitingWrite | Exclude<FrameEntry, { kind: 'write' }>;

/** Frames of a stream that are compressed at once: enough for the cores of a small machine. */
const mostPacking = 2;

/** A frame to be compressed aside, before it can go out. */
export interface FrameToPack {
  readonly frame: HeldFrame;
  /** Each to be compressed by itself. */
  readonly parts: readonly Payload[];
  /** Of the codec. */
  readonly level: number;
}

interface Cut {
  readonly frame: HeldFrame;
  readonly raw: Payload;
  /** Of the writes that the data is made of. */
  readonly lengths: readonly number[];
}

export class Outbox {
  readonly #stream: string;
  readonly #buffer: SendBuffer;
  readonly #packer: Packer;
  readonly #waiting = new Fifo<WaitingEntry>();
  readonly #held = new Fifo<HeldFrame>();
  #waitingRaw = 0;
  #waitingCost = 0;
  #heldCost = 0;
  #epoch = 0;
  #nextSequence = 1;
  /** How many of the held frames are on the wire: the first so many. */
  #sent = 0;
  /** How many are being compressed. */
  #packing = 0;
  #inFlight = 0;

  constructor(stream: string, buffer: SendBuffer, packer: Packer) {
    this.#stream = stream;
    this.#buffer = buffer;
    this.#packer = packer;
  }

  /** 0 before the stream's first life in this VRA. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The number that the next entry will get. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** The first number that the other side has not acknowledged. */
  get firstHeld(): number {
    return this.#held.at(0)?.firstSequence ?? this.#firstWaiting;
  }

  /** Bytes on the wire. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Bytes of the send buffer in use. */
  get cost(): number {
    return this.#waitingCost + this.#heldCost;
  }

  /** Bytes that an overflow would give back. */
  get droppable(): number {
    return this.#waitingCost;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether what waits is worth a frame: company would make it hardly cheaper. */
  get fillsFrame(): boolean {
    return this.#waiting.length >= maximumEntries || this.#waitingRaw >= longestEntryLength;
  }

  /** Whether the next frame for the wire is there, compressed. */
  get hasFrame(): boolean {
    return this.#held.at(this.#sent)?.message !== undefined;
  }

  /** Whether a frame can be cut now: a few are compressed ahead of the wire, not more. */
  get mayCut(): boolean {
    return this.hasWaiting && this.#packing < mostPacking;
  }

  /** Time of the oldest entry that is not acknowledged; undefined where there is none. */
  get oldest(): Instant | undefined {
    return this.#held.at(0)?.time ?? this.#waiting.at(0)?.time;
  }

  get #firstWaiting(): number {
    return this.#nextSequence - this.#waiting.length;
  }

  /** Forgets everything and counts from 1 in a new epoch. */
  begin(epoch: number): void {
    this.clear();
    this.#epoch = epoch;
    this.#nextSequence = 1;
  }

  /** Gives back everything that it holds. */
  clear(): void {
    this.#buffer.give(this.#waitingCost + this.#heldCost);
    this.#waiting.clear();
    this.#held.clear();
    this.#waitingRaw = this.#waitingCost = this.#heldCost = 0;
    this.#sent = this.#inFlight = this.#packing = 0;
  }

  /**
   * Takes a write in and answers its number: the last one where it is too long for one entry of at
   * most `longest` bytes. Whether it fits into the buffer is asked before, with {@link writeCost}.
   */
  pushWrite(
    time: Instant,
    disk: number,
    offset: number,
    payload: Payload,
    longest = maximumEntryLength,
  ): number {
    for (let start = 0; start < payload.length; start += longest) {
      const end = Math.min(payload.length, start + longest);
      const whole = start === 0 && end === payload.length;
      const piece = whole ? payload : payload.slice(start, end);
      this.#push({ kind: 'write', time, disk, offset: offset + start, payload: piece });
      this.#waitingRaw += piece.length;
      this.#count(piece.length);
    }
    return this.#nextSequence - 1;
  }

  pushEntry(entry: Exclude<FrameEntry, { kind: 'write' }>): number {
    this.#push(entry);
    this.#count(0);
    return this.#nextSequence - 1;
  }

  #push(entry: WaitingEntry): void {
    this.#waiting.push(entry);
    this.#nextSequence++;
  }

  #count(length: number): void {
    this.#waitingCost += length + entryCost;
    this.#buffer.take(length + entryCost);
  }

  /** So many entries have been sent and acknowledged. Only while it holds nothing. */
  leapt(entries: number): void {
    this.#nextSequence += entries;
  }

  /** Drops what is not framed, and answers the first number dropped, which is given anew. */
  dropWaiting(): number {
    const first = this.#firstWaiting;
    this.#buffer.give(this.#waitingCost);
    this.#waiting.clear();
    this.#waitingRaw = this.#waitingCost = 0;
    this.#nextSequence = first;
    return first;
  }

  /** Whether a frame that is not acknowledged was cut for a fast wire. */
  get holdsLargeFrame(): boolean {
    for (let index = 0; index < this.#held.length; index++) {
      const frame = this.#held.at(index);
      if (frame && frame.rawLength > maximumEntryLength) return true;
    }
    return false;
  }

  /**
   * Drops everything that is not acknowledged, and answers the first number dropped, which is given
   * anew. Only while nothing is on the wire and the other side is known to hold nothing of it.
   */
  dropHeld(): number {
    const first = this.firstHeld;
    this.dropWaiting();
    this.#buffer.give(this.#heldCost);
    this.#held.clear();
    this.#heldCost = this.#packing = 0;
    this.#nextSequence = first;
    return first;
  }

  /** Puts the next frame on the wire; undefined where there is none, or it is still being compressed. */
  send(now: Instant): HeldFrame | undefined {
    const frame = this.#held.at(this.#sent);
    if (frame?.message === undefined) return undefined;
    frame.sentAt = now;
    this.#sent++;
    this.#inFlight += frame.cost;
    return frame;
  }

  /**
   * Cuts a frame of what waits, of at most so many raw bytes (or one entry). Answers what has to be compressed
   * aside before it can go out; undefined where it can as it is.
   */
  cut(compress: boolean, rawLimit: number): FrameToPack | undefined {
    const cut = this.#cut(rawLimit);
    if (cut === undefined) return undefined;
    const { frame, raw, lengths } = cut;
    const packed = this.#packer.pack(raw, compress, lengths);
    if ('level' in packed) {
      this.#packing++;
      return { frame, ...packed };
    }
    this.#pack(frame, packed);
    return undefined;
  }

  /** A frame is compressed. Answers whether it still counts. */
  packed(frame: HeldFrame, packed: Packed): boolean {
    for (let index = this.#sent; index < this.#held.length; index++) {
      if (this.#held.at(index) !== frame) continue;
      this.#packing--;
      this.#pack(frame, packed);
      return true;
    }
    return false;
  }

  #pack(frame: HeldFrame, packed: Packed): void {
    const saved = frame.pack(packed);
    this.#heldCost -= saved;
    this.#buffer.give(saved);
  }

  #cut(rawLimit: number): Cut | undefined {
    const oldest = this.#waiting.at(0);
    if (oldest === undefined) return undefined;
    const firstSequence = this.#firstWaiting;
    const entries: FrameEntry[] = [];
    const parts: Payload[] = [];
    let rawLength = 0;
    while (entries.length < maximumEntries) {
      const next = this.#waiting.at(0);
      if (next === undefined) break;
      if (next.kind === 'write') {
        const { time, disk, offset, payload } = next;
        if (rawLength > 0 && rawLength + payload.length > rawLimit) break;
        const { length } = payload;
        entries.push({ kind: 'write', time, disk, offset, length, rawOffset: rawLength });
        parts.push(payload);
        rawLength += length;
      } else {
        entries.push(next);
      }
      this.#waiting.shift();
    }
    const raw = joinPayloads(parts);
    const frame = new HeldFrame({
      stream: this.#stream,
      epoch: this.#epoch,
      firstSequence,
      entries,
      raw,
      time: oldest.time,
    });
    this.#waitingRaw -= rawLength;
    this.#waitingCost -= frame.cost;
    this.#heldCost += frame.cost;
    this.#held.push(frame);
    return { frame, raw, lengths: parts.map(({ length }) => length) };
  }

  /**
   * Lets go of what the other side holds durably. Answers the newest frame that it let go, and what
   * came back from the wire.
   */
  acknowledge(sequence: number): {
    readonly newest: HeldFrame | undefined;
    readonly landed: number;
  } {
    let newest: HeldFrame | undefined;
    let landed = 0;
    for (;;) {
      const frame = this.#held.at(0);
      if (frame === undefined || frame.lastSequence > sequence) break;
      this.#held.shift();
      if (frame.message === undefined) this.#packing--;
      this.#heldCost -= frame.cost;
      this.#buffer.give(frame.cost);
      if (this.#sent > 0) {
        this.#sent--;
        this.#inFlight -= frame.cost;
        landed += frame.cost;
      }
      newest = frame;
    }
    return { newest, landed };
  }

  /** Nothing is on the wire any more: the connection is gone, or the other side wants it again. */
  recall(): void {
    for (let index = 0; index < this.#sent; index++) {
      const frame = this.#held.at(index);
      if (frame) frame.sentAt = undefined;
    }
    this.#sent = this.#inFlight = 0;
  }

  /** Whether sending can go on behind a sequence number that the other side holds durably. */
  resumesBehind(sequence: number): boolean {
    return sequence === this.firstHeld - 1 || this.#endsFrame(sequence);
  }

  #endsFrame(sequence: number): boolean {
    for (let index = 0; ; index++) {
      const frame = this.#held.at(index);
      if (frame === undefined || frame.lastSequence > sequence) return false;
      if (frame.lastSequence === sequence) return true;
    }
  }
}

/** What a write of so many bytes takes of the send buffer at most. */
export function writeCost(length: number): number {
  return length + Math.max(1, Math.ceil(length / maximumEntryLength)) * entryCost;
}
