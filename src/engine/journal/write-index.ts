/**
 * Where the writes of one segment went: 16 bytes of memory each. Writes are added in the order of the
 * stream; the order by disk and offset, which lookups need, is worked out once when it is first asked for, and
 * is the order in which they lie in what was read from a footer.
 */
import { PackedWrites } from './packed-writes.ts';

/** A write longer than this is looked through one by one, so that it slows no other down. */
const WIDE = 1024 * 1024;
/** The longest length that fits; longer zeroes are several entries of the index. */
const LONGEST = 0xffff0000;
const ZERO = 0x8000;

/** Bytes of an indexed write in a segment's footer. */
export const INDEXED_WRITE_BYTES = 20;

export interface IndexedWrite {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  /** Where its frame begins in the segment, and its place in the frame. */
  readonly frame: number;
  readonly entry: number;
  readonly zero: boolean;
}

export class WriteIndex {
  readonly #writes: PackedWrites;
  /** By disk and offset; undefined where it is not known, or the writes lie in this order themselves. */
  #order: Uint32Array | undefined;
  #isInOrder = false;
  /** Undefined where it is not known. */
  #wide: readonly number[] | undefined;

  constructor(expected?: number) {
    this.#writes = new PackedWrites(expected);
  }

  get count(): number {
    return this.#writes.count;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return this.#writes.bytes + (this.#order?.byteLength ?? 0);
  }

  append(write: IndexedWrite): void {
    const entry = write.zero ? write.entry | ZERO : write.entry;
    let done = 0;
    while (done < write.length) {
      const length = Math.min(write.length - done, LONGEST);
      const { disk, offset, frame } = write;
      this.#writes.push({ disk, offset: offset + done, length, frame, entry });
      done += length;
    }
    this.#order = this.#wide = undefined;
    this.#isInOrder = false;
  }

  /** The writes by disk and offset, as a segment's footer holds them. */
  encode(): Uint8Array {
    const writes = this.#writes;
    const bytes = new Uint8Array(writes.count * INDEXED_WRITE_BYTES);
    const view = new DataView(bytes.buffer);
    const order = this.#isInOrder ? undefined : this.#sorted();
    for (let position = 0; position < writes.count; position += 1) {
      const index = order?.[position] ?? position;
      const at = position * INDEXED_WRITE_BYTES;
      view.setFloat64(at, writes.offset(index), true);
      view.setUint32(at + 8, writes.length(index), true);
      view.setUint32(at + 12, writes.frame(index), true);
      view.setUint16(at + 16, writes.disk(index), true);
      view.setUint16(at + 18, writes.entry(index), true);
    }
    return bytes;
  }

  static decode(bytes: Uint8Array): WriteIndex {
    const index = new WriteIndex(Math.floor(bytes.length / INDEXED_WRITE_BYTES));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + INDEXED_WRITE_BYTES <= bytes.length; at += INDEXED_WRITE_BYTES) {
      index.#writes.push({
        offset: view.getFloat64(at, true),
        length: view.getUint32(at + 8, true),
        frame: view.getUint32(at + 12, true),
        disk: view.getUint16(at + 16, true),
        entry: view.getUint16(at + 18, true),
      });
    }
    index.#isInOrder = true;
    return index;
  }

  /**
   * The writes that touch a range, newest first. With `upTo`, only those up to that frame and entry.
   */
  touching(
    disk: number,
    start: number,
    end: number,
    upTo?: { readonly frame: number; readonly entry: number },
  ): IndexedWrite[] {
    const writes = this.#writes;
    if (!this.#isInOrder) this.#order ??= this.#sorted();
    const order = this.#order;
    const found: number[] = [];
    const consider = (index: number): void => {
      if (writes.disk(index) !== disk) return;
      const offset = writes.offset(index);
      if (offset >= end || offset + writes.length(index) <= start) return;
      if (upTo !== undefined) {
        const behind = writes.frame(index) - upTo.frame || this.#place(index) - upTo.entry;
        if (behind > 0) return;
      }
      found.push(index);
    };
    for (let at = this.#firstBehind(order, disk, start - WIDE); at < writes.count; at += 1) {
      const index = order?.[at] ?? at;
      if (writes.disk(index) !== disk || writes.offset(index) >= end) break;
      if (writes.length(index) <= WIDE) consider(index);
    }
    this.#wide ??= this.#findWide();
    this.#wide.forEach(consider);
    if (found.length > 1) found.sort((a, b) => this.#compareAge(b, a));
    return found.map((index) => this.#write(index));
  }

  #write(index: number): IndexedWrite {
    const writes = this.#writes;
    return {
      disk: writes.disk(index),
      offset: writes.offset(index),
      length: writes.length(index),
      frame: writes.frame(index),
      entry: this.#place(index),
      zero: (writes.entry(index) & ZERO) !== 0,
    };
  }

  /** Of the entry in its frame. */
  #place(index: number): number {
    return this.#writes.entry(index) & ~ZERO;
  }

  #compareAge(a: number, b: number): number {
    return this.#writes.frame(a) - this.#writes.frame(b) || this.#place(a) - this.#place(b);
  }

  /** Position in the order of the first write of a disk that begins behind `offset`. */
  #firstBehind(order: Uint32Array | undefined, disk: number, offset: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const index = order?.[middle] ?? middle;
      const before = this.#writes.disk(index) - disk || this.#writes.offset(index) - offset;
      if (before <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #findWide(): readonly number[] {
    const wide: number[] = [];
    for (let index = 0; index < this.count; index += 1) {
      if (this.#writes.length(index) > WIDE) wide.push(index);
    }
    return wide;
  }

  #sorted(): Uint32Array {
    const writes = this.#writes;
    return Uint32Array.from({ length: this.count }, (_, index) => index).sort(
      (a, b) =>
        writes.disk(a) - writes.disk(b) ||
        writes.offset(a) - writes.offset(b) ||
        this.#compareAge(a, b),
    );
  }
}
