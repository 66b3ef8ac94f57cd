/**
 * The activity log of a VM: on its datastore, which regions of its disks a crash may leave different from what the
 * streams' other sides hold. After a restart only those have to be compared.
 *
 * A region is in the log before a write to it begins, and leaves it some time after the last one, when every stream's
 * other side has all of it and the disk has made it durable. Writes to regions that are in the log cost nothing here.
 */
import { bytesPayload } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Done, StoredFile, Timer, World } from '../world/world.ts';
import { ActiveRegions } from './active-regions.ts';
import type { ActiveRegion } from './active-regions.ts';
import { encodeRecord, regionSize, slotLength } from './activity-record.ts';
import type { ActivityRecord, LoggedStream } from './activity-record.ts';
import { loadActivity } from './load-activity.ts';
import type { ActivityOptions } from './load-activity.ts';

/** Milliseconds of a turn: a region leaves the log after one to two of them without a write. */
export const turnTime = 5000;

/**
 * Regions that are active at a time (4 GiB), unless more of them are unsettled: it bounds what has to be compared after a
 * crash.
 */
export const mostActive = 1024;

/** What the log has to know of the machine that it is of. */
export interface ActivitySource {
  /** Streams whose other side has all but what is marked or not acknowledged. */
  logged(): readonly LoggedStream[];
  /** Whether the other side of one of them may lack what its driver has marked within the range. */
  isMarked(disk: number, offset: number, length: number): boolean;
  /** Visits what was handed to one of them and is not acknowledged. */
  eachUnacknowledged(visit: (disk: number, offset: number, length: number) => void): void;
}

interface Waiting {
  /** The record that has to be durable before it begins. */
  readonly needed: number;
  readonly start: Done;
}

export class ActivityLog {
  readonly #world: World;
  readonly #options: ActivityOptions;
  readonly #regions: ActiveRegions;
  #file: StoredFile | undefined;
  #source: ActivitySource | undefined;
  /** The number of the record that is encoded next; and of the last one that is durable. */
  #next: number;
  #durable: number;
  #isWriting = false;
  #isWanted = false;
  #waiting: Waiting[] = [];
  /** Whether anything was written to the disks since the last record. */
  #isStale = false;
  #timer: Timer | undefined;
  #isSweeping = false;
  /** The last sweep could not make room: the next one waits for its time. */
  #isPinned = false;
  /** `removed`: it could not be written, and no record is left that would vouch for anything. */
  #state: 'kept' | 'removing' | 'removed' | 'closed' = 'kept';

  private constructor(
    world: World,
    options: ActivityOptions,
    file: StoredFile | undefined,
    number: number,
  ) {
    this.#world = world;
    this.#options = options;
    this.#file = file;
    this.#regions = new ActiveRegions(options.disks);
    this.#durable = number;
    this.#next = number + 1;
    if (!file) this.#state = 'removed';
  }

  /**
   * Opens the log, making it where there is none. Answers what an earlier life left of it too; undefined where that is
   * nothing that can be relied on. Where it cannot be kept it is removed, and the disks do without one. Errors: it can
   * neither be kept nor removed, so that a later life would believe what is not so any more.
   */
  static open(
    world: World,
    options: ActivityOptions,
    done: (
      error: WorldError | undefined,
      log: ActivityLog | undefined,
      left: ActivityRecord | undefined,
    ) => void,
  ): void {
    loadActivity(world, options, (error, loaded) => {
      if (!loaded) {
        removeLog(world, options.path, (unremoved) => {
          if (unremoved) done(error ?? unremoved, undefined, undefined);
          else done(undefined, new ActivityLog(world, options, undefined, 0), undefined);
        });
        return;
      }
      const { file, number, record } = loaded;
      const log = new ActivityLog(world, options, file, number);
      for (const run of record?.active ?? []) log.#regions.restore(run);
      done(undefined, log, record);
    });
  }

  /** Binds it to the machine, which knows by then what the log's earlier life left. */
  bind(source: ActivitySource): void {
    this.#source = source;
    this.#arm();
  }

  /** Regions that are active. */
  get active(): number {
    return this.#regions.count;
  }

