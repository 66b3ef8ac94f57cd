/** Where the blocks of a region come from, packed to 20 bytes an extent: a long journal has millions of them. */
import type { Segment } from './segment.ts';

export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly segment: Segment;
  /** Where the frame begins, and the entry in it. */
  readonly frame: number;
  readonly entry: number;
  readonly zero: boolean;
}

/** Start and end within the region, segment, frame, and entry with the lowest bit for zeroes. */
const FIELDS = 5;
/** More extents than a region has bytes. */
const MOST = 2 ** 24;

/** Takes extents in any order; none of them overlaps another. */
export class ExtentGathering {
  readonly #base: number;
  readonly #found: number[] = [];

  /** `base`: where the region begins, which is what extents are counted from. */
  constructor(base: number) {
    this.#base = base;
  }

  /** `segment` is its index among those that {@link RegionExtents} knows. */
  add(
    start: number,
    end: number,
    segment: number,
    write: { readonly frame: number; readonly entry: number; readonly zero: boolean },
  ): void {
    const entry = write.entry * 2 + (write.zero ? 1 : 0);
    this.#found.push(start - this.#base, end - this.#base, segment, write.frame, entry);
  }

  packed(segments: readonly Segment[]): RegionExtents {
    const found = this.#found;
    const count = found.length / FIELDS;
    // Numbers of their own sort faster than by a comparison.
    const order = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      order[index] = (found[index * FIELDS] ?? 0) * MOST + index;
    }
    order.sort();
    const fields = new Uint32Array(found.length);
    for (let index = 0; index < count; index += 1) {
      const from = ((order[index] ?? 0) % MOST) * FIELDS;
      for (let field = 0; field < FIELDS; field += 1) {
        fields[index * FIELDS + field] = found[from + field] ?? 0;
      }
    }
    return new RegionExtents(this.#base, segments, fields);
  }
}

/** The extents of a region, ascending. */
export class RegionExtents {
  readonly #base: number;
  readonly #segments: readonly Segment[];
  readonly #fields: Uint32Array;

  constructor(base: number, segments: readonly Segment[], fields: Uint32Array) {
    this.#base = base;
    this.#segments = segments;
    this.#fields = fields;
  }

  get length(): number {
    return this.#fields.length / FIELDS;
  }

  at(index: number): Extent | undefined {
    const fields = this.#fields;
    const at = index * FIELDS;
    const segment = at < fields.length ? this.#segments[fields[at + 2] ?? 0] : undefined;
    if (segment === undefined) return undefined;
    const entry = fields[at + 4] ?? 0;
    return {
      start: this.#base + (fields[at] ?? 0),
      end: this.#base + (fields[at + 1] ?? 0),
      segment,
      frame: fields[at + 3] ?? 0,
      entry: entry >>> 1,
      zero: (entry & 1) === 1,
    };
  }

  /** Index of the first extent that ends behind an offset. */
  firstEndingBehind(offset: number): number {
    const within = offset - this.#base;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#fields[middle * FIELDS + 1] ?? 0) <= within) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
