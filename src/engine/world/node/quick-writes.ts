/**
 * Which writes are made at once, on the engine's own thread.
 *
 * A small write that need not be durable ends in the system's memory after a few microseconds: less than the way to
 * another thread and back takes. But a system that has too much unwritten data makes whoever writes wait, and
 * nothing else happens in the engine meanwhile. So one that was long in coming sends those after it the other way.
 */

/** Bytes of the longest write that is made at once. */
const longest = 64 * 1024;
/** Milliseconds: as long as compressing a large frame takes, and a hundredth of what would cost a heartbeat. */
const tooLong = 20;
/** Milliseconds for which others do the writing after one that took too long. */
const pause = 1000;

export class QuickWrites {
  readonly #now: () => number;
  #notBefore = -Infinity;

  /** `now` tells milliseconds by a clock that nobody sets. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes a write at once and answers what it does; undefined where it is not to be made so. */
  run<T>(length: number, write: () => T): T | undefined {
    if (length > longest) return undefined;
    const began = this.#now();
    if (began < this.#notBefore) return undefined;
    try {
      return write();
    } finally {
      const ended = this.#now();
      if (ended - began > tooLong) this.#notBefore = ended + pause;
    }
  }
}

/** All files of a machine share its memory. */
export const quickWrites = new QuickWrites(() => performance.now());
