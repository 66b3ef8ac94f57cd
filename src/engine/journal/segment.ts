/** What is known of a segment in memory: no file, no I/O. */
import type { JournalPosition } from './contract.ts';
import type { CheckpointId, FrameEntry, SyncKind } from './frame.ts';
import { MarkerTable } from './marker-table.ts';
import type { Place } from './place.ts';
import { syncAfter } from './sync-state.ts';
import { WriteIndex } from './write-index.ts';

export const SEGMENT_HEADER_BYTES = 64;

/** What a segment stands on: all of it is in its header. */
export interface SegmentStart {
  readonly id: number;
  /** The last entry before this segment. Whatever an earlier segment holds behind it is void. */
  readonly after: JournalPosition;
  /** The sync that is open there. */
  readonly sync: SyncKind | undefined;
  /** The newest checkpoint before this segment: ids grow, so that no marker counts twice. */
  readonly newestCheckpoint: CheckpointId;
}

interface FrameSpan {
  readonly epoch: number;
  readonly firstSequence: number;
  readonly bytes: number;
  readonly entries: readonly FrameEntry[];
}

/** What all segments of a journal take together. */
export interface JournalBytes {
  bytes: number;
}

export class Segment {
  readonly start: SegmentStart;
  readonly markers: MarkerTable;
  /** Undefined once the footer on disk holds it. */
  index: WriteIndex | undefined = new WriteIndex();
  position: JournalPosition;
  sync: SyncKind | undefined;
  newestCheckpoint: CheckpointId;
  /** The newest checkpoint that its markers know to be catalogued; -1 for none. */
  catalogued: CheckpointId = -1;
  /** Where the durable frames end. */
  end = SEGMENT_HEADER_BYTES;
  last: Place;
  /** Time of the first entry. */
  firstTime: number | undefined;
  #fileBytes = SEGMENT_HEADER_BYTES;
  /** Of the journal that it belongs to. */
  #sum: JournalBytes | undefined;

  constructor(start: SegmentStart) {
    this.start = start;
    this.markers = new MarkerTable(start.id);
    this.position = start.after;
    this.sync = start.sync;
    this.newestCheckpoint = start.newestCheckpoint;
    this.last = { segment: start.id, frame: 0, frameEnd: 0, entry: -1 };
  }

  get id(): number {
    return this.start.id;
  }

  /** Bytes of the file. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  set fileBytes(bytes: number) {
    if (this.#sum) this.#sum.bytes += bytes - this.#fileBytes;
    this.#fileBytes = bytes;
  }

  /** It is one of a journal's segments: its bytes count there, from now on and with every change. */
  joins(sum: JournalBytes): void {
    this.leaves();
    this.#sum = sum;
    sum.bytes += this.#fileBytes;
  }

  leaves(): void {
    if (this.#sum) this.#sum.bytes -= this.#fileBytes;
    this.#sum = undefined;
  }

  /** Whether it holds no frame. */
  get empty(): boolean {
    return this.end === SEGMENT_HEADER_BYTES;
  }

  /** Takes in a durable frame that lies at the segment's end. */
  absorb(frame: FrameSpan): void {
    const { position, end } = this;
    const skip =
      frame.epoch === position.epoch ? Math.max(0, position.sequence + 1 - frame.firstSequence) : 0;
    for (let entry = skip; entry < frame.entries.length; entry += 1) {
      const each = frame.entries[entry];
      if (each !== undefined) this.#take(each, end, end + frame.bytes, entry);
    }
    this.end = end + frame.bytes;
    this.fileBytes = Math.max(this.fileBytes, this.end);
    const sequence = frame.firstSequence + frame.entries.length - 1;
    this.position = { epoch: frame.epoch, sequence };
    this.firstTime ??= frame.entries[0]?.time;
    const entry = frame.entries.length - 1;
    this.last = { segment: this.id, frame: end, frameEnd: this.end, entry };
  }

  #take(each: FrameEntry, frame: number, frameEnd: number, entry: number): void {
    this.sync = syncAfter(this.sync, each);
    if (each.kind === 'checkpoint') {
      this.catalogued = Math.max(this.catalogued, each.catalogued ?? each.checkpoint);
    }
    if (each.kind === 'write' || each.kind === 'zero') {
      const { disk, offset, length } = each;
      this.index?.append({ disk, offset, length, frame, entry, zero: each.kind === 'zero' });
    } else if (
      each.kind === 'checkpoint' &&
      this.sync === undefined &&
      each.checkpoint > this.newestCheckpoint
    ) {
      const { checkpoint, time } = each;
      this.newestCheckpoint = checkpoint;
      this.markers.append({ checkpoint, time }, { segment: this.id, frame, frameEnd, entry });
    }
  }
}

/** Whether position `a` lies behind `b`. */
export function isBehind(a: JournalPosition, b: JournalPosition): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.sequence > b.sequence);
}

export function samePosition(a: JournalPosition, b: JournalPosition): boolean {
  return a.epoch === b.epoch && a.sequence === b.sequence;
}
