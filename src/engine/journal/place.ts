/**
 * A place in a journal: one entry of one frame of one segment. Places grow in the order of the stream,
 * across epochs, which sequence numbers need not.
 */
export interface Place {
  /** From 1 on; 0 is before everything. */
  readonly segment: number;
  /** Where the frame begins and ends in its segment. */
  readonly frame: number;
  readonly frameEnd: number;
  /** Of the entry in its frame; -1 is before the first. */
  readonly entry: number;
}

export const BEGINNING: Place = { segment: 0, frame: 0, frameEnd: 0, entry: -1 };

/** Negative where `a` comes before `b`, 0 where they are the same. */
export function comparePlaces(a: Place, b: Place): number {
  return a.segment - b.segment || a.frame - b.frame || a.entry - b.entry;
}

export function describePlace(place: Place): string {
  return `segment ${place.segment}, offset ${place.frame}`;
}
