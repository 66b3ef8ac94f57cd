/**
 * A frame is what a sending VRA ships and a journal holds: a batch of writes of one VM, compressed
 * once at the sender and checksummed in that form (law 9).
 */
import type { Payload } from '../world/payload.ts';
import type { Encoding, Instant } from '../world/world.ts';

/** The stream of one protected VM of one VPG: `vpg/vm`. */
export type StreamName = string;

export type SyncKind = 'initial' | 'bitmap' | 'delta';

/**
 * Every entry has a sequence number of its own, counted per stream from 1 without holes: the order in
 * which the VM's writes happened. A frame holds a contiguous run of them.
 */
export type FrameEntry =
  | {
      readonly kind: 'write';
      readonly time: Instant;
      /** Index into the stream's disks. */
      readonly disk: number;
      /** Bytes. */
      readonly offset: number;
      readonly length: number;
      /** Where the write's data begins in the frame's raw data. */
      readonly rawOffset: number;
    }
  | {
      /** A trim or a write of zeroes: no data crosses the wire. */
      readonly kind: 'zero';
      readonly time: Instant;
      readonly disk: number;
      readonly offset: number;
      readonly length: number;
    }
  | {
      /** The VPG's consistent cut: all entries before it are in the checkpoint, none after. */
      readonly kind: 'checkpoint';
      readonly time: Instant;
      readonly checkpoint: CheckpointId;
      /**
       * The newest checkpoint of the VPG that was in a catalogue when this one was cut; -1 for none. Undefined:
       * not said, and then the marker counts for itself.
       */
      readonly catalogued?: CheckpointId | undefined;
    }
  | { readonly kind: 'sync-begin'; readonly time: Instant; readonly sync: SyncKind }
  | { readonly kind: 'sync-end'; readonly time: Instant; readonly sync: SyncKind };

/** Unique in a VPG and growing with time: assigned by the protected site's ZVM. */
export type CheckpointId = number;

/** A part of a frame's data that is checked and expanded without the rest. */
export interface FramePiece {
  /** Bytes before compression. */
  readonly rawLength: number;
  /** Bytes as stored. As many as before: the piece was not worth compressing, and is stored as it was. */
  readonly length: number;
  /** Over the piece as stored. */
  readonly checksum: number;
}

export interface Frame {
  readonly stream: StreamName;
  /** Grows whenever the stream starts afresh (a sender that lost its memory, a changed direction). */
  readonly epoch: number;
  readonly firstSequence: number;
  readonly entries: readonly FrameEntry[];
  readonly encoding: Encoding;
  /** Bytes before compression. */
  readonly rawLength: number;
  /** What the data is made of, one piece behind the other; undefined: it is one of its own. */
  readonly pieces?: readonly FramePiece[] | undefined;
  /** The entries' data, joined and compressed. */
  readonly data: Payload;
  /** Over `data` as stored. */
  readonly checksum: number;
}

export function lastSequenceOf(frame: Frame): number {
  return frame.firstSequence + frame.entries.length - 1;
}
