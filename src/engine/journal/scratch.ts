/** What is written to an image: a sparse file a disk, beside the journal and gone with the image. */
import type { Payload } from '../world/payload.ts';
import type { Storage, StoredFile } from '../world/world.ts';
import type { ImageOptions, JournalAnswer, JournalDone } from './contract.ts';
import { Coverage } from './coverage.ts';
import { JournalError, storageFailure } from './journal-error.ts';

interface ScratchDisk {
  file: StoredFile | undefined;
  /** Who waits for the file to open; undefined while nobody opens it. */
  opening: ((error: JournalError | undefined, file: StoredFile | undefined) => void)[] | undefined;
  readonly covered: Coverage;
}

export class Scratch {
  readonly #storage: Storage;
  readonly #options: ImageOptions;
  readonly #disks: (ScratchDisk | undefined)[] = [];
  #bytes = 0;
  #full = false;
  /** Of writes under way. */
  #reserved = 0;

  private constructor(storage: Storage, options: ImageOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  /** Removes what an earlier image left in the folder when its process ended. */
  static open(storage: Storage, options: ImageOptions, done: JournalAnswer<Scratch>): void {
    const scratch = new Scratch(storage, options);
    scratch.discard((error) => {
      done(error, error === undefined ? scratch : undefined);
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
    const covered = this.#disks[disk]?.covered;
    if (covered === undefined) part(start, end, false);
    else covered.walk(start, end, part);
  }

  read(disk: number, offset: number, length: number, done: JournalAnswer<Payload>): void {
    this.#use(disk, (error, file) => {
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
    const end = offset + payload.length;
    const more = this.#disk(disk).covered.missing(offset, end);
    if (scratchLimit !== undefined && this.#bytes + this.#reserved + more > scratchLimit) {
      this.#full = true;
      const why = `${more} bytes more would exceed the limit of ${scratchLimit} bytes`;
      done(new JournalError('scratch-full', scratchFolder, why));
      return;
    }
    this.#reserved += more;
    const finished: JournalDone = (error) => {
      this.#reserved -= more;
      if (error === undefined) {
        const { covered } = this.#disk(disk);
        const before = covered.total;
        covered.add(offset, end);
        this.#bytes += covered.total - before;
      }
      done(error);
    };
    this.#use(disk, (error, file) => {
      if (file === undefined) {
        finished(error);
        return;
      }
      file.write(offset, [payload], (failure) => {
        finished(failure && storageFailure(failure, 'writing to the scratch'));
      });
    });
  }

  /** Removes all files of the folder. */
  discard(done: JournalDone): void {
    const { scratchFolder } = this.#options;
    // A disk that nobody wrote to leaves a hole.
    for (const disk of this.#disks) disk?.file?.close();
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

  #disk(disk: number): ScratchDisk {
    return (this.#disks[disk] ??= {
      file: undefined,
      opening: undefined,
      covered: new Coverage(),
    });
  }

  #use(
    disk: number,
    run: (error: JournalError | undefined, file: StoredFile | undefined) => void,
  ): void {
    const scratch = this.#disk(disk);
    if (scratch.file !== undefined) {
      run(undefined, scratch.file);
      return;
    }
    if (scratch.opening !== undefined) {
      scratch.opening.push(run);
      return;
    }
    scratch.opening = [run];
    const path = `${this.#options.scratchFolder}/disk-${disk}.scratch`;
    this.#storage.open(path, { create: true }, (failure, file) => {
      const waiting = scratch.opening ?? [];
      scratch.opening = undefined;
      scratch.file = file;
      const error =
        failure !== undefined
          ? storageFailure(failure, 'opening the scratch')
          : new JournalError('storage-failed', path, 'the file did not open');
      for (const each of waiting) each(file === undefined ? error : undefined, file);
    });
  }
}
