/** What a leap promotes: gathered before any of it is written. */
import { NewestWrites } from '../disk/newest-writes.ts';
import type { ReplicaWrite } from '../disk/replica-disk.ts';
import type { Ground } from '../world/ground.ts';
import type { Payload } from '../world/payload.ts';
import type { Codec } from '../world/world.ts';
import type { JournalPosition } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { decodeFrame, frameData } from './frame-codec.ts';
import type { ReadFrame } from './frame-reader.ts';
import { JournalError } from './journal-error.ts';
import { comparePlaces } from './place.ts';
import type { Place } from './place.ts';
import { positionOf, replicaWrites } from './promotion.ts';
import type { QuietCursor, QuietStretch } from './quiet-stretch.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import type { Segment } from './segment.ts';
import type { ToldPart } from './told-segment.ts';

type Put = (disk: number, offset: number, payload: Payload) => void;

/** Writes in the order of the stream. */
export class GatheredWrites {
  readonly #batches: (NewestWrites | readonly ReplicaWrite[])[] = [];

  /** Where what is told next goes. */
  get told(): NewestWrites {
    const last = this.#batches.at(-1);
    if (last instanceof NewestWrites) return last;
    const told = new NewestWrites();
    this.#batches.push(told);
    return told;
  }

  /** What was read of a segment. */
  read(writes: readonly ReplicaWrite[]): void {
    this.#batches.push(writes);
  }

  each(put: Put): void {
    for (const batch of this.#batches) {
      if (batch instanceof NewestWrites) batch.each(put);
      else for (const { disk, offset, payload } of batch) put(disk, offset, payload);
    }
  }
}

export interface HeldSegments {
  readonly segments: readonly Segment[];
  readonly told: { get(segment: Segment): ToldPart | undefined };
  readonly ground: Ground;
  readonly codec: Codec;
  readonly stream: number;
  readonly path: (segment: number) => string;
}

/**
 * Gathers what segments hold behind `from`, up to and including `to`. Answers the position at `to`; undefined where
 * something is damaged.
 */
export function gatherHeld(
  held: HeldSegments,
  from: Place,
  to: Place,
  into: GatheredWrites,
): JournalPosition | undefined {
  let position: JournalPosition | undefined;
  for (const segment of held.segments) {
    if (segment.id > to.segment) break;
    if (comparePlaces(segment.last, from) <= 0) continue;
    const part = held.told.get(segment);
    position =
      part === undefined
        ? gatherRead(held, segment, from, to, into)
        : gatherTold(segment, part, from, to, into.told);
    if (position === undefined) return undefined;
  }
  return position;
}

function gatherTold(
  segment: Segment,
  { cursor, items }: ToldPart,
  from: Place,
  to: Place,
  into: NewestWrites,
): JournalPosition {
  const add = into.add.bind(into);
  const walk = cursor.copy();
  // A promotion ends with a whole item: what is told has no entry beside a checkpoint's marker in one.
  const before = segment.id === from.segment ? from.frame : 0;
  const last = segment.id === to.segment ? to.frame : segment.last.frame;
  let frame = SEGMENT_HEADER_BYTES;
  let { sequence } = segment.start.after;
  for (let item = 0; item < items && (item === 0 || walk.next()); item += 1) {
    if (frame > last) break;
    if (frame > before) walk.eachWrite(add);
    frame += walk.shape.byteCount;
    sequence += walk.shape.entryCount;
  }
  return { epoch: segment.position.epoch, sequence };
}

function gatherRead(
  held: HeldSegments,
  segment: Segment,
  from: Place,
  to: Place,
  into: GatheredWrites,
): JournalPosition | undefined {
  const first = segment.id === from.segment && from.entry >= 0 ? from.frame : 0;
  const end = segment.id === to.segment ? Math.min(to.frameEnd, segment.end) : segment.end;
  const frames = readFrames(held, segment.id, Math.max(first, SEGMENT_HEADER_BYTES), end);
  if (frames === undefined) return undefined;
  const plan = { from, to, before: from };
  const writes = replicaWrites(held, frames, plan);
  if (writes instanceof JournalError) return undefined;
  into.read(writes);
  return segment.id === to.segment ? positionOf(frames, plan) : segment.position;
}

