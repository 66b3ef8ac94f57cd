/** What a VM writes in a stretch of time in which nothing else happens to it, told without being done. */
import type { QuietWrites } from '../vra/quiet-writes.ts';
import type { Instant } from '../world/world.ts';
import { queueDepth } from './write-series.ts';
import type { WriteSeries } from './write-series.ts';

/** Bunches at steady times, up to a last one. */
export class QuietBunches implements QuietWrites {
  at: Instant = -Infinity;
  nextAt: Instant;
  readonly #series: WriteSeries;
  readonly #pause: number;
  readonly #until: Instant;

  constructor(series: WriteSeries, first: Instant, pause: number, until: Instant) {
    this.#series = series;
    this.#pause = pause;
    this.#until = until;
    this.nextAt = first <= until ? first : Infinity;
  }

  get count(): number {
    return this.#series.count;
  }

  get disks(): readonly number[] {
    return this.#series.disks;
  }

  get offsets(): readonly number[] {
    return this.#series.offsets;
  }

  get lengths(): readonly number[] {
    return this.#series.lengths;
  }

  get contents(): readonly number[] {
    return this.#series.contents;
  }

  next(): boolean {
    if (this.nextAt === Infinity) return false;
    this.at = this.nextAt;
    this.#series.bunch(this.at, queueDepth);
    const next = this.at + this.#pause;
    this.nextAt = next <= this.#until ? next : Infinity;
    return true;
  }

  copy(): QuietWrites {
    const copy = new QuietBunches(this.#series.copy(), this.nextAt, this.#pause, this.#until);
    copy.at = this.at;
    return copy;
  }
}

/** Of a VM that writes nothing by itself, or is off. */
export const noWrites: QuietWrites = {
  nextAt: Infinity,
  next: () => false,
  at: -Infinity,
  count: 0,
  disks: [],
  offsets: [],
  lengths: [],
  contents: [],
  copy: () => noWrites,
};
