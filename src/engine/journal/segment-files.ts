/**
 * The files of a journal's segments: opened when needed and kept open for a while, so that a journal of
 * thousands of segments holds a handful of files open.
 */
import { WorldError } from '../world/world.ts';
import type { Storage, StoredFile } from '../world/world.ts';
import { segmentName } from './segment-codec.ts';

/** Files that are kept open, and as many while images are read: those of a million short writes. */
const KEPT_OPEN = 8;
const KEPT_OPEN_FOR_IMAGES = 192;

interface OpenFile {
  readonly file: StoredFile;
  users: number;
}

export type UseFile = (error: WorldError | undefined, file: StoredFile | undefined) => void;

export class SegmentFiles {
  readonly #storage: Storage;
  readonly #folder: string;
  /** In the order of their last use. */
  readonly #open = new Map<number, OpenFile>();
  /** The last one of them: most uses are of the segment that is being written. */
  #newest = -1;
  #images = 0;

  constructor(storage: Storage, folder: string) {
    this.#storage = storage;
    this.#folder = folder;
  }

  path(id: number): string {
    return `${this.#folder}/${segmentName(id)}`;
  }

  /**
   * Calls back with the segment's file, at once where it is open. It stays open at least until
   * {@link release}, which has to follow unless there was an error.
   */
  use(id: number, create: boolean, run: UseFile): void {
    const open = this.#open.get(id);
    if (open !== undefined) {
      if (id !== this.#newest) {
        this.#open.delete(id);
        this.#open.set(id, open);
        this.#newest = id;
      }
      open.users += 1;
      run(undefined, open.file);
      return;
    }
    this.#storage.open(this.path(id), { create, writeThrough: true }, (error, file) => {
      if (error !== undefined || file === undefined) {
        run(error, undefined);
        return;
      }
      const meanwhile = this.#open.get(id);
      if (meanwhile !== undefined) file.close();
      const used = meanwhile ?? { file, users: 0 };
      used.users += 1;
      this.#open.set(id, used);
      this.#newest = id;
      this.#closeSome();
      run(undefined, used.file);
    });
  }

  /** An image has been opened, which reads of any segment at any time, or was closed. */
  imageOpened(by: 1 | -1): void {
    this.#images += by;
    this.#closeSome();
  }

  release(id: number): void {
    const open = this.#open.get(id);
    if (open !== undefined) open.users -= 1;
  }

  /** For a World that answers with neither a file nor an error. */
  missing(id: number): WorldError {
    return new WorldError('not-found', this.path(id), 'the file did not open');
  }

  /** Closes the file, whoever uses it. */
  forget(id: number): void {
    this.#open.get(id)?.file.close();
    this.#open.delete(id);
    if (id === this.#newest) this.#newest = -1;
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.forget(id);
  }

  #closeSome(): void {
    const kept = this.#images > 0 ? KEPT_OPEN_FOR_IMAGES : KEPT_OPEN;
    if (this.#open.size <= kept) return;
    for (const [id, open] of this.#open) {
      if (open.users > 0) continue;
      this.forget(id);
      if (this.#open.size <= kept) return;
    }
  }
}
