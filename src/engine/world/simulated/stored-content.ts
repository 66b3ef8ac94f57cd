/** What a file holds, and which of it would not survive the loss of power. */
import { ExtentMap } from '../extent-map.ts';
import type { Displaced } from '../extent-map.ts';
import type { Payload } from '../payload.ts';
import { corrupted } from '../payload/corrupted.ts';
import { partsOf } from '../payload/join.ts';
import { isZeroes } from '../payload/zeroes.ts';
import type { Instant, Random } from '../world.ts';
import { PackedLog } from './packed-log.ts';

/**
 * How long data may stay unsynced before the system writes it back by itself, in milliseconds: Linux
 * does so after 30 s (vm.dirty_expire_centisecs).
 */
export const writeBackDelay = 30_000;

/** A disk writes a sector whole or not at all; a longer write can be cut between two of them. */
const sectorSize = 512;

/** A change that can still be lost. It knows what stood there before. */
interface Change {
  readonly offset: number;
  /** Undefined: the file was cut at `offset`. */
  readonly payload: Payload | undefined;
  readonly before: readonly Displaced[];
  readonly sizeBefore: number;
  readonly owner: string;
  readonly since: Instant;
  /** Handed over to the system, though perhaps not yet on the disk. */
  completed: boolean;
  durable: boolean;
  /** A sync of it has failed: it is never written back, though it can be read. */
  forsaken: boolean;
}

const nothing: readonly Displaced[] = [];

/** One write or truncation on its way. */
export type PendingChange = object;

/** Content that is durable and that nobody has looked at: its bytes, none of them a zero part, are still to be made. */
export interface Deferred {
  readonly length: number;
  /** Answers it as parts one behind the other. */
  readonly make: () => readonly Payload[];
}

export class StoredContent {
  /** All of it, as long as it has been written from its beginning to its end and in no other way. */
  #log: PackedLog | undefined;
  /** All of it otherwise. */
  readonly #extents = new ExtentMap({ holdsZeroes: false });
  #size = 0;
  /** In their order; the first one is not durable. */
  #changes: Change[] = [];
  /** Whether any of them may be forsaken. */
  #forsaken = false;
  /** All of it, until the first who needs more than its length. */
  #deferred: Deferred | undefined;

