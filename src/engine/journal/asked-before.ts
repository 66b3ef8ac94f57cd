const WORD = 2 ** 32;

/**
 * Which of the numbers that come by came by lately: by chance it may forget one, but never knows one that did not come.
 * It tells what is worth keeping. What is read at random is not read again before it would have to go, and keeping
 * it for a while makes the collector of garbage carry it around.
 */
export class AskedBefore {
  readonly #numbers: Float64Array;

  /** `size`: how many numbers are remembered at most. */
  constructor(size: number) {
    this.#numbers = new Float64Array(size).fill(NaN);
  }

  /** Whether a whole number, not negative, came by lately; from now on it did. */
  again(number: number): boolean {
    const low = Math.imul((number % WORD) | 0, 0x9e3779b1);
    const mixed = Math.imul(low ^ Math.floor(number / WORD), 0x85ebca6b) >>> 0;
    const at = Math.floor((mixed / WORD) * this.#numbers.length);
    const before = this.#numbers[at];
    this.#numbers[at] = number;
    return before === number;
  }
}
