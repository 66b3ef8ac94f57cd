/**
 * Sparse content: which bytes stand where, the last one written winning.
 *
 * The space is cut into chunks of 4 MiB, each with a sorted list of extents that do not overlap. A
 * write costs a binary search and a shift within its chunk, however large the whole is; what nobody
 * wrote costs nothing.
 */
import type { Payload } from './payload.ts';
import { joinedPartsOf, joinPayloads, partsOf } from './payload/join.ts';
import { zeroes, ZeroPayload } from './payload/zeroes.ts';

const chunkSize = 4 * 1024 * 1024;

/** Bounds count from the start of the chunk. */
interface Extent {
  readonly start: number;
  readonly end: number;
  readonly payload: Payload;
}

/** What stood where something else was put. */
export interface Displaced {
  readonly offset: number;
  readonly payload: Payload;
}

export interface Range {
  readonly offset: number;
  readonly length: number;
}

export class ExtentMap {
  readonly #chunks = new Map<number, Extent[]>();
  readonly #holdsZeroes: boolean;
  #covered = 0;

  /**
   * A file wants zeroes to take no space. What lies over something else (the changes of a batch, of an
   * image) has to tell zeroes from holes and holds them.
   */
  constructor(options: { readonly holdsZeroes: boolean }) {
    this.#holdsZeroes = options.holdsZeroes;
  }

  /** Bytes that are held. */
  get covered(): number {
    return this.#covered;
  }

  /**
   * Puts a payload at an offset. Zeroes that are not held free what they overwrite. What is overwritten
   * is added to `displaced`.
   */
  write(offset: number, payload: Payload, displaced?: Displaced[]): void {
    if (this.#holdsZeroes || !holdsZeroPart(payload)) {
      this.#hold(offset, payload, displaced);
      return;
    }
    let at = offset;
    for (const part of partsOf(payload)) {
      if (part instanceof ZeroPayload) this.clear(at, part.length, displaced);
      else this.#hold(at, part, displaced);
      at += part.length;
    }
  }