  constructor(deferred?: Deferred) {
    this.#deferred = deferred;
    if (deferred) this.#size = deferred.length;
    else this.#log = new PackedLog();
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of the datastore that it takes. */
  get allocated(): number {
    return this.#deferred?.length ?? this.#log?.length ?? this.#extents.covered;
  }

  get hasUnsynced(): boolean {
    return this.#changes.length > 0;
  }

  /** Bytes that a write of this range would allocate. */
  wouldAllocate(offset: number, length: number): number {
    if (offset >= this.#size) return length;
    const covered =
      (this.#log ?? this.#deferred)
        ? Math.min(length, this.#size - offset)
        : this.#extents.coveredIn(offset, length);
    return length - covered;
  }

  read(offset: number, length: number): Payload {
    if (this.#deferred) this.#make(this.#deferred);
    const within = offset + length <= this.#size;
    return this.#log && within
      ? this.#log.read(offset, length)
      : this.#spread().read(offset, length);
  }

  ranges(): { readonly offset: number; readonly length: number }[] {
    return this.#spread().ranges();
  }

  /** @throws RangeError where it is not what was promised */
  #make(deferred: Deferred): void {
    const { length, make } = deferred;
    const parts = make();
    let made = 0;
    for (const part of parts) made += part.length;
    if (made !== length) {
      throw new RangeError(`a content of ${length} bytes was promised, ${made} bytes were made`);
    }
    if (parts.some((part) => part.length > 0 && partsOf(part).some(isZeroes))) {
      throw new RangeError(
        `a content of ${length} bytes that takes as much space has no zero part`,
      );
    }
    this.#deferred = undefined;
    this.#log = new PackedLog();
    this.#size = 0;
    for (const part of parts) this.#apply(this.#size, part, false);
  }

  /** From now on anything may be written anywhere. */
  #spread(): ExtentMap {
    if (this.#deferred) this.#make(this.#deferred);
    const log = this.#log;
    this.#log = undefined;
    if (log && log.length > 0) this.#extents.write(0, log.read(0, log.length));
    return this.#extents;
  }

  write(offset: number, payload: Payload, owner: string, now: Instant): PendingChange {
    return this.#change(offset, payload, owner, now);
  }

  truncate(size: number, owner: string, now: Instant): PendingChange {
    return this.#change(size, undefined, owner, now);
  }

  /** A write that is done and durable: not even the loss of what was written before takes it back. */
  writeDurably(offset: number, payload: Payload, now: Instant): void {
    if (this.#deferred) this.#make(this.#deferred);
    // What may still be undone is undone in order, so what follows it is listed behind it.
    if (this.#changes.length > 0) this.complete(this.#change(offset, payload, '', now), true);
    else this.#apply(offset, payload, false);
  }

  /** The change has reached the system or, with `durable`, the disk. */
  complete(change: PendingChange, durable: boolean): void {
    const known = change as Change;
    known.completed = true;
    if (!durable || known.forsaken) return;
    known.durable = true;
    if (known === this.#changes[0] && this.#changes.length === 1) this.#changes.pop();
    else this.#settle();
  }

  /** The last change so far, as a mark for {@link sync}. */
  get lastChange(): PendingChange | undefined {
    return this.#changes[this.#changes.length - 1];
  }

  /** Makes durable what was changed up to and including this change. */
  sync(last: PendingChange | undefined): void {
    const index = last ? this.#changes.lastIndexOf(last as Change) : -1;
    if (this.#forsaken) {
      for (const change of this.#changes.slice(0, index + 1)) change.durable = !change.forsaken;
    } else if (index >= 0) {
      this.#changes.splice(0, index + 1);
    }
    this.#settle();
  }

  /** A sync failed: what was changed up to and including this change will not be written back any more. */
  forsake(last: PendingChange | undefined): void {
    const index = last ? this.#changes.lastIndexOf(last as Change) : -1;
    for (const change of this.#changes.slice(0, index + 1)) {
      if (!change.durable) change.forsaken = this.#forsaken = true;
    }
  }

  /** Flips a bit of what is stored. */
  damage(offset: number): void {
    if (offset >= this.#size) return;
    const extents = this.#spread();
    extents.write(offset, corrupted(extents.read(offset, 1)));
  }

  /**
   * The owner's process ended. With `powerLost` each of its changes that is not durable is kept, lost
   * or kept in part, each by chance; otherwise only what the system had not yet taken is.
   */
  ownerEnded(owner: string, powerLost: boolean, now: Instant, random: Random): void {
    const changes = this.#changes;
    const isInDoubt = (change: Change): boolean =>
      change.owner === owner &&
      !change.durable &&
      (now - change.since < writeBackDelay || change.forsaken) &&
      (powerLost || !change.completed);
    if (!changes.some(isInDoubt)) return;

    for (let index = changes.length - 1; index >= 0; index--) {
      const change = changes[index];
      if (change) this.#undo(change);
    }
    this.#changes = [];
    for (const change of changes) {
      if (isInDoubt(change)) {
        this.#applyByChance(change, random);
        continue;
      }
      const again = this.#change(change.offset, change.payload, change.owner, change.since);
      (again as Change).completed = change.completed;
      (again as Change).durable = change.durable;
      (again as Change).forsaken = change.forsaken;
    }
    this.#settle();
  }

  #change(
    offset: number,
    payload: Payload | undefined,
    owner: string,
    now: Instant,
  ): PendingChange {
    if (this.#deferred) this.#make(this.#deferred);
    const sizeBefore = this.#size;
    const before = this.#apply(offset, payload);
    const change: Change = {
      offset,
      payload,
      before,
      sizeBefore,
      owner,
      since: now,
      completed: false,
      durable: false,
      forsaken: false,
    };
    const [oldest] = this.#changes;
    if (oldest && now - oldest.since >= writeBackDelay) this.#writeBack(now);
    this.#changes.push(change);
    return change;
  }

  /** Answers what it overwrote or cut, or nothing where nobody asks. */
  #apply(offset: number, payload: Payload | undefined, isUndoable = true): readonly Displaced[] {
    const size = this.#size;
    if (!payload) {
      if (offset > size) this.#spread();
      const before = offset < size ? this.read(offset, size - offset) : undefined;
      this.#size = offset;
      if (!before) return nothing;
      if (this.#log) this.#log.truncate(offset);
      else this.#extents.truncate(offset);
      return [{ offset, payload: before }];
    }
    const end = offset + payload.length;
    if (offset === size && this.#log?.append(payload)) {
      this.#size = end;
      return nothing;
    }
    const extents = this.#spread();
    if (end > size) this.#size = end;
    if (offset >= size || !isUndoable) {
      extents.write(offset, payload);
      return nothing;
    }
    const before: Displaced[] = [];
    extents.write(offset, payload, before);
    return before;
  }

  #undo(change: Change): void {
    const { offset, payload, before, sizeBefore } = change;
    if (this.#log && this.#undoInLog(change)) return;
    if (payload) this.#extents.clear(offset, payload.length);
    if (this.#size > sizeBefore) this.#extents.truncate(sizeBefore);
    this.#size = sizeBefore;
    for (const each of before) this.#extents.write(each.offset, each.payload);
  }

  /** Nothing has been done to a log but to append to it and to cut it. */
  #undoInLog({ before, sizeBefore }: Change): boolean {
    const log = this.#log;
    if (!log) return false;
    log.truncate(sizeBefore);
    // It has held it before, so it can.
    for (const { payload } of before) log.append(payload);
    this.#size = sizeBefore;
    return true;
  }

  #applyByChance(change: Change, random: Random): void {
    const fate = random.integer(3);
    if (fate === 0) return;
    const { offset, payload } = change;
    if (fate === 1 || !payload || payload.length <= sectorSize) {
      this.#apply(offset, payload);
      return;
    }
    const firstBoundary = sectorSize - (offset % sectorSize);
    const boundaries = Math.ceil((payload.length - firstBoundary) / sectorSize);
    if (boundaries <= 0) return;
    const cut = firstBoundary + random.integer(boundaries) * sectorSize;
    if (random.integer(2) === 0) this.#apply(offset, payload.slice(0, cut));
    else this.#apply(offset + cut, payload.slice(cut, payload.length));
  }

  #writeBack(now: Instant): void {
    for (const change of this.#changes) {
      if (now - change.since < writeBackDelay) break;
      if (change.completed && !change.forsaken) change.durable = true;
    }
    this.#settle();
  }

  /** A durable change stays listed behind one that may still be undone, for undoing goes back in order. */
  #settle(): void {
    const changes = this.#changes;
    let settled = 0;
    while (settled < changes.length && changes[settled]?.durable) settled++;
    if (settled > 0) changes.splice(0, settled);
  }
}