  /** A write is to begin: `start` is called when it may, at once where its regions are active. */
  cover(disk: number, offset: number, length: number, start: Done): void {
    if (this.#state === 'removed' || this.#state === 'closed') {
      start(undefined);
      return;
    }
    this.#isStale = true;
    const needed = this.#regions.touch(disk, offset, length, this.#next, 1);
    if (needed <= this.#durable && this.#state === 'kept') {
      start(undefined);
      return;
    }
    this.#waiting.push({ needed, start });
    if (this.#state === 'removing') return;
    // A record that is being written names it already.
    if (needed >= this.#next) this.#request();
    this.#arm();
    if (this.#regions.count > mostActive && !this.#isPinned) this.#sweep();
  }

  /** A write that was covered is over. */
  written(disk: number, offset: number, length: number): void {
    if (this.#state === 'kept' || this.#state === 'removing') {
      this.#regions.written(disk, offset, length);
    }
  }

  /** What is to be said of the streams has changed. */
  changed(): void {
    this.#request();
  }

  /** The other side of a stream may lack it, although nobody writes to it now. */
  activate(disk: number, offset: number, length: number): void {
    if (this.#state !== 'kept') return;
    this.#regions.touch(disk, offset, length, this.#next, 0);
    this.#arm();
  }

  /** Lets go of the file. The machine takes no more writes. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#timer?.cancel();
    this.#file?.close();
  }

  // --- Records ---------------------------------------------------------------------------------

  #request(): void {
    if (this.#state !== 'kept') return;
    this.#isWanted = true;
    if (!this.#isWriting) this.#write();
  }

  #write(): void {
    const file = this.#file;
    if (!file) return;
    this.#isWanted = false;
    this.#isStale = false;
    this.#isWriting = true;
    const number = this.#next++;
    const record: ActivityRecord = {
      time: this.#world.clock.now(),
      disks: this.#options.disks,
      streams: this.#source?.logged() ?? [],
      active: this.#regions.runs(),
    };
    const bytes = bytesPayload(encodeRecord({ number, record }));
    file.write((number % 2) * slotLength, [bytes], (error) => {
      this.#isWriting = false;
      if (this.#state !== 'kept') return;
      if (error) {
        this.#remove();
        return;
      }
      this.#durable = number;
      this.#release();
      if (this.#isWanted) this.#write();
    });
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ needed }) => needed > this.#durable);
    for (const { needed, start } of waiting) if (needed <= this.#durable) start(undefined);
  }

  /** It cannot be written any more, so no record may be left: a later life would rely on it. */
  #remove(): void {
    this.#state = 'removing';
    this.#timer?.cancel();
    removeLog(this.#world, this.#options.path, (error) => {
      if (this.#state !== 'removing') return;
      const waiting = this.#waiting;
      this.#waiting = [];
      if (error) {
        // The next write tries again; without a log that says so no write may begin.
        this.#state = 'kept';
        const what = `its log of active regions can neither be written nor removed: ${error.message}`;
        const failure = new WorldError('input-output', this.#options.path, what);
        for (const { start } of waiting) start(failure);
        return;
      }
      this.#state = 'removed';
      this.#file?.close();
      this.#file = undefined;
      for (const { start } of waiting) start(undefined);
    });
  }

  // --- Giving regions up -----------------------------------------------------------------------

  #arm(): void {
    if (this.#timer || this.#regions.count === 0 || this.#state !== 'kept') return;
    this.#timer = this.#world.clock.after(turnTime, () => {
      this.#timer = undefined;
      this.#isPinned = false;
      if (this.#isSweeping) this.#arm();
      else this.#sweep();
    });
  }

  #sweep(): void {
    if (this.#isSweeping || this.#state !== 'kept') return;
    const { turn } = this.#regions;
    const cold = this.#regions.cold(turn, mostActive);
    this.#regions.next();
    const settled = this.#settledOf(cold);
    this.#isSweeping = true;
    this.#makeDurable(settled, (error) => {
      this.#isSweeping = false;
      if (this.#state !== 'kept') return;
      let released = 0;
      if (!error) for (const region of settled) if (this.#regions.release(region, turn)) released++;
      this.#isPinned = this.#regions.count > mostActive;
      if (released > 0 || this.#isStale) this.#request();
      this.#arm();
    });
  }

  /** Those of which every stream's other side has everything. */
  #settledOf(regions: readonly ActiveRegion[]): readonly ActiveRegion[] {
    const source = this.#source;
    if (!source || regions.length === 0) return [];
    const unsettled = this.#options.disks.map(() => new Set<number>());
    source.eachUnacknowledged((disk, offset, length) => {
      const last = Math.floor((offset + Math.max(1, length) - 1) / regionSize);
      for (let region = Math.floor(offset / regionSize); region <= last; region++) {
        unsettled[disk]?.add(region);
      }
    });
    return regions.filter(
      ({ disk, region }) =>
        unsettled[disk]?.has(region) !== true &&
        !source.isMarked(disk, region * regionSize, regionSize),
    );
  }

  /** What was written to the regions' disks so far survives the machine's crash. */
  #makeDurable(regions: readonly ActiveRegion[], done: Done): void {
    const disks = this.#options.writeThrough ? [] : [...new Set(regions.map(({ disk }) => disk))];
    const next = (index: number): void => {
      const file = this.#options.files[disks[index] ?? -1];
      if (!file) {
        done(undefined);
        return;
      }
      file.sync((error) => {
        if (error) done(error);
        else next(index + 1);
      });
    };
    next(0);
  }
}

function removeLog(world: World, path: string, done: Done): void {
  world.storage.remove(path, (error) => {
    if (error && error.code !== 'not-found') done(error);
    else world.storage.syncFolder(path.slice(0, path.lastIndexOf('/')), done);
  });
}
