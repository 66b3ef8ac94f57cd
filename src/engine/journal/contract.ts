/**
 * What a receiving VRA and the recovery operations see of a journal. `journal.ts` opens one.
 *
 * All completions arrive by callback and never inside the call that asked for them. A journal has one
 * user, which may call anything at any time: calls that cannot run side by side queue up inside.
 */
import type { Ground } from '../world/ground.ts';
import type { Payload } from '../world/payload.ts';
import type { Instant } from '../world/world.ts';
import type { CheckpointId, Frame, StreamName, SyncKind } from './frame.ts';
import type { JournalError } from './journal-error.ts';
import type { Marker } from './marker.ts';
import type { QuietStretch } from './quiet-stretch.ts';

export type { Marker } from './marker.ts';

export type JournalDone = (error: JournalError | undefined) => void;
export type JournalAnswer<T> = (error: JournalError | undefined, value: T | undefined) => void;

export interface JournalDisk {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Where its replica lies, where that is not in the replica folder: see `ReplicaPlace`. */
  readonly path?: string | undefined;
}

export interface Retention {
  /** Milliseconds. A checkpoint older than this is given up once a newer one of that age exists. */
  readonly history: number;
  /** Bytes; undefined for unlimited. Above it history is given up early, oldest first. */
  readonly hardLimit?: number | undefined;
}

export interface JournalOptions extends Retention {
  readonly stream: StreamName;
  /** In the order that the entries' disk numbers count. */
  readonly disks: readonly JournalDisk[];
  /** A folder of this stream's own, `datastore/...`: segments and the watermark. */
  readonly journalFolder: string;
  /** A folder of this stream's own, `datastore/...`: the replica disks. */
  readonly replicaFolder: string;
  /**
   * Bytes of frames that gather before ageing promotes them, 8 MiB unless given; less is promoted after
   * a segment's share of the history. With 0 everything is promoted at once.
   */
  readonly promotionBytes?: number | undefined;
}

/** The last entry that survives a crash. A new journal is at epoch 0, sequence 0. */
export interface JournalPosition {
  readonly epoch: number;
  readonly sequence: number;
}

/** `count` checkpoints at steady steps: the i-th (from 0) is `checkpoint + i * step` at `time + i * interval`. */
export interface CheckpointRun {
  readonly checkpoint: CheckpointId;
  readonly time: Instant;
  readonly count: number;
  readonly step: number;
  /** Milliseconds. */
  readonly interval: number;
}

export interface ImageOptions {
  /**
   * A folder of this image's own, `datastore/...`; emptied when the image closes. One that an image of the same
   * checkpoint left when its process ended is gone on with: with what was flushed, or what was to be merged.
   */
  readonly scratchFolder: string;
  /** Bytes; undefined for unlimited. */
  readonly scratchLimit?: number | undefined;
}

/** A part of one disk, in bytes. */
export interface JournalRange {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
}

export interface Journal {
  readonly stream: StreamName;
  /**
   * Durable: what `attached` tells the sender and what may be acknowledged. With {@link damage} it is
   * epoch 0, sequence 0: there is nothing that a sender could go on from.
   */
  readonly position: JournalPosition;
  /** Bytes of all segments on the datastore. */
  readonly bytes: number;
  /**
   * Whether the hard limit was reached: from the ageing that found the journal above it until two
   * segments fit below it again. History is given up for it then, or, where only the newest checkpoint
   * is left or an image holds one, the journal stays above it.
   */
  readonly atLimit: boolean;
  /** Whether any checkpoint can be served: `oldest() !== undefined`. */
  readonly recoverable: boolean;
  /**
   * The sync that is open at {@link position}: no checkpoint is taken in before its `sync-end`. A new
   * journal stands in an `initial` sync and a damaged one in a `delta` sync, whether it has begun to
   * arrive or not.
   */
  readonly sync: SyncKind | undefined;
  /**
   * Corruption found when the journal was opened or read. Checkpoints before it stay recoverable,
   * later ones are not offered, and only a new epoch that begins with an initial or delta sync is
   * appended.
   */
  readonly damage: JournalError | undefined;

  /**
   * Takes a frame into the journal; `done` is called when it is durable, in the order of the calls.
   * Appends that arrive while a sync is under way share the next one.
   *
   * - A frame that begins right behind the last appended entry, in its epoch, is taken.
   * - A frame of a greater epoch is taken if its first entry is `sync-begin`, whatever its sequence:
   *   the stream starts afresh. (There is no separate call to begin an epoch.)
   * - A frame that is wholly held already is a success at once its last entry is durable; of one that
   *   is partly held only the rest is taken in (its earlier entries are skipped, not applied twice).
   * - Anything else fails with `out-of-sequence`, `wrong-epoch` or `bad-frame`, and changes nothing.
   *
   * After `no-space` or `storage-failed` all appends under way have failed, {@link position} says what
   * is held, and appending may be tried again from there.
   *
   * A checkpoint marker between `sync-begin` and `sync-end` is stored but never offered: ask
   * {@link has} before reporting a marker as durable. A second `sync-begin` before the `sync-end`
   * goes on with the same sync; an unfinished `initial` or `delta` sync is ended only by a `sync-end`
   * of kind `initial` or `delta`.
   */
  append(frame: Frame, done: JournalDone): void;

