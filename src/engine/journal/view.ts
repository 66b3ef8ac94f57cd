/**
 * The disks of a VM as journal and replica disks together hold them at a place of the journal: per block
 * the newest write up to there, or else what the replica disk has. It only reads.
 */
import type { ReplicaDisks } from '../disk/replica-disk.ts';
import type { Payload } from '../world/payload.ts';
import { joinPayloads, zeroes } from '../world/payloads.ts';
import type { JournalAnswer } from './contract.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { REGION } from './overlay.ts';
import type { Overlay } from './overlay.ts';
import type { PieceCache } from './piece-cache.ts';
import type { Extent, RegionExtents } from './region-extents.ts';
import type { Segment } from './segment.ts';

export interface JournalViewSources {
  readonly overlay: Overlay;
  readonly pieces: PieceCache;
  readonly replica: ReplicaDisks;
  readonly isHeld: (segment: Segment) => boolean;
}

export class JournalView {
  readonly #sources: JournalViewSources;

  constructor(sources: JournalViewSources) {
    this.#sources = sources;
  }

  /** What lies from `start` to `end` (exclusive) of a disk, which has to be within it. */
  read(disk: number, start: number, end: number, done: JournalAnswer<Payload>): void {
    const first = Math.floor(start / REGION);
    const last = Math.floor((end - 1) / REGION);
    const gathered = new Gathering(last - first + 1, done);
    for (let region = first; region <= last; region += 1) {
      const from = Math.max(start, region * REGION);
      const to = Math.min(end, (region + 1) * REGION);
      const take = gathered.taker(region - first);
      this.#sources.overlay.region(disk, region, (error, extents) => {
        if (extents === undefined) take(error, undefined);
        else this.#readExtents(disk, from, to, extents, take);
      });
    }
  }

  #readExtents(
    disk: number,
    start: number,
    end: number,
    extents: RegionExtents,
    done: JournalAnswer<Payload>,
  ): void {
    const pieces: { from: number; to: number; extent: Extent | undefined }[] = [];
    let at = start;
    for (let index = extents.firstEndingBehind(start); at < end; index += 1) {
      const extent = extents.at(index);
      const from = Math.min(end, extent?.start ?? end);
      if (from > at) pieces.push({ from: at, to: from, extent: undefined });
      at = Math.max(at, from);
      const to = Math.min(end, extent?.end ?? end);
      if (to > at) pieces.push({ from: at, to, extent });
      at = Math.max(at, to);
    }
    const gathered = new Gathering(pieces.length, done);
    for (const [index, { from, to, extent }] of pieces.entries()) {
      const take = gathered.taker(index);
      if (extent === undefined) this.#readReplica(disk, from, to, take);
      else this.#readExtent(disk, from, to, extent, take);
    }
  }

  #readExtent(
    disk: number,
    from: number,
    to: number,
    extent: Extent,
    done: JournalAnswer<Payload>,
  ): void {
    const { pieces, isHeld } = this.#sources;
    if (!isHeld(extent.segment)) {
      this.#readReplica(disk, from, to, done);
      return;
    }
    if (extent.zero) {
      done(undefined, zeroes(to - from));
      return;
    }
    pieces.read(extent, from, to, (error, payload) => {
      if (payload !== undefined || isHeld(extent.segment)) done(error, payload);
      // Promoted while it was being read.
      else this.#readReplica(disk, from, to, done);
    });
  }

  #readReplica(disk: number, from: number, to: number, done: JournalAnswer<Payload>): void {
    this.#sources.replica.read(disk, from, to - from, (failure, payload) => {
      done(failure && storageFailure(failure, 'reading a replica disk'), payload);
    });
  }
}

/** Puts the parts of an answer together, in whatever order they come. */
export class Gathering {
  readonly #parts: Payload[] = [];
  readonly #done: JournalAnswer<Payload>;
  #missing: number;
  #error: JournalError | undefined;

  constructor(count: number, done: JournalAnswer<Payload>) {
    this.#missing = count;
    this.#done = done;
  }

  taker(index: number): JournalAnswer<Payload> {
    return (error, payload) => {
      if (payload !== undefined) this.#parts[index] = payload;
      else this.#error ??= error ?? new JournalError('storage-failed', 'image', 'nothing was read');
      this.#missing -= 1;
      if (this.#missing > 0) return;
      if (this.#error === undefined) this.#done(undefined, joinPayloads(this.#parts));
      else this.#done(this.#error, undefined);
    };
  }
}
