/**
 * Segments of which somebody can tell at any time what is in them. In memory they are as if they had been written;
 * their files are made when somebody first reads them.
 */
import type { Ground } from '../world/ground.ts';
import type { Payload } from '../world/payload.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { JournalPosition } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { encodeFrameHead, frameBytes } from './frame-codec.ts';
import { SEGMENT_WRITES } from './journal-core.ts';
import type { FrameShape, QuietCursor } from './quiet-stretch.ts';
import {
  encodeFooter,
  encodeSegmentHeader,
  SEGMENT_MARKER_BYTES,
  SEGMENT_SUMMARY_BYTES,
} from './segment-codec.ts';
import { Segment, SEGMENT_HEADER_BYTES } from './segment.ts';
import type { SegmentStart } from './segment.ts';
import { INDEXED_WRITE_BYTES } from './write-index.ts';

/**
 * Where a told segment ends: as far as an index can point to a frame. The 16 MiB of a segment that is written bound
 * what a crash leaves to be scanned and what is removed at once; this one has its footer from the beginning and takes
 * no memory for what is in it, and a thousand VMs would have a million smaller ones.
 */
const TOLD_SEGMENT_BYTES = 128 * 1024 * 1024;
/** As a journal at its hard limit gives whole segments up, they are as small there as those that are written. */
const LEAST_TOLD_BYTES = 16 * 1024 * 1024;
const LIMIT_SHARE = 1 / 1024;

/** Bytes after which a told segment takes no more, by the hard limit of its journal. */
export function toldBytes(hardLimit = Infinity): number {
  return Math.min(TOLD_SEGMENT_BYTES, Math.max(LEAST_TOLD_BYTES, hardLimit * LIMIT_SHARE));
}

/** What is in a segment: so many items, from the one on that the cursor stands at. */
export interface ToldPart {
  /** Is not moved: whoever goes on from there takes a copy. */
  readonly cursor: QuietCursor;
  readonly items: number;
}

export interface ToldSegment {
  readonly segment: Segment;
  readonly part: ToldPart;
}

export interface StretchSettings {
  /** Tells the records of the stream from others. */
  readonly stream: number;
  readonly epoch: number;
  /** Milliseconds that a segment holds at most, but for its last item. */
  readonly span: number;
  /** Bytes after which a segment takes no more: see {@link toldBytes}. */
  readonly bytes: number;
}

/** Lays the items of a stretch out in segments. An item is in one segment. */
export class StretchLayout {
  readonly #settings: StretchSettings;
  readonly #closed: ToldSegment[] = [];
  #open: OpenSegment | undefined;
  #nextStart: SegmentStart;

  /** `start`: of the first segment. */
  constructor(settings: StretchSettings, start: SegmentStart) {
    this.#settings = settings;
    this.#nextStart = start;
  }

