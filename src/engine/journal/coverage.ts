/**
 * A set of byte ranges, kept sorted and merged. Adding a range tells which parts of it are new, so
 * that whoever goes through writes from the newest to the oldest learns what each still contributes.
 */
export class Coverage {
  /** Bounds of the ranges, ascending: start, end, start, end, ... */
  readonly #bounds: number[] = [];
  #total = 0;

  /** Bytes covered. */
  get total(): number {
    return this.#total;
  }

  /** Adds `start` to `end` and calls back, ascending, with each part that was not covered yet. */
  add(start: number, end: number, fresh?: (start: number, end: number) => void): void {
    if (start >= end) return;
    const first = this.#firstTouching(start);
    let after = first;
    let at = start;
    let low = start;
    let high = end;
    while (after < this.#bounds.length && (this.#bounds[after] ?? Infinity) <= end) {
      const from = this.#bounds[after] ?? 0;
      const to = this.#bounds[after + 1] ?? 0;
      if (from > at) {
        this.#total += from - at;
        fresh?.(at, from);
      }
      low = Math.min(low, from);
      high = Math.max(high, to);
      at = Math.max(at, to);
      after += 2;
    }
    if (at < end) {
      this.#total += end - at;
      fresh?.(at, end);
    }
    this.#bounds.splice(first, after - first, low, high);
  }

  /** Calls back, ascending, with the parts of a range and whether each is covered. */
  walk(
    start: number,
    end: number,
    part: (start: number, end: number, covered: boolean) => void,
  ): void {
    let at = start;
    for (let index = this.#firstTouching(start); at < end; index += 2) {
      const from = Math.max(at, this.#bounds[index] ?? Infinity);
      const to = Math.min(end, this.#bounds[index + 1] ?? Infinity);
      if (from >= end) {
        part(at, end, false);
        return;
      }
      if (from > at) part(at, from, false);
      if (to > from) part(from, to, true);
      at = Math.max(at, to);
    }
  }

  /** Bytes of a range that are not covered. */
  missing(start: number, end: number): number {
    let bytes = 0;
    this.walk(start, end, (from, to, covered) => {
      if (!covered) bytes += to - from;
    });
    return bytes;
  }

  /** Index of the first range that ends at or behind `start`. */
  #firstTouching(start: number): number {
    let low = 0;
    let high = this.#bounds.length >>> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle * 2 + 1] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }
}
