/**
 * Where the writes of one segment went: 20 bytes each, in typed arrays. Writes are added in the order
 * of the stream; the order by disk and offset, which lookups need, is worked out once when it is first
 * asked for.
 */
import { growingFloats, growingShorts, growingWords } from './growing.ts';

/** A write longer than this is looked through one by one, so that it slows no other down. */
const WIDE = 1024 * 1024;
/** The longest length that fits; longer zeroes are several entries of the index. */
const LONGEST = 0xffff0000;
const ZERO = 0x8000;

/** Bytes of an indexed write, in memory and in a segment's footer. */
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
  readonly #offsets = growingFloats();
  readonly #lengths = growingWords();
  readonly #frames = growingWords();
  readonly #disks = growingShorts();
  readonly #entries = growingShorts();
  #order: Uint32Array | undefined;
  #wide: number[] = [];

  get count(): number {
    return this.#frames.count;
  }

  append(write: IndexedWrite): void {
    let done = 0;
    while (done < write.length) {
      const length = Math.min(write.length - done, LONGEST);
      this.#offsets.push(write.offset + done);
      this.#lengths.push(length);
      this.#frames.push(write.frame);
      this.#disks.push(write.disk);
      this.#entries.push(write.zero ? write.entry | ZERO : write.entry);
      done += length;
    }
    this.#order = undefined;
  }

  /** The writes by disk and offset, as a segment's footer holds them. */
  encode(): Uint8Array {
    const order = this.#allSorted();
    const bytes = new Uint8Array(order.length * INDEXED_WRITE_BYTES);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const index of order) {
      view.setFloat64(at, this.#offsets.at(index), true);
      view.setUint32(at + 8, this.#lengths.at(index), true);
      view.setUint32(at + 12, this.#frames.at(index), true);
      view.setUint16(at + 16, this.#disks.at(index), true);
      view.setUint16(at + 18, this.#entries.at(index), true);
      at += INDEXED_WRITE_BYTES;
    }
    return bytes;
  }

  static decode(bytes: Uint8Array): WriteIndex {
    const index = new WriteIndex();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + INDEXED_WRITE_BYTES <= bytes.length; at += INDEXED_WRITE_BYTES) {
      index.#offsets.push(view.getFloat64(at, true));
      index.#lengths.push(view.getUint32(at + 8, true));
      index.#frames.push(view.getUint32(at + 12, true));
      index.#disks.push(view.getUint16(at + 16, true));
      index.#entries.push(view.getUint16(at + 18, true));
    }
    // It was stored in the order that lookups need.
    index.#arrange(Uint32Array.from({ length: index.count }, (_, at) => at));
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
    const order = this.#sorted();
    const found: number[] = [];
    const consider = (index: number): void => {
      if (this.#disks.at(index) !== disk) return;
      const offset = this.#offsets.at(index);
      if (offset >= end || offset + this.#lengths.at(index) <= start) return;
      if (upTo !== undefined) {
        const behind =
          this.#frames.at(index) - upTo.frame || (this.#entries.at(index) & ~ZERO) - upTo.entry;
        if (behind > 0) return;
      }
      found.push(index);
    };
    for (let at = this.#firstBehind(order, disk, start - WIDE); at < order.length; at += 1) {
      const index = order[at] ?? 0;
      if (this.#disks.at(index) !== disk || this.#offsets.at(index) >= end) break;
      consider(index);
    }
    this.#wide.forEach(consider);
    return found.sort((a, b) => this.#compareAge(b, a)).map((index) => this.#write(index));
  }

  #write(index: number): IndexedWrite {
    const entry = this.#entries.at(index);
    return {
      disk: this.#disks.at(index),
      offset: this.#offsets.at(index),
      length: this.#lengths.at(index),
      frame: this.#frames.at(index),
      entry: entry & ~ZERO,
      zero: (entry & ZERO) !== 0,
    };
  }

  #compareAge(a: number, b: number): number {
    return (
      this.#frames.at(a) - this.#frames.at(b) ||
      (this.#entries.at(a) & ~ZERO) - (this.#entries.at(b) & ~ZERO)
    );
  }

  /** Position in the order of the first write of a disk that begins behind `offset`. */
  #firstBehind(order: Uint32Array, disk: number, offset: number): number {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const index = order[middle] ?? 0;
      const before = this.#disks.at(index) - disk || this.#offsets.at(index) - offset;
      if (before <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The indices of all writes but the wide ones. */
  #sorted(): Uint32Array {
    return this.#order ?? this.#arrange(this.#allSorted());
  }

  #arrange(sorted: Uint32Array): Uint32Array {
    const order = sorted.filter((index) => this.#lengths.at(index) <= WIDE);
    this.#order = order;
    this.#wide =
      order.length === sorted.length
        ? []
        : [...sorted.filter((index) => this.#lengths.at(index) > WIDE)];
    return order;
  }

  #allSorted(): Uint32Array {
    const all = Uint32Array.from({ length: this.count }, (_, index) => index);
    return all.sort(
      (a, b) =>
        this.#disks.at(a) - this.#disks.at(b) ||
        this.#offsets.at(a) - this.#offsets.at(b) ||
        this.#compareAge(a, b),
    );
  }
}
