/**
 * Which reads are made at once, on the engine's own thread.
 *
 * What the system has in its memory is read in microseconds: less than the way to another thread and back takes. What it
 * has to fetch from a device takes longer, nothing else happens in the engine meanwhile, and many such reads side by
 * side are faster than one after the other. No call tells before which of the two it is going to be. So two reads in a row
 * that took long send those after them the other way, for so long that little time is spent finding out. One
 * alone does not: that may be the system giving the CPU to somebody else.
 */

/** Bytes of the longest read that is made at once. */
const longest = 128 * 1024;
/** Milliseconds within which memory answers. */
const remembered = 0.15;
/** Milliseconds that are too long to be spent twice. */
const tooLong = 20;
/** For how many times as long as the last one took no further read is made at once. */
const rest = 20;

export class QuickReads {
  readonly #now: () => number;
  #notBefore = -Infinity;
  #wasSlow = false;

  /** `now` tells milliseconds by a clock that nobody sets. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes a read at once and answers what it does; undefined where it is not to be made so. */
  run<T>(length: number, read: () => T): T | undefined {
    if (length > longest) return undefined;
    const began = this.#now();
    if (began < this.#notBefore) return undefined;
    try {
      return read();
    } finally {
      this.#took(this.#now() - began);
    }
  }

  #took(time: number): void {
    const slow = time > remembered;
    if (time > tooLong || (slow && this.#wasSlow)) this.#notBefore = this.#now() + time * rest;
    this.#wasSlow = slow;
  }
}

/** All files of a machine share its memory. */
export const quickReads = new QuickReads(() => performance.now());
