/**
 * A disk as an NBD server serves it: a protected disk, the image at a checkpoint, a file.
 *
 * Offsets and lengths are in bytes, whole numbers, not aligned to anything; a server asks only for what
 * lies within {@link ExportedDisk.size} and is longer than nothing. Requests come many at once, from many
 * connections. What becomes of two that overlap while both are under way is the disk's affair: NBD leaves it
 * open. Unlike completions of the World, `done` may be called within the call; it has to be called once.
 *
 * An error reaches the client as an errno by its code: `no-space` as ENOSPC, `out-of-range` as EINVAL,
 * `closed` as ESHUTDOWN, all others as EIO.
 */
import type { Payload } from '../world/payload.ts';
import type { Answer, Done } from '../world/world.ts';

export interface ExportedDisk {
  /** Bytes. It does not change while the disk is exported. */
  readonly size: number;
  /** Whether what writes is refused; it is then never called. */
  readonly readOnly: boolean;
  /**
   * Whether `zero` costs much less than writing as many zeroes. Clients that would rather write data over
   * it than wait for zeroes first are told so.
   */
  readonly zeroesFast: boolean;

  /** Zeroes in the answer may be a payload of zeroes: they then cross the wire as a hole, where it has a word for it. */
  read(offset: number, length: number, done: Answer<Payload>): void;
  /** With `fua` it is durable when it is done. The payload's bytes belong to the disk: they are not changed later. */
  write(offset: number, payload: Payload, fua: boolean, done: Done): void;
  /** All that was done before, through whichever connection, is durable when this is done. */
  flush(done: Done): void;
  /** The range reads as zeroes. It may be far longer than a write can be. */
  zero(offset: number, length: number, options: ZeroOptions, done: Done): void;
  /** The range is no longer needed: it may read as zeroes or as what it was. It may be far longer than a write can be. */
  trim(offset: number, length: number, fua: boolean, done: Done): void;
  /**
   * What is known of the range without reading it: runs one behind the other from `offset` on, together at least
   * one byte and at most `length`; neighbours may be alike. Absent where nothing is known.
   */
  allocation?(offset: number, length: number, done: Answer<readonly AllocationRun[]>): void;
}

export interface ZeroOptions {
  /** It is durable when it is done. */
  readonly fua: boolean;
  /** Space that holds the range may be given up. */
  readonly mayTrim: boolean;
}

export interface AllocationRun {
  /** Bytes, at least 1. */
  readonly length: number;
  /** No space is allocated for it. */
  readonly hole: boolean;
  /** It reads as zeroes. False where that is not known. */
  readonly zero: boolean;
}
