/**
 * The regions of a VM's disks that may hold what a stream's other side lacks, or what a crash may take back.
 *
 * A region becomes active with the record that first names it, and stays so until nothing touched it for a while. Time
 * is counted in turns; a touch of a region that was touched in this turn costs a look into a map.
 */
import { regionSize } from './activity-record.ts';
import type { RegionRun } from './activity-record.ts';
import type { MachineDisk } from './write-tap.ts';

export interface ActiveRegion {
  readonly disk: number;
  readonly region: number;
  /** The first record that names it. */
  readonly since: number;
  /** When it was touched last. */
  turn: number;
  /** Writes to it that are under way. */
  writing: number;
}

/** More regions of a disk than any has. */
const stride = 2 ** 32;

/** Regions that become active in advance, behind one that follows an active one: whoever writes on comes there next. */
const ahead = 3;

export class ActiveRegions {
  readonly #disks: readonly MachineDisk[];
  /** In the order of the turns in which they were touched. */
  readonly #regions = new Map<number, ActiveRegion>();
  #turn = 0;

  constructor(disks: readonly MachineDisk[]) {
    this.#disks = disks;
  }

  get count(): number {
    return this.#regions.size;
  }

  get turn(): number {
    return this.#turn;
  }

  /** Begins another turn. */
  next(): void {
    this.#turn += 1;
  }

  /**
   * Touches the regions of a range. Those that are not active become so with the record `next`. Answers the record that
   * names all of them.
   */
  touch(disk: number, offset: number, length: number, next: number, writing: 0 | 1): number {
    if (length <= 0) return 0;
    const last = Math.floor((offset + length - 1) / regionSize);
    let needed = 0;
    for (let region = Math.floor(offset / regionSize); region <= last; region++) {
      const known = this.#regions.get(disk * stride + region);
      const touched = known ?? this.#add(disk, region, next);
      if (!known && this.#regions.has(disk * stride + region - 1))
        this.#addAhead(disk, region, next);
      if (touched.turn !== this.#turn) this.#move(touched);
      touched.writing += writing;
      needed = Math.max(needed, touched.since);
    }
    return needed;
  }

  /** A write that touched the range with `writing` is over. */
  written(disk: number, offset: number, length: number): void {
    if (length <= 0) return;
    const last = Math.floor((offset + length - 1) / regionSize);
    for (let region = Math.floor(offset / regionSize); region <= last; region++) {
      const known = this.#regions.get(disk * stride + region);
      if (known) known.writing -= 1;
    }
  }

  /** Active from a record on that is there already. */
  restore({ disk, first, count }: RegionRun): void {
    for (let region = first; region < first + count; region++) this.#add(disk, region, 0);
  }

  /**
   * Those that may be given up, coldest first: nothing is written to them, and they were not touched since the turn
   * `before`. Of more than `most` the coldest are among them whenever they were touched, down to three quarters of it.
   */
  cold(before: number, most: number): ActiveRegion[] {
    const surplus = this.count > most ? this.count - Math.floor(most * 0.75) : 0;
    const found: ActiveRegion[] = [];
    for (const region of this.#regions.values()) {
      if (region.turn >= before && found.length >= surplus) break;
      if (region.writing === 0) found.push(region);
    }
    return found;
  }

  /** Gives a region up, unless it was touched after the turn. */
  release(region: ActiveRegion, turn: number): boolean {
    const key = region.disk * stride + region.region;
    if (region.turn > turn || region.writing > 0 || this.#regions.get(key) !== region) return false;
    return this.#regions.delete(key);
  }

  runs(): RegionRun[] {
    const keys = Float64Array.from(this.#regions.keys()).sort();
    const runs: RegionRun[] = [];
    let from = 0;
    for (let index = 1; index <= keys.length; index++) {
      const previous = keys[index - 1] ?? 0;
      if (index < keys.length && keys[index] === previous + 1) continue;
      const start = keys[from] ?? 0;
      const disk = Math.floor(start / stride);
      runs.push({ disk, first: start - disk * stride, count: index - from });
      from = index;
    }
    return runs;
  }

  #add(disk: number, region: number, since: number): ActiveRegion {
    const added = { disk, region, since, turn: this.#turn, writing: 0 };
    this.#regions.set(disk * stride + region, added);
    return added;
  }

  #addAhead(disk: number, region: number, since: number): void {
    const end = Math.ceil((this.#disks[disk]?.size ?? 0) / regionSize);
    for (let next = region + 1; next <= region + ahead && next < end; next++) {
      if (!this.#regions.has(disk * stride + next)) this.#add(disk, next, since);
    }
  }

  /** To the end of the order. */
  #move(region: ActiveRegion): void {
    const key = region.disk * stride + region.region;
    region.turn = this.#turn;
    this.#regions.delete(key);
    this.#regions.set(key, region);
  }
}
