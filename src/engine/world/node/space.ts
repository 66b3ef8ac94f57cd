/** How much a datastore holds: what the topology says, as far as the file system has it. */
import { readdir, stat, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Space } from '../world.ts';

/** Milliseconds for which the file system's answer is good. */
const freshness = 500;
/** Bytes of the blocks that `stat` counts in. */
const statBlock = 512;

export class DatastoreSpace {
  readonly #folder: string;
  readonly #declared: number;
  readonly #floor: number | undefined;
  #used = 0;
  #askedAt = -Infinity;
  #capacity = 0;
  #available = 0;

  /** `declared` is the capacity that the topology gives it, in bytes; `floor` has to stay free. */
  constructor(folder: string, declared: number, floor: number | undefined) {
    this.#folder = folder;
    this.#declared = declared;
    this.#floor = floor;
  }

  /**
   * Free is what is left of the declared capacity by what lies in the datastore's folder, and at most what
   * the file system has left. Space that others are said to take (`free` in the topology) is not: here it
   * is seen whether they do.
   */
  get(): Space {
    const now = performance.now();
    if (now - this.#askedAt >= freshness) {
      this.#askedAt = now;
      const { bsize, blocks, bavail } = statfsSync(this.#folder);
      this.#capacity = bsize * blocks;
      this.#available = bsize * bavail;
    }
    const left = this.#declared - this.#used;
    return {
      capacity: Math.min(this.#declared, this.#capacity),
      free: Math.max(0, Math.min(left, this.#available)),
      floor: this.#floor,
    };
  }

  /** A file has grown by so many bytes, or shrunk: an estimate until the next {@link measure}. */
  changed(bytes: number): void {
    this.#used = Math.max(0, this.#used + bytes);
  }

  /** Adds up what the files of the folder really take. */
  measure(done: () => void): void {
    readdir(this.#folder, { recursive: true, withFileTypes: true }, (error, entries) => {
      const files = error ? [] : entries.filter((entry) => entry.isFile());
      let left = files.length;
      let used = 0;
      const finished = (): void => {
        this.#used = used;
        done();
      };
      if (left === 0) finished();
      for (const entry of files) {
        stat(join(entry.parentPath, entry.name), (gone, stats) => {
          if (!gone) used += stats.blocks * statBlock;
          if (--left === 0) finished();
        });
      }
    });
  }
}