  /** Makes a hole. What was there is added to `displaced`. */
  clear(offset: number, length: number, displaced?: Displaced[]): void {
    this.#eachChunk(offset, length, (extents, start, end, chunk) => {
      const first = firstEndingAfter(extents, start);
      const last = firstStartingFrom(extents, end, first);
      if (first >= last) return;
      if (displaced) gather(displaced, chunk, extents, first, last, start, end);
      extents.splice(first, last - first, ...this.#remains(extents, first, last, start, end));
      if (extents.length === 0) this.#chunks.delete(chunk);
    });
  }

  /** The content of a range; holes are zeroes. */
  read(offset: number, length: number): Payload {
    const whole = this.#readWhole(offset, length);
    if (whole) return whole;
    const parts: Payload[] = [];
    let at = offset;
    const end = offset + length;
    for (let chunk = Math.floor(offset / chunkSize); chunk * chunkSize < end; chunk++) {
      const base = chunk * chunkSize;
      const extents = this.#chunks.get(chunk);
      if (!extents) continue;
      const until = Math.min(chunkSize, end - base);
      for (let index = firstEndingAfter(extents, at - base); index < extents.length; index++) {
        const extent = extents[index];
        if (!extent || extent.start >= until) break;
        const from = Math.max(extent.start, at - base);
        if (base + from > at) parts.push(zeroes(base + from - at));
        const to = Math.min(extent.end, until);
        parts.push(extent.payload.slice(from - extent.start, to - extent.start));
        at = base + to;
      }
    }
    if (at < end) parts.push(zeroes(end - at));
    return joinPayloads(parts);
  }

  /** The content of a range that is one extent: nearly always, where it is read as it was written. */
  #readWhole(offset: number, length: number): Payload | undefined {
    const chunk = Math.floor(offset / chunkSize);
    const extents = this.#chunks.get(chunk);
    if (!extents) return undefined;
    const start = offset - chunk * chunkSize;
    const extent = extents[extents.length === 1 ? 0 : firstEndingAfter(extents, start)];
    if (extent?.start !== start || extent.end !== start + length) return undefined;
    return extent.payload;
  }

  /** Bytes of a range that are held. */
  coveredIn(offset: number, length: number): number {
    let covered = 0;
    this.#eachChunk(offset, length, (extents, start, end) => {
      for (let index = firstEndingAfter(extents, start); index < extents.length; index++) {
        const extent = extents[index];
        if (!extent || extent.start >= end) break;
        covered += Math.min(extent.end, end) - Math.max(extent.start, start);
      }
    });
    return covered;
  }

  /** The ranges that are held, in ascending order, neighbours joined. */
  ranges(): Range[] {
    const ranges: Range[] = [];
    let start = 0;
    let end = 0;
    for (const chunk of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      for (const extent of this.#chunks.get(chunk) ?? []) {
        const from = chunk * chunkSize + extent.start;
        if (from !== end) {
          if (end > start) ranges.push({ offset: start, length: end - start });
          start = from;
        }
        end = chunk * chunkSize + extent.end;
      }
    }
    if (end > start) ranges.push({ offset: start, length: end - start });
    return ranges;
  }

  /** Forgets everything from `size` on. */
  truncate(size: number): void {
    for (const chunk of [...this.#chunks.keys()]) {
      const base = chunk * chunkSize;
      if (base + chunkSize > size) this.clear(Math.max(base, size), chunkSize);
    }
  }

  #hold(offset: number, payload: Payload, displaced: Displaced[] | undefined): void {
    const { length } = payload;
    for (let at = 0; at < length;) {
      const chunk = Math.floor((offset + at) / chunkSize);
      const start = offset + at - chunk * chunkSize;
      const taken = Math.min(length - at, chunkSize - start);
      const part = taken === length ? payload : payload.slice(at, at + taken);
      this.#place(chunk, { start, end: start + taken, payload: part }, displaced);
      at += taken;
    }
  }

  #place(chunk: number, extent: Extent, displaced: Displaced[] | undefined): void {
    let extents = this.#chunks.get(chunk);
    if (!extents) this.#chunks.set(chunk, (extents = []));
    this.#covered += extent.end - extent.start;
    const last = extents[extents.length - 1];
    if (!last || last.end <= extent.start) {
      extents.push(extent);
      return;
    }
    const { start, end } = extent;
    const first = firstEndingAfter(extents, start);
    const there = extents[first];
    if (there?.start === start && there.end === end) {
      this.#covered -= end - start;
      extents[first] = extent;
      displaced?.push({ offset: chunk * chunkSize + start, payload: there.payload });
      return;
    }
    const after = firstStartingFrom(extents, end, first);
    if (first === after) {
      extents.splice(first, 0, extent);
      return;
    }
    if (displaced) gather(displaced, chunk, extents, first, after, start, end);
    const remains = this.#remains(extents, first, after, start, end);
    const [before] = remains;
    const cut = before && before.start < start ? 1 : 0;
    remains.splice(cut, 0, extent);
    extents.splice(first, after - first, ...remains);
  }

  /** What is left of the extents from index `first` to `last` once a range is taken out of them. */
  #remains(
    extents: readonly Extent[],
    first: number,
    last: number,
    start: number,
    end: number,
  ): Extent[] {
    const remains: Extent[] = [];
    for (let index = first; index < last; index++) {
      const extent = extents[index];
      if (!extent) continue;
      this.#covered -= Math.min(extent.end, end) - Math.max(extent.start, start);
      if (extent.start < start) {
        const payload = extent.payload.slice(0, start - extent.start);
        remains.push({ start: extent.start, end: start, payload });
      }
      if (extent.end > end) {
        const payload = extent.payload.slice(end - extent.start, extent.payload.length);
        remains.push({ start: end, end: extent.end, payload });
      }
    }
    return remains;
  }

  /** Visits the chunks of a range that hold anything; of all chunks, where those are fewer. */
  #eachChunk(
    offset: number,
    length: number,
    visit: (extents: Extent[], start: number, end: number, chunk: number) => void,
  ): void {
    if (length <= 0) return;
    const first = Math.floor(offset / chunkSize);
    const last = Math.floor((offset + length - 1) / chunkSize);
    const visitOne = (chunk: number): void => {
      const extents = this.#chunks.get(chunk);
      if (!extents) return;
      const base = chunk * chunkSize;
      const end = Math.min(chunkSize, offset + length - base);
      visit(extents, Math.max(0, offset - base), end, chunk);
    };
    if (last - first > this.#chunks.size) {
      for (const chunk of [...this.#chunks.keys()]) {
        if (chunk >= first && chunk <= last) visitOne(chunk);
      }
      return;
    }
    for (let chunk = first; chunk <= last; chunk++) visitOne(chunk);
  }
}

/** Adds the parts of the extents from index `first` to `last` that lie in a range. */
function gather(
  displaced: Displaced[],
  chunk: number,
  extents: readonly Extent[],
  first: number,
  last: number,
  start: number,
  end: number,
): void {
  for (let index = first; index < last; index++) {
    const extent = extents[index];
    if (!extent) continue;
    const from = Math.max(start, extent.start);
    const to = Math.min(end, extent.end);
    const payload = extent.payload.slice(from - extent.start, to - extent.start);
    displaced.push({ offset: chunk * chunkSize + from, payload });
  }
}

function holdsZeroPart(payload: Payload): boolean {
  if (payload instanceof ZeroPayload) return true;
  for (const part of joinedPartsOf(payload)) if (part instanceof ZeroPayload) return true;
  return false;
}

function firstEndingAfter(extents: readonly Extent[], offset: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((extents[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function firstStartingFrom(extents: readonly Extent[], offset: number, from: number): number {
  let low = from;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((extents[middle]?.start ?? 0) >= offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
