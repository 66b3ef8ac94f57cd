/**
 * One step of ageing: entries from the journal to the replica disks.
 *
 * All of the step is read and checked before anything changes, so that damage in the journal stops
 * ageing at a checkpoint that can still be served. A step too large to be kept is therefore read twice.
 */
import type { ReplicaDisks, ReplicaWrite } from '../disk/replica-disk.ts';
import { zeroes } from '../world/payloads.ts';
import type { Codec, WorldError } from '../world/world.ts';
import type { JournalPosition } from './contract.ts';
import { Coverage } from './coverage.ts';
import { ExpandingData } from './frame-pieces.ts';
import { DamagedSegment } from './frame-reader.ts';
import type { FrameReader, ReadFrame } from './frame-reader.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import type { PromotionPlan } from './journal-core.ts';
import { comparePlaces } from './place.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import type { Segment } from './segment.ts';

/** Bytes of frames that are kept between checking and applying them; of more, all is read again. */
const KEPT_BYTES = 16 * 1024 * 1024;

export interface PromotionTools {
  readonly reader: FrameReader;
  readonly codec: Codec;
  readonly replica: ReplicaDisks;
  readonly path: (segment: number) => string;
  /** Stores the watermark, once all is known to be readable; the position where it is known. */
  readonly store: (
    position: JournalPosition | undefined,
    done: (error: JournalError | undefined) => void,
  ) => void;
}

export interface PromotionOutcome {
  readonly error: JournalError | undefined;
  /** False where nothing has been written, nor was its writing tried. */
  readonly begun: boolean;
}

export function promote(
  tools: PromotionTools,
  segments: readonly Segment[],
  plan: PromotionPlan,
  done: (outcome: PromotionOutcome) => void,
): void {
  let bytes = 0;
  /** Everything there is to write, unless that is too much. */
  let writes: ReplicaWrite[] = [];
  let position: JournalPosition | undefined;
  const check: TakeBatch = (frames, next) => {
    const batch = replicaWrites(tools, frames, plan);
    if (batch instanceof JournalError) {
      next(batch);
      return;
    }
    for (const { frame } of frames) bytes += frame.bytes;
    if (bytes > KEPT_BYTES) writes = [];
    else if (writes.length === 0) writes = batch;
    else for (const write of batch) writes.push(write);
    position = positionOf(frames, plan) ?? position;
    next();
  };
  readPlan(tools, segments, plan, check, (unreadable) => {
    if (unreadable !== undefined) {
      done({ error: unreadable, begun: false });
      return;
    }
    tools.store(position, (unstored) => {
      if (unstored !== undefined) {
        done({ error: unstored, begun: true });
        return;
      }
      const applied = (error: JournalError | undefined): void => {
        if (error !== undefined) done({ error, begun: true });
        else {
          tools.replica.sync((unsynced) => {
            done({ error: replicaFailure(unsynced), begun: true });
          });
        }
      };
      if (bytes <= KEPT_BYTES) {
        tools.replica.apply(writes, (failure) => {
          applied(replicaFailure(failure));
        });
        return;
      }
      const apply: TakeBatch = (frames, next) => {
        const batch = replicaWrites(tools, frames, plan);
        if (batch instanceof JournalError) next(batch);
        else {
          tools.replica.apply(batch, (failure) => {
            next(replicaFailure(failure));
          });
        }
      };
      readPlan(tools, segments, plan, apply, applied);
    });
  });
}

/** Reads all that is to be promoted, and changes nothing: fails with the damage that a promotion would meet. */
export function checkPlan(
  reader: FrameReader,
  segments: readonly Segment[],
  plan: PromotionPlan,
  done: (error: JournalError | undefined) => void,
): void {
  const pass: TakeBatch = (_frames, next) => {
    next();
  };
  readPlan({ reader }, segments, plan, pass, done);
}

type TakeBatch = (frames: ReadFrame[], next: (error?: JournalError) => void) => void;

function replicaFailure(failure: WorldError | undefined): JournalError | undefined {
  return failure && storageFailure(failure, 'promoting to a replica disk');
}

function readPlan(
  tools: Pick<PromotionTools, 'reader'>,
  segments: readonly Segment[],
  { from, to }: PromotionPlan,
  batch: TakeBatch,
  done: (error: JournalError | undefined) => void,
): void {
  // The oldest ones, of maybe thousands.
  const touched: Segment[] = [];
  for (const segment of segments) {
    if (segment.id > to.segment) break;
    if (segment.id >= from.segment) touched.push(segment);
  }
  const next = (index: number): void => {
    const segment = touched[index];
    if (segment === undefined) {
      done(undefined);
      return;
    }
    const first = segment.id === from.segment && from.entry >= 0 ? from.frame : 0;
    const start = Math.max(first, SEGMENT_HEADER_BYTES);
    const end = segment.id === to.segment ? Math.min(to.frameEnd, segment.end) : segment.end;
    tools.reader.read({ segment: segment.id, start, end }, batch, (error) => {
      if (error === undefined) next(index + 1);
      else done(error);
    });
  };
  next(0);
}

/** The newest content of every range that the batch touches, as far as it is planned. */
export function replicaWrites(
  { codec, path }: Pick<PromotionTools, 'codec' | 'path'>,
  frames: readonly ReadFrame[],
  plan: PromotionPlan,
): ReplicaWrite[] | JournalError {
  const seen: Coverage[] = [];
  const writes: ReplicaWrite[] = [];
  for (let index = frames.length - 1; index >= 0; index -= 1) {
    const read = frames[index];
    if (read === undefined) continue;
    const data = new ExpandingData(codec, read.frame, read.data);
    const { entries } = read.frame;
    for (let at = entries.length - 1; at >= 0; at -= 1) {
      const entry = entries[at];
      if (entry === undefined || (entry.kind !== 'write' && entry.kind !== 'zero')) continue;
      if (!isPlanned(read, at, plan)) continue;
      const { disk, offset, length } = entry;
      let broken: string | undefined;
      (seen[disk] ??= new Coverage()).add(offset, offset + length, (start, end) => {
        if (entry.kind === 'zero') {
          writes.push({ disk, offset: start, payload: zeroes(end - start) });
          return;
        }
        const from = entry.rawOffset + start - offset;
        const payload = data.part(from, from + end - start);
        if (typeof payload === 'string') {
          broken = payload;
          return;
        }
        writes.push({ disk, offset: start, payload });
      });
      if (broken !== undefined) {
        return new DamagedSegment(path(read.segment), read.segment, read.offset, broken);
      }
    }
  }
  return writes;
}

function isPlanned(read: ReadFrame, entry: number, { from, to }: PromotionPlan): boolean {
  const place = { segment: read.segment, frame: read.offset, frameEnd: 0, entry };
  return comparePlaces(place, from) > 0 && comparePlaces(place, to) <= 0;
}

/** The position at the plan's end, where that is the last of the frames. */
export function positionOf(
  frames: readonly ReadFrame[],
  { to }: PromotionPlan,
): JournalPosition | undefined {
  const last = frames.at(-1);
  if (last?.segment !== to.segment || last.offset !== to.frame) return undefined;
  return { epoch: last.frame.epoch, sequence: last.frame.firstSequence + to.entry };
}
