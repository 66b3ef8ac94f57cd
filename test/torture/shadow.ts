/**
 * The shadow model: every protected disk as the sequence of the writes that took effect on it, and for each
 * checkpoint how far into it each VM was when its marker was placed. What an image has to hold follows
 * from that and from nothing that the engine says.
 */
import { ExtentMap } from '../../src/engine/world/extent-map.ts';
import type { Payload } from '../../src/engine/world/payload.ts';
import { samePayload, zeroes } from '../../src/engine/world/payloads.ts';

/** A write of a guest, with the order of its begin and end among all that guests do. */
export interface GuestWrite {
  readonly submitted: number;
  /** Infinity until the guest is told that it is done. */
  completed: number;
  /** It has begun on a disk, and not on an image. */
  onDisk?: boolean;
}

export interface PlacedWrite {
  readonly disk: number;
  readonly offset: number;
  readonly payload: Payload;
}

interface Entry {
  readonly disk: number;
  readonly offset: number;
  readonly payload: Payload;
  readonly at: number;
  /** Undefined where it is not known of which write, or it is not one. */
  readonly write: GuestWrite | undefined;
  /** Not a write, but what the loss of power left of the disk. */
  readonly isLeft?: boolean;
}

export interface Difference {
  readonly disk: number;
  readonly offset: number;
  readonly what: string;
}

const sector = 512;

/** One VM's disks. */
export class ShadowVm {
  readonly name: string;
  readonly disks: readonly { readonly name: string; readonly size: number }[];
  readonly #log: Entry[] = [];
  /** The first entry of which it is known of which write it is. */
  #firstKnown = Infinity;
  /** The disks after the first `#built` entries. */
  #built = 0;
  #content: ExtentMap[];

  constructor(name: string, disks: readonly { readonly name: string; readonly size: number }[]) {
    this.name = name;
    this.disks = disks;
    this.#content = this.#blank();
  }

  /** How many entries there are: a place in the sequence. */
  get length(): number {
    return this.#log.length;
  }

  wrote(
    disk: number,
    offset: number,
    payload: Payload,
    at: number,
    write: GuestWrite | undefined,
  ): void {
    if (write) this.#firstKnown = Math.min(this.#firstKnown, this.#log.length);
    this.#log.push({ disk, offset, payload, at, write });
  }

  /** Its host lost its power, and this is left of a disk. */
  left(disk: number, content: Payload, at: number): void {
    this.#log.push({ disk, offset: 0, payload: content, at, write: undefined, isLeft: true });
  }

  /** How many writes took effect behind the first `cut` entries. */
  writesBehind(cut: number): number {
    let writes = 0;
    for (let index = cut; index < this.#log.length; index++) {
      if (this.#log[index]?.isLeft !== true) writes += 1;
    }
    return writes;
  }

  /** How many entries of a time or before are behind the first `cut` ones. */
  entriesBehind(cut: number, until: number): number {
    let entries = 0;
    for (let index = cut; index < this.#log.length; index++) {
      if ((this.#log[index]?.at ?? 0) <= until) entries += 1;
    }
    return entries;
  }

  /** What a disk held after the first `cut` entries. */
  diskAt(cut: number, disk: number): Payload {
    if (cut < this.#built) {
      this.#content = this.#blank();
      this.#built = 0;
    }
    for (; this.#built < cut; this.#built++) {
      const entry = this.#log[this.#built];
      if (entry) this.#content[entry.disk]?.write(entry.offset, entry.payload);
    }
    const size = this.disks[disk]?.size ?? 0;
    return this.#content[disk]?.read(0, size) ?? zeroes(size);
  }

  /** The last begin of a write before the cut, in the order of what guests do. */
  lastBegun(cut: number): number {
    let last = -1;
    for (let index = this.#firstKnown; index < cut; index++) {
      const submitted = this.#log[index]?.write?.submitted ?? -1;
      if (submitted > last) last = submitted;
    }
    return last;
  }

  /** The first end of a write behind the cut, likewise. */
  firstDone(cut: number): number {
    let first = Infinity;
    const from = Math.max(cut, this.#firstKnown);
    for (let index = from; index < this.#log.length; index++) {
      const completed = this.#log[index]?.write?.completed ?? Infinity;
      if (completed < first) first = completed;
    }
    return first;
  }

  /**
   * Where a disk differs from what it should hold after the first `cut` entries, if it does. `from`: where
   * what there is of it begins.
   */
  difference(cut: number, disk: number, actual: Payload, from = 0): Difference | undefined {
    const whole = this.diskAt(cut, disk);
    const expected = from === 0 ? whole : whole.slice(from, from + actual.length);
    if (samePayload(expected, actual)) return undefined;
    for (let at = 0; at < expected.length; at += sector) {
      const end = Math.min(expected.length, at + sector);
      const held = actual.slice(at, Math.min(actual.length, end));
      if (samePayload(expected.slice(at, end), held)) continue;
      const offset = from + at;
      return { disk, offset, what: this.#explain(cut, disk, offset, held) };
    }
    return { disk, offset: from + expected.length, what: `is ${actual.length} bytes long` };
  }

  #explain(cut: number, disk: number, offset: number, held: Payload): string {
    const touching: number[] = [];
    for (const [index, entry] of this.#log.entries()) {
      if (entry.disk !== disk || entry.offset > offset) continue;
      if (entry.offset + entry.payload.length > offset) touching.push(index);
    }
    const wanted = touching.findLast((index) => index < cut);
    const found = touching.findLast((index) => {
      const entry = this.#log[index];
      if (!entry || entry.offset + entry.payload.length < offset + held.length) return false;
      const from = offset - entry.offset;
      return samePayload(entry.payload.slice(from, from + held.length), held);
    });
    const named = (index: number | undefined): string =>
      index === undefined
        ? samePayload(held, zeroes(held.length))
          ? 'zeroes'
          : 'bytes that nobody wrote there'
        : `write ${index} of ${(this.#log[index]?.at ?? 0).toFixed(1)} ms`;
    const should = wanted === undefined ? 'zeroes' : named(wanted);
    return `should hold ${should} (the cut is behind ${cut - 1}), and holds ${named(found)}`;
  }

  #blank(): ExtentMap[] {
    return this.disks.map(() => new ExtentMap({ holdsZeroes: false }));
  }
}

/** Where a disk differs from all that the shadow holds, if it does. */
export function differenceOf(
  shadow: ShadowVm,
  disk: number,
  actual: Payload,
): Difference | undefined {
  return shadow.difference(shadow.length, disk, actual);
}
