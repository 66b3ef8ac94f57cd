/**
 * A set of scratch files, one for each disk that is written to. Where a sync of one fails, its place is taken by
 * the next set.
 */
import type { Payload } from '../world/payload.ts';
import type { Storage, StoredFile } from '../world/world.ts';
import type { JournalDone } from './contract.ts';
import { JournalError, storageFailure } from './journal-error.ts';

type Use = (error: JournalError | undefined, file: StoredFile | undefined) => void;

interface ScratchFile {
  file: StoredFile | undefined;
  /** Who waits for the file to open; undefined while nobody opens it. */
  opening: Use[] | undefined;
}

export class ScratchFiles {
  readonly set: number;
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #create: boolean;
  readonly #files: (ScratchFile | undefined)[] = [];

  /** Without `create` a file that is not there is an error. */
  constructor(storage: Storage, folder: string, set: number, { create } = { create: true }) {
    this.#storage = storage;
    this.#folder = folder;
    this.#create = create;
    this.set = set;
  }

  /** Opens the file of a disk when it is first used. */
  use(disk: number, run: Use): void {
    const scratch = (this.#files[disk] ??= { file: undefined, opening: undefined });
    if (scratch.file !== undefined) {
      run(undefined, scratch.file);
      return;
    }
    if (scratch.opening !== undefined) {
      scratch.opening.push(run);
      return;
    }
    scratch.opening = [run];
    const set = this.set > 0 ? `-${this.set}` : '';
    const path = `${this.#folder}/disk-${disk}${set}.scratch`;
    this.#storage.open(path, { create: this.#create }, (failure, file) => {
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

  write(disk: number, offset: number, payload: Payload, done: JournalDone): void {
    this.use(disk, (error, file) => {
      if (file === undefined) {
        done(error);
        return;
      }
      file.write(offset, [payload], (failure) => {
        done(failure && storageFailure(failure, 'writing to the scratch'));
      });
    });
  }

  /** Everything written is durable, and so are the files. */
  sync(done: JournalDone): void {
    // A disk that nobody wrote to leaves a hole.
    const files = this.#files.flatMap((scratch) => scratch?.file ?? []);
    const next = (index: number): void => {
      const file = files[index];
      if (file !== undefined) {
        file.sync((failure) => {
          if (failure === undefined) next(index + 1);
          else done(storageFailure(failure, 'making the scratch durable'));
        });
        return;
      }
      this.#storage.syncFolder(this.#folder, (failure) => {
        done(failure && storageFailure(failure, 'making the scratch durable'));
      });
    };
    next(0);
  }

  close(): void {
    for (const scratch of this.#files) scratch?.file?.close();
  }
}
