/** How far ageing goes in one step. */
import type { Retention } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { lastWhile } from './history.ts';
import { BEGINNING, comparePlaces } from './place.ts';
import type { Place } from './place.ts';
import type { Segment } from './segment.ts';

/** Bounds the memory of one step of promotion, unless two checkpoints are further apart. */
const STEP_BYTES = 8 * 1024 * 1024;

export interface Retained extends Retention {
  readonly segments: readonly Segment[];
  /** Of all of them. */
  readonly bytes: number;
  readonly watermark: Place;
  /** No newer marker is known to be a checkpoint. */
  readonly catalogued: CheckpointId;
  /** What open images hold. */
  readonly pins: readonly Place[];
}

/**
 * The newest checkpoint that is at least as old as the history, but not beyond an open image, nor
 * further than one step from the watermark. Only ever a checkpoint: so never inside a sync, and never
 * past the newest one that is known to be catalogued (law 6): a marker that no catalogue has is what a
 * failed cut left, or what a ZVM that died had no time to write down.
 */
export function ageTarget(retained: Retained, now: number): Place {
  const { segments, watermark, history, catalogued } = retained;
  const cutoff = now - history;
  const sacrificed = overLimit(retained);
  let pin: Place | undefined;
  for (const each of retained.pins) {
    if (pin === undefined || comparePlaces(each, pin) < 0) pin = each;
  }
  let reached = watermark.segment;
  let steps = 0;
  const target = lastWhile(segments, watermark, (marker, place) => {
    if (marker.checkpoint > catalogued) return false;
    if (marker.time > cutoff && reached > sacrificed) return false;
    if (pin !== undefined && comparePlaces(place, pin) > 0) return false;
    steps += 1;
    if (steps > 2 && distance(segments, watermark, place) > STEP_BYTES) return false;
    reached = place.segment;
    return true;
  });
  return target ?? BEGINNING;
}

/** The id of the newest segment that has to go for the hard limit; 0 for none. */
function overLimit({ segments, bytes, hardLimit }: Retained): number {
  if (hardLimit === undefined) return 0;
  let excess = bytes - hardLimit;
  let last = 0;
  // The newest segment stays, so giving its checkpoints up would free nothing.
  for (let index = 0; index < segments.length - 1 && excess > 0; index += 1) {
    const segment = segments[index];
    if (segment === undefined) break;
    excess -= segment.fileBytes;
    last = segment.id;
  }
  return last;
}

/** Bytes of frames between two places. */
export function distance(segments: readonly Segment[], from: Place, to: Place): number {
  let bytes = to.frameEnd - from.frameEnd;
  for (const segment of segments) {
    if (segment.id >= to.segment) break;
    if (segment.id >= from.segment) bytes += segment.end;
  }
  return bytes;
}
