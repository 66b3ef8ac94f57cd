/**
 * What is written to an image: a sparse file a disk, beside the journal and gone with the image, unless it was
 * sealed for a merge. Then it outlives a crash, and takes nothing any more.
 */
import type { Payload } from '../world/payload.ts';
import type { Storage } from '../world/world.ts';
import type { ImageOptions, JournalAnswer, JournalDone } from './contract.ts';
import { Coverage } from './coverage.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { readMergePlan, storeMergePlan } from './merge-plan.ts';
import type { MergedRange } from './merge-plan.ts';
import { ScratchFiles } from './scratch-files.ts';

/** Bytes of the scratch that are in memory at once while it is copied. */
const COPIED_AT_ONCE = 4 * 1024 * 1024;

export class Scratch {
  readonly #storage: Storage;
  readonly #options: ImageOptions;
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

  private constructor(storage: Storage, options: ImageOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#files = new ScratchFiles(storage, options.scratchFolder, 0);
  }

  /**
   * Takes up what an earlier image had sealed when its process ended; anything else that it left in the folder
   * is removed.
   */
  static open(storage: Storage, options: ImageOptions, done: JournalAnswer<Scratch>): void {
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
        scratch.discard((error) => {
          done(error, error === undefined ? scratch : undefined);
        });
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

  /**
   * Takes no write from now on, and is durable when it is done: whoever opens it after a crash finds the same
   * bytes. To be called while no write is under way; after an error it may be tried again.
   */
  seal(done: JournalDone): void {
    this.#sealed = true;
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
    const { scratchFolder } = this.#options;
    this.#files.close();
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
    covered.add(start, end);
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
