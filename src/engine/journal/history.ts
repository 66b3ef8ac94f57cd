/**
 * The checkpoints of a journal, across its segments: which can be served, and how far ageing may go.
 * A checkpoint can be served from the watermark on.
 */
import type { CheckpointRun, Marker } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { joinRuns } from './marker-table.ts';
import type { Place } from './place.ts';
import type { Segment } from './segment.ts';

/** A marker's segment (index into the list) and index in the segment's table. */
interface Cursor {
  segment: number;
  marker: number;
}

/** The first marker at or behind a place; one beyond the end where there is none. */
function firstFrom(segments: readonly Segment[], place: Place): Cursor {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.id ?? Infinity) < place.segment) low = middle + 1;
    else high = middle;
  }
  const segment = segments[low];
  const marker =
    segment?.id === place.segment ? segment.markers.firstFrom(place.frame, place.entry) : 0;
  return settle(segments, { segment: low, marker });
}

/** Steps over segments without a further marker. */
function settle(segments: readonly Segment[], cursor: Cursor): Cursor {
  for (;;) {
    const segment = segments[cursor.segment];
    if (segment === undefined || cursor.marker < segment.markers.count) return cursor;
    cursor.segment += 1;
    cursor.marker = 0;
  }
}

export function oldestMarker(segments: readonly Segment[], watermark: Place): Marker | undefined {
  const { segment, marker } = firstFrom(segments, watermark);
  return segments[segment]?.markers.marker(marker);
}

/** The first marker behind a place. */
export function markerBehind(segments: readonly Segment[], place: Place): Marker | undefined {
  return oldestMarker(segments, { ...place, entry: place.entry + 1 });
}

export function newestMarker(segments: readonly Segment[], watermark: Place): Marker | undefined {
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const segment = segments[index];
    if (segment === undefined || segment.id < watermark.segment) return undefined;
    const { markers } = segment;
    if (markers.count === 0) continue;
    const from =
      segment.id === watermark.segment ? markers.firstFrom(watermark.frame, watermark.entry) : 0;
    return from < markers.count ? markers.marker(markers.count - 1) : undefined;
  }
  return undefined;
}

/** Where a checkpoint's marker lies, whether it can still be served or not. */
export function findMarker(
  segments: readonly Segment[],
  checkpoint: CheckpointId,
): Place | undefined {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.newestCheckpoint ?? Infinity) < checkpoint) low = middle + 1;
    else high = middle;
  }
  const markers = segments[low]?.markers;
  const index = markers?.find(checkpoint);
  return index === undefined ? undefined : markers?.place(index);
}

export function markerRuns(segments: readonly Segment[], watermark: Place): CheckpointRun[] {
  const first = firstFrom(segments, watermark);
  const runs = function* (): Generator<CheckpointRun> {
    for (let index = first.segment; index < segments.length; index += 1) {
      const from = index === first.segment ? first.marker : 0;
      const markers = segments[index]?.markers;
      if (markers !== undefined) yield* markers.runs(from);
    }
  };
  return joinRuns(runs());
}

/**
 * The last marker that fulfils a condition, going from the watermark on and stopping at the first that
 * does not: the clock that gave the times may have been set back, and a gap in age must not be jumped.
 */
export function lastWhile(
  segments: readonly Segment[],
  watermark: Place,
  holds: (marker: Marker, place: Place) => boolean,
): Place | undefined {
  let last: Place | undefined;
  const cursor = firstFrom(segments, watermark);
  for (;;) {
    const markers = segments[cursor.segment]?.markers;
    const marker = markers?.marker(cursor.marker);
    if (markers === undefined || marker === undefined) return last;
    const place = markers.place(cursor.marker);
    if (!holds(marker, place)) return last;
    last = place;
    cursor.marker += 1;
    settle(segments, cursor);
  }
}
