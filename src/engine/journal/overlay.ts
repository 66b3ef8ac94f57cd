/**
 * Where the blocks of an image come from: per region of a disk, the newest write up to the image's
 * checkpoint, found segment by segment from the newest to the oldest when the region or one of its neighbours is first
 * touched: in a long journal most of that is looking into each segment, however little there is in it.
 * What no segment holds is on the replica disk.
 */
import type { JournalAnswer } from './contract.ts';
import { Coverage } from './coverage.ts';
import type { IndexCache } from './index-cache.ts';
import { BEGINNING, comparePlaces } from './place.ts';
import type { Place } from './place.ts';
import { ExtentGathering } from './region-extents.ts';
import type { RegionExtents } from './region-extents.ts';
import type { Segment } from './segment.ts';
import type { WriteIndex } from './write-index.ts';

/** Bytes. */
export const REGION = 1024 * 1024;
/** Regions that are found together. */
const TOGETHER = 16;
/** Extents kept, 20 bytes each: 40 MB, where an image of a long journal is read all over. */
const BUDGET = 2_000_000;

export class Overlay {
  readonly #segments: readonly Segment[];
  readonly #place: Place;
  /** What lies up to here is on the replica disk, and read from there. */
  readonly #after: Place;
  readonly #indices: IndexCache;
  readonly #isHeld: (segment: Segment) => boolean;
  readonly #regions = new Map<number, RegionExtents>();
  #extents = 0;

  constructor(
    segments: readonly Segment[],
    place: Place,
    indices: IndexCache,
    isHeld: (segment: Segment) => boolean,
    after = BEGINNING,
  ) {
    this.#segments = segments.filter(
      (each) => each.id <= place.segment && comparePlaces(each.last, after) > 0,
    );
    this.#place = place;
    this.#after = after;
    this.#indices = indices;
    this.#isHeld = isHeld;
  }

  /** The extents of a region, ascending. */
  region(disk: number, region: number, done: JournalAnswer<RegionExtents>): void {
    const key = keyOf(disk, region);
    const known = this.#regions.get(key);
    if (known !== undefined) {
      done(undefined, known);
      return;
    }
    const first = region - (region % TOGETHER);
    const start = first * REGION;
    const end = start + TOGETHER * REGION;
    const found = Array.from({ length: TOGETHER }, (_, index) => ({
      covered: new Coverage(),
      gathered: new ExtentGathering(start + index * REGION),
    }));
    let missing = end - start;
    const collect = (segment: Segment, at: number, index: WriteIndex): void => {
      const upTo = segment.id === this.#place.segment ? this.#place : undefined;
      for (const write of index.touching(disk, start, end, upTo)) {
        const { frame, entry, offset, length } = write;
        if (isUpTo(this.#after, segment, frame, entry)) continue;
        const last = Math.min(end, offset + length);
        for (let next = Math.max(start, offset); next < last;) {
          const index = Math.floor((next - start) / REGION);
          const until = Math.min(last, start + (index + 1) * REGION);
          found[index]?.covered.add(next, until, (from, to) => {
            missing -= to - from;
            found[index]?.gathered.add(from, to, at, write);
          });
          next = until;
        }
      }
    };
    const finish = (): void => {
      let asked: RegionExtents | undefined;
      for (const [index, { gathered }] of found.entries()) {
        const extents = gathered.packed(this.#segments);
        if (first + index === region) asked = extents;
        this.#keep(keyOf(disk, first + index), extents);
      }
      done(undefined, asked);
    };
    const from = (newest: number): void => {
      for (let at = newest; ; at -= 1) {
        const segment = this.#segments[at];
        // What is no longer held is on the replica disk.
        if (segment === undefined || missing === 0 || !this.#isHeld(segment)) {
          finish();
          return;
        }
        const ready = this.#indices.ready(segment);
        if (ready === undefined) {
          this.#indices.load(segment, (error, index) => {
            if (index !== undefined) {
              collect(segment, at, index);
              from(at - 1);
            } else if (this.#isHeld(segment)) done(error, undefined);
            else finish();
          });
          return;
        }
        collect(segment, at, ready);
      }
    };
    from(this.#segments.length - 1);
  }

  #keep(key: number, extents: RegionExtents): void {
    if (this.#regions.has(key)) return;
    this.#regions.set(key, extents);
    this.#extents += extents.length + 1;
    for (const [oldest, { length }] of this.#regions) {
      if (this.#extents <= BUDGET || oldest === key) return;
      this.#regions.delete(oldest);
      this.#extents -= length + 1;
    }
  }
}

function keyOf(disk: number, region: number): number {
  return disk * 2 ** 36 + region;
}

/** Whether an entry of a segment lies up to a place, the entry at the place included. */
function isUpTo(place: Place, segment: Segment, frame: number, entry: number): boolean {
  return segment.id === place.segment && (frame - place.frame || entry - place.entry) <= 0;
}
