/**
 * The driver of a protected VM's disks, as a VRA sees it.
 *
 * The driver lives in the host: it survives the VRA and dies with the host. A VRA attaches a tap for
 * each stream of the VM (a VM may be in several VPGs) and is then told of every write, in the order in
 * which they take effect. What no VRA takes, and what a VRA had not seen acknowledged when it went
 * away, the driver keeps as dirty blocks.
 *
 * Disks are named by their index in {@link ProtectedMachine.disks}; offsets and lengths are in bytes.
 */
import type { Payload } from '../world/payload.ts';
import type { Answer, Done } from '../world/world.ts';

export interface MachineDisk {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Granularity in which a driver remembers what it could not hand over, in bytes. */
export const dirtyBlockSize = 64 * 1024;

/**
 * What a VRA gives to the driver. Both calls happen at the moment at which the write starts, before it
 * is on the protected disk; writes that overlap start one after the other, so the order of the calls
 * is the order of their effects. They answer the sequence number that the write has in the stream, or 0
 * where the stream does not take it: the driver then marks its blocks as dirty.
 */
export interface WriteTap {
  write(disk: number, offset: number, payload: Payload): number;
  zero(disk: number, offset: number, length: number): number;
  /**
   * A write that the tap was told of failed on the protected disk, so what the disk holds there is not
   * known. Its blocks are marked as dirty already; a bitmap sync brings both sides together again.
   */
  writeFailed(disk: number, offset: number, length: number): void;
}

/** A place in a stream: the epoch, and the sequence number of its last entry that counts. */
export interface StreamPosition {
  readonly epoch: number;
  readonly sequence: number;
}

/** A run of blocks that the other side may not have. */
export interface DirtyRun {
  readonly disk: number;
  readonly offset: number;
  /** Bytes, cut at the end of the disk. */
  readonly length: number;
  /** Never written on the protected disk: it is zero, and need not be read. Such a run may be long. */
  readonly zero: boolean;
}

/** A run of blocks that have to be compared. Bytes, cut at the end of the disk. */
export interface SuspectRun {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
}

/** One stream's hold on the driver, from `attach` until `detach` or the next `attach` of the stream. */
export interface Attachment {
  readonly stream: string;
  /**
   * Whether the other side has all but the dirty blocks. False before the first synchronisation has
   * ended and after a start of the host (its memory is gone): then everything has to be sent, see
   * {@link markEverything}.
   */
  readonly baseline: boolean;
  /** The other side holds everything but the dirty blocks: to be said when a full sync has ended. */
  setBaseline(): void;

  /** Bytes of the dirty blocks, runs of zeroes included. */
  readonly dirtyBytes: number;
  /**
   * The first dirty run of a disk from the block that holds `from` on; a run to be read is at most
   * `maxLength` bytes (at least one block) long. Undefined where no dirty block follows. To go on, ask
   * from the end of the run.
   */
  nextDirty(disk: number, from: number, maxLength: number): DirtyRun | undefined;
  /** Marks what the range touches as dirty. */
  markDirty(disk: number, offset: number, length: number): void;
  /**
   * The other side may lack anything, so there is no {@link baseline} any more. With `send` all blocks
   * of the disk that were ever written become dirty: right for a replica that never held anything. With
   * `compare` they become suspect, and all others dirty as runs of zeroes: a write may have reached the
   * replica and then have been lost from the protected disk in the crash of the host.
   */
  markEverything(method: (disk: number) => 'send' | 'compare'): void;
  /** Bytes of the blocks that the other side may or may not have. */
  readonly suspectBytes: number;
  /**
   * The first suspect run of a disk from the block that holds `from` on, which crosses no multiple of
   * `within` bytes. Undefined where no suspect block follows.
   */
  nextSuspect(disk: number, from: number, within: number): SuspectRun | undefined;
  /** A suspect run was compared: it is the same on the other side, or it is dirty. */
  compared(disk: number, offset: number, length: number, same: boolean): void;
  /** Forgets what is dirty and what is suspect. The caller answers for the other side having it. */
  clearDirty(): void;
  /**
   * The run goes to the other side under this sequence number: it is no longer dirty, but not yet
   * acknowledged either. Sequence numbers of writes and of these grow in the order of the calls.
   */
  sent(sequence: number, disk: number, offset: number, length: number): void;

  /** Everything up to and including the sequence number is durable on the other side. */
  acknowledged(upTo: number): void;
  /**
   * What the other side was last known to hold durably. Over the lives of the VRA: where it holds less, it
   * has lost something that no dirty block stands for.
   */
  confirmed: StreamPosition;
  /** Marks what is not acknowledged from the sequence number on as dirty, and forgets it. */
  drop(from: number): void;

  /**
   * Reads for a synchronisation. When `done` is called the payload holds the effect of every write
   * that the tap was told of before that moment, and of none after it: an entry with the payload
   * belongs into the stream right there, inside `done`.
   */
  read(disk: number, offset: number, length: number, done: Answer<Payload>): void;

  /** From now on the completion of every write that starts is withheld from the guest. */
  hold(): void;
  /** Lets the completions go, in their order. Without a hold it does nothing. */
  release(): void;

  /**
   * Ends the attachment: what is not acknowledged becomes dirty, a hold is released, and from now on
   * writes only mark blocks. The stream stays known. Doing it twice does nothing.
   */
  detach(): void;
}

/** A protected VM, from both sides: the guest that writes and the VRA that listens. */
export interface ProtectedMachine {
  /** The VM's name. */
  readonly name: string;
  readonly disks: readonly MachineDisk[];

  /**
   * Writes for the guest. `done` is called when the data is on the protected disk and no tap withholds it:
   * durable where the machine writes through, otherwise with the next {@link flush}. Errors: `out-of-range`,
   * and what the storage says (`no-space`, `input-output`).
   */
  write(disk: number, offset: number, payload: Payload, done: Done): void;
  /** A trim or a write of zeroes. */
  zero(disk: number, offset: number, length: number, done: Done): void;
  read(disk: number, offset: number, length: number, done: Answer<Payload>): void;

  /** Makes durable what was written before, as far as it was done. After an error nothing is known. */
  flush(disk: number, done: Done): void;

  /** Whether no read or write is under way or withheld, and no log is kept of them. */
  readonly quiet: boolean;
  /** Streams that have a tap now. */
  readonly attachedStreams: readonly string[];
  /**
   * A guest has written there and every stream has it, though neither came by here: whoever says so has put it on the
   * disk. Only while the machine is {@link quiet}.
   */
  wrote(disk: number, offset: number, length: number): void;

  /** Bytes of the blocks of a disk that were ever written. */
  writtenBytes(disk: number): number;

  /**
   * Attaches a stream's tap. An attachment that the stream still has is detached first: its VRA is
   * gone, or it would not be replaced.
   */
  attach(stream: string, tap: WriteTap): Attachment;
  /** Detaches all streams: their VRA ended. Whoever ends a VRA calls it, for the VRA cannot. */
  detachAll(): void;
  /** Forgets a stream that is no longer protected, with its dirty blocks. */
  forget(stream: string): void;
  /** The VM belongs to another host or is no more: detaches all streams and lets go of what it logs. */
  leave(): void;
}
