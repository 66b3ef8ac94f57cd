/**
 * What a stream carried in a stretch of time in which nothing happened but its own writes and checkpoints, told
 * without an object for each of them: a day of a thousand VMs is told in seconds. Whoever tells it can tell it
 * again from any place, so that frames are made only for what somebody reads.
 */
import type { Frame } from './frame.ts';
import type { Marker } from './marker.ts';

export interface QuietStretch {
  /** The epoch that all of it belongs to. */
  readonly epoch: number;
  /** The sequence number of its first entry. */
  readonly firstSequence: number;
  /** Stands before the first item. Each call answers a cursor of its own. */
  cursor(): QuietCursor;
}

/** What the writes of one item look like as frames: many items share one. */
export interface FrameShape {
  /** Entries of each frame, in order; at least one frame, and one entry in each. */
  readonly entries: readonly number[];
  /** Bytes of each frame as it lies in a segment: what `frameBytes` says of it. */
  readonly bytes: readonly number[];
  /** The sums of both. */
  readonly entryCount: number;
  readonly byteCount: number;
}

/** Goes over the items in the order of the stream. An item is a marker, or writes of one moment. */
export interface QuietCursor {
  /** Moves to the next item; false where there is none, and then the cursor is of no use any more. */
  next(): boolean;
  /** When the item's entries were made. */
  readonly time: number;
  /** Undefined where the item is writes. A marker is one frame of one entry. */
  readonly marker: Marker | undefined;
  readonly shape: FrameShape;
  /** How many of its entries are writes (all, or none). */
  readonly writes: number;
  /**
   * The item's writes as the guest made them, in order; of a marker, none. The content is the name of a synthetic
   * payload.
   */
  eachWrite(visit: (disk: number, offset: number, length: number, content: number) => void): void;
  /** The item's frames; `firstSequence` is the number of its first entry. As {@link shape} says, byte for byte. */
  frames(firstSequence: number): readonly Frame[];
  /** Another cursor that stands at the same item. */
  copy(): QuietCursor;
}
