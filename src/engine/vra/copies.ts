/** Independent copies of an image's disks, or of a part of one: clones and restored files. */
import type { Image, JournalDisk } from '../journal/journal.ts';
import type { Payload } from '../world/payload.ts';
import { samePayload, zeroes } from '../world/payloads.ts';
import type { StoredFile, World } from '../world/world.ts';

/** Bytes that are read and written at once. */
const piece = 4 * 1024 * 1024;

export interface CopiedPart {
  readonly disk: string;
  readonly offset: number;
  readonly length: number;
}

/** Reads a copy like a disk: what lies outside of a part that was copied is zeroes. */
export interface Copy {
  readonly disks: readonly JournalDisk[];
  read(
    disk: number,
    offset: number,
    length: number,
    done: (problem: string | undefined, payload: Payload | undefined) => void,
  ): void;
  /** Removes its files; it is not read any more. */
  discard(done: (problem: string | undefined) => void): void;
}

/** The files are durable when it is done; after a failure what there is of them is removed. */
export function copyImage(
  world: World,
  image: Image,
  folder: string,
  part: CopiedPart | undefined,
  progress: (done: number, total: number) => void,
  done: (problem: string | undefined, copy: Copy | undefined) => void,
): void {
  const files: StoredFile[] = [];
  const fail = (problem: string): void => {
    for (const file of files) {
      file.close();
      world.storage.remove(file.path, () => undefined);
    }
    done(problem, undefined);
  };
  const wanted = image.disks.map((disk) =>
    part === undefined
      ? { ...disk, from: 0, to: disk.size }
      : { ...disk, from: part.offset, to: disk.name === part.disk ? part.offset + part.length : 0 },
  );
  const total = wanted.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
  let copied = 0;
  const advance = (bytes: number): void => {
    copied += bytes;
    progress(copied, total);
  };
  const next = (index: number): void => {
    const disk = wanted[index];
    if (!disk) {
      world.storage.syncFolder(folder, (error) => {
        if (error) fail(error.message);
        else done(undefined, new StoredCopy(world, image.disks, files));
      });
      return;
    }
    world.storage.open(`${folder}/${disk.name}.disk`, { create: true }, (error, file) => {
      if (!file) {
        fail(error?.message ?? 'the copy could not be made');
        return;
      }
      files.push(file);
      file.truncate(disk.size, (failure) => {
        if (failure) {
          fail(failure.message);
          return;
        }
        copyRange(image, index, disk, file, advance, (problem) => {
          if (problem === undefined) next(index + 1);
          else fail(problem);
        });
      });
    });
  };
  next(0);
}

function copyRange(
  image: Image,
  disk: number,
  { from, to }: { readonly from: number; readonly to: number },
  file: StoredFile,
  advance: (bytes: number) => void,
  done: (problem: string | undefined) => void,
): void {
  const step = (at: number): void => {
    if (at >= to) {
      file.sync((error) => {
        done(error?.message);
      });
      return;
    }
    const length = Math.min(piece, to - at);
    image.read(disk, at, length, (error, payload) => {
      if (!payload) {
        done(error?.message ?? 'the image could not be read');
        return;
      }
      // A copy is as sparse as what it was made from.
      if (samePayload(payload, zeroes(length))) {
        advance(length);
        step(at + length);
        return;
      }
      file.write(at, [payload], (failure) => {
        if (failure) {
          done(failure.message);
          return;
        }
        advance(length);
        step(at + length);
      });
    });
  };
  step(from);
}

class StoredCopy implements Copy {
  readonly disks: readonly JournalDisk[];
  readonly #world: World;
  readonly #files: readonly StoredFile[];

  constructor(world: World, disks: readonly JournalDisk[], files: readonly StoredFile[]) {
    this.#world = world;
    this.disks = disks;
    this.#files = files;
  }

  read(...[disk, offset, length, done]: Parameters<Copy['read']>): void {
    this.#files[disk]?.read(offset, length, (error, payload) => {
      done(error?.message, payload);
    });
  }

  discard(done: (problem: string | undefined) => void): void {
    let left = this.#files.length;
    let problem: string | undefined;
    if (left === 0) done(undefined);
    for (const file of this.#files) {
      file.close();
      this.#world.storage.remove(file.path, (error) => {
        problem ??= error?.message;
        if (--left === 0) done(problem);
      });
    }
  }
}