/** Undefined where they are not as they were written. */
function readFrames(
  { ground, path, stream }: HeldSegments,
  segment: number,
  start: number,
  end: number,
): ReadFrame[] | undefined {
  const content = ground.read(path(segment));
  if (content === undefined) return undefined;
  const frames: ReadFrame[] = [];
  for (let offset = start; offset < end;) {
    const decoded = decodeFrame(content, offset, { stream, segment, offset });
    if (decoded.kind !== 'frame') return undefined;
    const { frame } = decoded;
    const data = frameData(content, offset, frame);
    if (data === undefined) return undefined;
    frames.push({ segment, offset, frame, data });
    offset += frame.bytes;
  }
  return frames;
}

/** Moves to the next item that is a marker and answers its time; undefined where there is none. */
export function nextMarkerTime(cursor: QuietCursor): number | undefined {
  while (cursor.next()) {
    const { marker } = cursor;
    if (marker !== undefined) return marker.time;
  }
  return undefined;
}

export interface AgedStretch {
  /** Stands at the marker that the ageing came to. */
  readonly cursor: QuietCursor;
  /** What comes before that marker: its last entry, its newest checkpoint. */
  readonly sequence: number;
  readonly newestCheckpoint: CheckpointId;
}

/** How far the ageing of a stretch has come: what comes before a marker, and how many items that is. */
interface Reached {
  readonly items: number;
  readonly sequence: number;
  readonly newestCheckpoint: CheckpointId;
  /** Stands at the marker, where it was likely to be the last one. */
  readonly cursor: QuietCursor | undefined;
}

/**
 * Gathers what a stretch holds before its newest checkpoint that ageing can come to: made at `cutoff` or before, as all
 * before it, and not the last one, of which no later one says that a catalogue has it. There has to be one.
 *
 * Going over a stretch is what costs most, so it is gone over once.
 */
export function ageStretch(
  stretch: QuietStretch,
  cutoff: number,
  newestBefore: CheckpointId,
  into: NewestWrites,
): AgedStretch {
  const cursor = stretch.cursor();
  /** Before the marker that may be come to, and behind it. */
  let before = new WaitingWrites();
  let behind = new WaitingWrites();
  let reached: Reached | undefined;
  let next: Reached | undefined;
  let nextTime = NaN;
  let [items, sequence] = [0, stretch.firstSequence - 1];
  let newestCheckpoint = newestBefore;
  while (cursor.next()) {
    const { marker, shape } = cursor;
    if (marker === undefined) {
      cursor.eachWrite(behind.add);
    } else {
      if (next !== undefined) {
        reached = next;
        before.flush(into);
      }
      [before, behind] = [behind, before];
      const { time, checkpoint } = marker;
      if (time > cutoff) break;
      const isLikelyLast = !(time + (time - nextTime) <= cutoff);
      const copy = isLikelyLast ? cursor.copy() : undefined;
      next = { items, sequence, newestCheckpoint, cursor: copy };
      nextTime = time;
      newestCheckpoint = Math.max(newestCheckpoint, checkpoint);
    }
    items += 1;
    sequence += shape.entryCount;
  }
  if (reached === undefined) throw new RangeError('the stretch has no checkpoint to age to');
  return { ...reached, cursor: reached.cursor ?? cursorBehind(stretch, reached.items) };
}

function cursorBehind(stretch: QuietStretch, items: number): QuietCursor {
  const cursor = stretch.cursor();
  for (let moved = 0; moved <= items; moved += 1) cursor.next();
  return cursor;
}

/** Writes of which it is not known yet whether they are promoted: four numbers each. */
class WaitingWrites {
  readonly #numbers: number[] = [];
  #count = 0;

  readonly add = (disk: number, offset: number, length: number, content: number): void => {
    const numbers = this.#numbers;
    const at = this.#count;
    numbers[at] = disk;
    numbers[at + 1] = offset;
    numbers[at + 2] = length;
    numbers[at + 3] = content;
    this.#count = at + 4;
  };

  flush(into: NewestWrites): void {
    const numbers = this.#numbers;
    for (let at = 0; at < this.#count; at += 4) {
      const [disk = 0, offset = 0] = [numbers[at], numbers[at + 1]];
      into.add(disk, offset, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0);
    }
    this.#count = 0;
  }
}
