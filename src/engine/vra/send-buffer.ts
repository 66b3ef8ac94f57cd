/**
 * The send buffer: memory shared by all streams that a VRA sends.
 *
 * The core asks before it keeps a write, and gives back what was acknowledged or dropped. Nothing is
 * ever refused to markers and sync marks, which are small: without them no stream could end a sync.
 */

/** Bytes that an entry costs beside its data, so that a flood of tiny writes counts for what it is. */
export const entryCost = 64;

export class SendBuffer {
  /** Bytes that may be in use. */
  readonly usable: number;
  #used = 0;

  constructor(usable: number) {
    this.usable = usable;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  fits(bytes: number): boolean {
    return this.#used + bytes <= this.usable;
  }

  /** Whether a synchronisation may add this: it leaves half of the buffer to new writes. */
  fitsInHalf(bytes: number): boolean {
    return this.#used + bytes <= this.usable / 2;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
