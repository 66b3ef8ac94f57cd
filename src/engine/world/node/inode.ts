import type { WorldError } from '../world.ts';

/** What all who have a file open share. */
export class Inode {
  /** Bytes, counting what is being written. */
  size = 0;
  /**
   * Set for good by a sync that failed. The system may by then have dropped what was not written back, and
   * would report the next sync as a success ("fsyncgate"): so nothing is written to the file any more.
   */
  failure: WorldError | undefined;
  users = 0;
}

/** The open files of a universe by their place on the machine, and those that must not be written. */
export class Inodes {
  readonly #inodes = new Map<string, Inode>();

  open(file: string, size: number): Inode {
    let inode = this.#inodes.get(file);
    if (!inode) this.#inodes.set(file, (inode = new Inode()));
    // Whoever has it open knows better: a write may be on its way.
    inode.size = inode.users === 0 ? size : Math.max(inode.size, size);
    inode.users += 1;
    return inode;
  }

  close(file: string, inode: Inode): void {
    inode.users -= 1;
    if (inode.users > 0 || inode.failure || this.#inodes.get(file) !== inode) return;
    this.#inodes.delete(file);
  }

  /** What is made anew under the name is another file. */
  removed(file: string): void {
    this.#inodes.delete(file);
  }
}