  /** Takes the item in that a cursor stands at. */
  take(cursor: QuietCursor): void {
    const { shape, marker } = cursor;
    const time = marker === undefined ? cursor.time : marker.time;
    let open = this.#open;
    if (open === undefined || open.isFull(shape, cursor.writes, time, this.#settings)) {
      this.#close();
      open = this.#open = new OpenSegment(this.#nextStart, cursor, time);
      // It will be much like the one before.
      open.reserve(this.#closed.at(-1)?.segment.markers.count ?? 0);
    }
    if (marker === undefined) open.takeWrites(shape, cursor.writes);
    else open.takeMarker(shape, marker.checkpoint, time);
  }

  /** What was taken in, oldest first. */
  finish(): readonly ToldSegment[] {
    this.#close();
    return this.#closed;
  }

  #close(): void {
    if (this.#open === undefined) return;
    const told = this.#open.close(this.#settings.epoch);
    const { id, position, sync, newestCheckpoint } = told.segment;
    this.#closed.push(told);
    this.#nextStart = { id: id + 1, after: position, sync, newestCheckpoint };
    this.#open = undefined;
  }
}

class OpenSegment {
  readonly #segment: Segment;
  readonly #cursor: QuietCursor;
  readonly #firstTime: number;
  #end = SEGMENT_HEADER_BYTES;
  #sequence: number;
  #newestCheckpoint: CheckpointId;
  #items = 0;
  #writes = 0;
  #last: FrameShape | undefined;

  constructor(start: SegmentStart, cursor: QuietCursor, firstTime: number) {
    this.#segment = new Segment(start);
    this.#cursor = cursor.copy();
    this.#firstTime = firstTime;
    this.#sequence = start.after.sequence;
    this.#newestCheckpoint = start.newestCheckpoint;
  }

  /** Makes room for so many markers. */
  reserve(markers: number): void {
    this.#segment.markers.reserve(markers);
  }

  isFull(
    next: FrameShape,
    writes: number,
    time: number,
    { bytes, span }: Pick<StretchSettings, 'bytes' | 'span'>,
  ): boolean {
    return (
      this.#end >= bytes ||
      this.#end + next.byteCount > TOLD_SEGMENT_BYTES ||
      this.#writes + writes > SEGMENT_WRITES ||
      time - this.#firstTime >= span
    );
  }

  takeWrites(shape: FrameShape, writes: number): void {
    this.#writes += writes;
    this.#take(shape);
  }

  takeMarker(shape: FrameShape, checkpoint: CheckpointId, time: number): void {
    if (checkpoint > this.#newestCheckpoint) {
      this.#newestCheckpoint = checkpoint;
      this.#segment.markers.add(checkpoint, time, this.#end, shape.byteCount, 0);
    }
    this.#take(shape);
  }

  #take(shape: FrameShape): void {
    this.#end += shape.byteCount;
    this.#sequence += shape.entryCount;
    this.#items += 1;
    this.#last = shape;
  }

  close(epoch: number): ToldSegment {
    const segment = this.#segment;
    const end = this.#end;
    if (end > TOLD_SEGMENT_BYTES) {
      throw new RangeError(`writes of ${end} bytes at one moment do not fit into a segment`);
    }
    segment.index = undefined;
    segment.position = { epoch, sequence: this.#sequence };
    segment.newestCheckpoint = this.#newestCheckpoint;
    // A checkpoint is in a catalogue before the next one is cut, unless something goes wrong.
    if (segment.markers.count > 0) segment.catalogued = this.#newestCheckpoint - 1;
    segment.end = end;
    const entry = (this.#last?.entries.at(-1) ?? 0) - 1;
    const frame = end - (this.#last?.bytes.at(-1) ?? 0);
    segment.last = { segment: segment.id, frame, frameEnd: end, entry };
    segment.firstTime = this.#firstTime;
    segment.fileBytes =
      end +
      this.#writes * INDEXED_WRITE_BYTES +
      segment.markers.count * SEGMENT_MARKER_BYTES +
      SEGMENT_SUMMARY_BYTES;
    return { segment, part: { cursor: this.#cursor, items: this.#items } };
  }
}

/** Has the segment's file made when it is first needed. */
export function deferFile(
  ground: Ground,
  path: string,
  { segment, part }: ToldSegment,
  stream: number,
): void {
  const { start, fileBytes, position } = segment;
  ground.defer(path, fileBytes, () => {
    const parts = toldFile(start, part, stream, position);
    const length = parts.reduce((sum, each) => sum + each.length, 0);
    if (length === fileBytes) return parts;
    throw new RangeError(`${path} was to be ${fileBytes} bytes, and is told as ${length}`);
  });
}

/** The file as it would have been written, and sealed. */
function toldFile(
  start: SegmentStart,
  { cursor, items }: ToldPart,
  stream: number,
  { epoch }: JournalPosition,
): readonly Payload[] {
  const segment = new Segment(start);
  const parts: Payload[] = [bytesPayload(encodeSegmentHeader(start, stream))];
  const walk = cursor.copy();
  let next = start.after.sequence + 1;
  for (let item = 0; item < items && (item === 0 || walk.next()); item += 1) {
    for (const frame of walk.frames(next)) {
      const { end } = segment;
      const place = { stream, segment: start.id, offset: end };
      parts.push(bytesPayload(encodeFrameHead(frame, place, end)));
      if (frame.data.length > 0) parts.push(frame.data);
      const { firstSequence, entries } = frame;
      segment.absorb({ epoch, firstSequence, entries, bytes: frameBytes(frame) });
      next = firstSequence + entries.length;
    }
  }
  parts.push(bytesPayload(encodeFooter(segment)));
  return parts;
}