  /**
   * Ageing: gives up what lies before the newest checkpoint of at least the configured history. When
   * enough has gathered, promotes that to the replica disks, in order, and removes segments that are
   * wholly promoted. Stops at the oldest open image
   * and at the newest checkpoint. While no checkpoint is recoverable, everything is promoted. Meant to
   * be called every few seconds; cheap when there is nothing to do. At most one runs at a time: a call
   * during another answers together with it.
   */
  age(now: Instant, done: JournalDone): void;

  /**
   * Gives up what is too old, as {@link age} does, and answers whether `age` would have anything else to
   * do: nearly always it would not, and this is cheaper.
   */
  needsAgeing(now: Instant): boolean;

  /**
   * Whether nothing is under way and nothing is out of the ordinary: no append, ageing, image, sync, damage or
   * limit that was reached, and a checkpoint that can be recovered. What {@link readLatest} reads does not count.
   */
  readonly quiet: boolean;

  /**
   * Takes in what a stretch of virtual time has brought, as if every entry of it had been appended and ageing had
   * gone on all the while; `now`, the end of the stretch, is by the clock that {@link age} is given. Done, and
   * durable, when it answers. The hard limit is not looked at: the journal has to stay well below it.
   *
   * Of what is promoted, damage that is met stops the promotion: then nothing is given up, and the next `age` meets
   * the damage and says so.
   *
   * @throws RangeError where the journal is not {@link quiet}, or the stretch does not go on where it stands
   */
  leap(stretch: QuietStretch, now: Instant, ground: Ground): void;

  /** Takes new settings over. They act with the next {@link age}. */
  configure(retention: Retention): void;

  /**
   * A checkpoint stands in a catalogue. Ageing rests on no newer marker than the newest of which it knows
   * this, from here or from the markers themselves.
   */
  confirm(checkpoint: CheckpointId): void;

  /** The oldest and newest checkpoint that can be served now. */
  oldest(): Marker | undefined;
  newest(): Marker | undefined;
  /** Whether the checkpoint can be served now. O(log n). */
  has(checkpoint: CheckpointId): boolean;
  /** All that can be served now, oldest first. Thirty days without a gap are one run. */
  checkpoints(): CheckpointRun[];

  /**
   * A writable image of all disks at a checkpoint. Opening copies nothing. It holds the journal back
   * (ageing stops at its checkpoint) until it is closed. Fails with `checkpoint-aged-out`,
   * `checkpoint-unknown`, `replica-incomplete`, `corrupt`, `no-space` or `storage-failed`.
   */
  openImage(checkpoint: CheckpointId, options: ImageOptions, done: JournalAnswer<Image>): void;

  /**
   * Reads what journal and replica hold at the end of the stream, as far as it is durable; what becomes
   * durable meanwhile may be seen or not. `each` is called once for every range, in any order. Fails
   * with `out-of-range`, `corrupt`, `storage-failed` or `closed`.
   */
  readLatest(
    ranges: readonly JournalRange[],
    each: (index: number, error: JournalError | undefined, payload: Payload | undefined) => void,
  ): void;

  /**
   * Reads everything that {@link promote} would promote, and changes nothing: fails where there is damage, as the
   * promotion would.
   */
  checkPromotion(image: Image, done: JournalDone): void;

  /**
   * Promotes everything up to an open image's checkpoint to the replica disks, for a commit: whatever
   * is newer is not offered any more. The image reads on, and what was written to it is still its own. When it
   * is done, nothing writes to the replica disks by itself any more, not even the next opening of the journal.
   */
  promote(image: Image, done: JournalDone): void;

  /** Waits for what is under way, fails what is queued with `closed`, and lets go of all files. */
  close(done: JournalDone): void;
}

export interface Image {
  readonly checkpoint: CheckpointId;
  readonly disks: readonly JournalDisk[];
  /** Bytes in the scratch, which is what counts against its limit. */
  readonly scratchBytes: number;
  /** A write was refused because it would have exceeded the limit. */
  readonly scratchFull: boolean;
  /** Fails with `out-of-range`, `corrupt`, `storage-failed` or `closed`. */
  read(disk: number, offset: number, length: number, done: JournalAnswer<Payload>): void;
  /** Fails, besides, with `scratch-full` or `no-space`; then nothing was written. */
  write(disk: number, offset: number, payload: Payload, done: JournalDone): void;
  /**
   * What was written before it is durable: an image that is opened in the same scratch folder after a crash has it.
   * Of what was written later it may have any part. Fails with `storage-failed`, `no-space` or `closed`.
   */
  flush(done: JournalDone): void;
  /**
   * Copies what was written to the image to the replica disks, for good. Only behind a
   * {@link Journal.promote} of it, and with nothing writing to it meanwhile; from then on it takes no write.
   * After an error or a crash it has to be done again, by an image that is opened in the same scratch folder:
   * until it has succeeded the replica disks may hold any part of it.
   */
  merge(done: JournalDone): void;
  /** Discards the scratch and lets the journal age on. */
  close(done: JournalDone): void;
}
