/**
 * What is written to an image: a sparse file a disk, beside the journal, and gone with the image. What was flushed
 * outlives a crash. Once it is sealed for a merge all of it does, and it takes nothing any more.
 */
import type { Payload } from '../world/payload.ts';
import type { Storage } from '../world/world.ts';
import type { ImageOptions, JournalAnswer, JournalDone } from './contract.ts';
import { Coverage } from './coverage.ts';
import { FlushQueue } from './flush-queue.ts';
import type { CheckpointId } from './frame.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { readMergePlan, storeMergePlan } from './merge-plan.ts';
import type { MergedRange } from './merge-plan.ts';
import { ScratchFiles } from './scratch-files.ts';
import { readScratchMap, ScratchMap } from './scratch-map.ts';

/** Bytes of the scratch that are in memory at once while it is copied. */
const COPIED_AT_ONCE = 4 * 1024 * 1024;

/** What a scratch is of. */
export interface ScratchOptions extends ImageOptions {
  readonly checkpoint: CheckpointId;
}

export class Scratch {
  readonly #storage: Storage;
  readonly #options: ScratchOptions;
  readonly #covered: Coverage[] = [];
  #files: ScratchFiles;
  #bytes = 0;
  #full = false;
  /** Of writes under way. */
  #reserved = 0;
  #sealed = false;
  /** A sync of the files failed: what they lack of it is never written back by another one. */
  #unsound = false;
  /** What it holds, and the plan of its merge, are durable. */
  #stored = false;
  /** What was written since the last flush, and is not in the map. */
  #fresh: MergedRange[] = [];
  #map: ScratchMap;
  /** Files are replaced and removed behind them. */
  readonly #flushes = new FlushQueue((done) => {
    this.#record(done);
  });

  private constructor(storage: Storage, options: ScratchOptions) {
    const { scratchFolder, checkpoint } = options;
    this.#storage = storage;
    this.#options = options;
    this.#files = new ScratchFiles(storage, scratchFolder, 0);
    this.#map = new ScratchMap(storage, scratchFolder, checkpoint, 0);
  }

  /**
   * Takes up what an earlier image of the checkpoint had sealed or flushed when its process ended; anything else
   * that it left in the folder is removed.
   */
  static open(storage: Storage, options: ScratchOptions, done: JournalAnswer<Scratch>): void {
    const scratch = new Scratch(storage, options);
    const { scratchFolder } = options;
    readMergePlan(storage, scratchFolder, (unread, plan) => {
      if (unread !== undefined) {
        done(unread, undefined);
      } else if (plan !== undefined) {
        for (const { disk, start, end } of plan.ranges) scratch.#cover(disk, start, end);
        scratch.#files = new ScratchFiles(storage, scratchFolder, plan.set, { create: false });
        scratch.#sealed = scratch.#stored = true;
        done(undefined, scratch);
      } else {
        scratch.#takeUp(done);
      }
    });
  }

  #takeUp(done: JournalAnswer<Scratch>): void {
    const { scratchFolder, checkpoint } = this.#options;
    readScratchMap(this.#storage, scratchFolder, checkpoint, (unread, found) => {
      if (found === undefined) {
        done(unread, undefined);
      } else if (found.ranges === undefined) {
        this.discard((error) => {
          done(error, error === undefined ? this : undefined);
        });
      } else {
        for (const { disk, start, end } of found.ranges) this.#cover(disk, start, end);
        this.#map = new ScratchMap(this.#storage, scratchFolder, checkpoint, found.generation);
        done(undefined, this);
      }
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a write was refused for the limit. */
  get full(): boolean {
    return this.#full;
  }

  walk(
    disk: number,
    start: number,
    end: number,
    part: (start: number, end: number, covered: boolean) => void,
  ): void {
    const covered = this.#covered[disk];
    if (covered === undefined) part(start, end, false);
    else covered.walk(start, end, part);
  }

  read(disk: number, offset: number, length: number, done: JournalAnswer<Payload>): void {
    this.#files.use(disk, (error, file) => {
      if (file === undefined) {
        done(error, undefined);
        return;
      }
      file.read(offset, length, (failure, payload) => {
        done(failure && storageFailure(failure, 'reading the scratch'), payload);
      });
    });
  }

  write(disk: number, offset: number, payload: Payload, done: JournalDone): void {
    const { scratchLimit, scratchFolder } = this.#options;
    if (this.#sealed) {
      const why = 'it is being merged into the replica disks and takes nothing any more';
      done(new JournalError('closed', scratchFolder, why));
      return;
    }
    const end = offset + payload.length;
    const more = this.#covered[disk]?.missing(offset, end) ?? payload.length;
    if (scratchLimit !== undefined && this.#bytes + this.#reserved + more > scratchLimit) {
      this.#full = true;
      const why = `${more} bytes more would exceed the limit of ${scratchLimit} bytes`;
      done(new JournalError('scratch-full', scratchFolder, why));
      return;
    }
    this.#reserved += more;
    this.#files.write(disk, offset, payload, (error) => {
      this.#reserved -= more;
      if (error === undefined) this.#cover(disk, offset, end);
      done(error);
    });
  }

  /** Every write that is done by now is durable when it is done: whoever opens the scratch after a crash finds it. */
  flush(done: JournalDone): void {
    this.#flushes.ask(done);
  }

  #record(done: JournalDone): void {
    if (this.#unsound) {
      const why = 'a file of it could not be synced, so nothing more can be made durable there';
      done(new JournalError('storage-failed', this.#options.scratchFolder, why));
      return;
    }
    if (this.#bytes === 0 || this.#stored) {
      done(undefined);
      return;
    }
    // Only of what is synced below may the map tell: the file holds a hole in place of a write that is lost.
    const fresh = this.#map.begins ? this.#ranges : this.#fresh;
    this.#fresh = [];
    this.#files.sync((unsynced) => {
      if (unsynced !== undefined) {
        this.#unsound = true;
        done(unsynced);
      } else if (fresh.length === 0) {
        done(undefined);
      } else {
        this.#map.record(fresh, done);
      }
    });
  }

  /**
   * Takes no write from now on, and is durable when it is done: whoever opens it after a crash finds the same
   * bytes. To be called while no write is under way; after an error it may be tried again.
   */
  seal(done: JournalDone): void {
    this.#sealed = true;
    this.#flushes.afterAll(() => {
      this.#seal(done);
    });
  }

  #seal(done: JournalDone): void {
    if (this.#stored) {
      done(undefined);
      return;
    }
    this.#sync((unsynced) => {
      if (unsynced !== undefined) {
        this.#unsound = true;
        done(unsynced);
        return;
      }
      const { scratchFolder } = this.#options;
      const plan = { set: this.#files.set, ranges: this.#ranges };
      storeMergePlan(this.#storage, scratchFolder, plan, (unstored) => {
        this.#stored = unstored === undefined;
        done(unstored);
      });
    });
  }

  /** Everything that was written, piece by piece, each when the one before has been taken. */
  pieces(
    take: (disk: number, offset: number, payload: Payload, taken: JournalDone) => void,
    done: JournalDone,
  ): void {
    const pieces: MergedRange[] = [];
    for (const { disk, start, end } of this.#ranges) {
      for (let at = start; at < end; at += COPIED_AT_ONCE) {
        pieces.push({ disk, start: at, end: Math.min(end, at + COPIED_AT_ONCE) });
      }
    }
    const next = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) {
        done(undefined);
        return;
      }
      const { disk, start, end } = piece;
      this.read(disk, start, end - start, (unread, payload) => {
        if (payload === undefined) {
          done(unread);
          return;
        }
        take(disk, start, payload, (error) => {
          if (error === undefined) next(index + 1);
          else done(error);
        });
      });
    };
    next(0);
  }

  /** Removes all files of the folder. */
  discard(done: JournalDone): void {
    this.#flushes.afterAll(() => {
      this.#discard(done);
    });
  }

  #discard(done: JournalDone): void {
    const { scratchFolder } = this.#options;
    this.#files.close();
    this.#map.close();
    this.#storage.list(scratchFolder, (failure, names) => {
      if (failure !== undefined) {
        done(storageFailure(failure, 'emptying the scratch'));
        return;
      }
      const left = [...(names ?? [])];
      const next = (): void => {
        const name = left.pop();
        if (name === undefined) {
          done(undefined);
          return;
        }
        this.#storage.remove(`${scratchFolder}/${name}`, (problem) => {
          if (problem === undefined) next();
          else done(storageFailure(problem, 'emptying the scratch'));
        });
      };
      next();
    });
  }

  /** What has been written, by disk and ascending. */
  get #ranges(): MergedRange[] {
    const ranges: MergedRange[] = [];
    for (const disk of this.#covered.keys()) {
      this.walk(disk, 0, Number.MAX_SAFE_INTEGER, (start, end, covered) => {
        if (covered) ranges.push({ disk, start, end });
      });
    }
    return ranges;
  }

  #cover(disk: number, start: number, end: number): void {
    const covered = (this.#covered[disk] ??= new Coverage());
    const before = covered.total;
    covered.add(start, end, (from, to) => {
      // Until the map has begun nobody asks for it: its first record names everything.
      if (this.#flushes.isUnderWay || !this.#map.begins)
        this.#fresh.push({ disk, start: from, end: to });
    });
    this.#bytes += covered.total - before;
  }

  /** What can be read of files of which a sync failed goes to other files, and those are synced. */
  #sync(done: JournalDone): void {
    if (!this.#unsound) {
      this.#files.sync(done);
      return;
    }
    const before = this.#files;
    const after = new ScratchFiles(this.#storage, this.#options.scratchFolder, before.set + 1);
    const copy = (disk: number, offset: number, payload: Payload, copied: JournalDone): void => {
      after.write(disk, offset, payload, copied);
    };
    this.pieces(copy, (uncopied) => {
      if (uncopied !== undefined) {
        after.close();
        done(uncopied);
        return;
      }
      this.#files = after;
      this.#unsound = false;
      before.close();
      after.sync(done);
    });
  }
}
