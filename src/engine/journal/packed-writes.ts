/**
 * Indexed writes as records of 16 bytes, one behind the other:
 *
 *     0  u32  offset, its lower part       10  u16  disk
 *     4  u16  offset, its upper part       12  u24  where the frame begins in the segment, its lower part
 *     6  u32  length: 24 bits, and its      15  u8   the upper parts: 4 bits of the entry, 3 of where the frame
 *             uppermost byte the entry's             begins, and the entry's uppermost bit
 *             lower part
 *
 * An entry is 12 bits, and a bit that says whether it is zeroes. Lengths that do not fit stand beside.
 */
export interface PackedWrite {
  readonly disk: number;
  /** Below 2^48. */
  readonly offset: number;
  readonly length: number;
  /** Below 2^27: where a segment takes no more is before that. */
  readonly frame: number;
  /** 12 bits, and 2^15, which is the caller's. */
  readonly entry: number;
}

export const PACKED_WRITE_BYTES = 16;

const LOW = 2 ** 32;
const LONG = 0xffffff;
const LOWER_FRAME = 0xffffff;
const LARGEST_OFFSET = 2 ** 48;
const LARGEST_FRAME = 2 ** 27;
/** Of an entry's upper part. */
const UPPER_ENTRY = 0x8f;
const ENTRY = (UPPER_ENTRY << 8) | 0xff;
/** Records that are made room for at once, at most: what is not used of them is all that is wasted. */
const STEP = 4096;

export class PackedWrites {
  #view: DataView<ArrayBuffer>;
  #count = 0;
  /** Lengths of those that do not fit into a record: by index. */
  readonly #long = new Map<number, number>();

  /** `expected`: how many there are going to be, where that is known. */
  constructor(expected = 16) {
    this.#view = new DataView(new ArrayBuffer(expected * PACKED_WRITE_BYTES));
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of memory that the records take, room for more included. */
  get bytes(): number {
    return this.#view.byteLength;
  }

  push({ disk, offset, length, frame, entry }: PackedWrite): void {
    if (offset >= LARGEST_OFFSET || frame >= LARGEST_FRAME || (entry & ENTRY) !== entry) {
      const place = `entry ${entry} of the frame at ${frame}`;
      throw new RangeError(`a write at ${offset}, ${place}, cannot be indexed`);
    }
    const index = this.#count;
    const at = index * PACKED_WRITE_BYTES;
    if (at === this.#view.byteLength) this.#grow();
    const view = this.#view;
    const stored = length < LONG ? length : LONG;
    if (stored === LONG) this.#long.set(index, length);
    view.setUint32(at, offset % LOW, true);
    view.setUint16(at + 4, Math.floor(offset / LOW), true);
    view.setUint32(at + 6, (stored | ((entry & 0xff) << 24)) >>> 0, true);
    view.setUint16(at + 10, disk, true);
    const upper = (entry >>> 8) | ((frame >>> 24) << 4);
    view.setUint32(at + 12, ((frame & LOWER_FRAME) | (upper << 24)) >>> 0, true);
    this.#count += 1;
  }

  disk(index: number): number {
    return this.#view.getUint16(index * PACKED_WRITE_BYTES + 10, true);
  }

  offset(index: number): number {
    const at = index * PACKED_WRITE_BYTES;
    return this.#view.getUint32(at, true) + this.#view.getUint16(at + 4, true) * LOW;
  }

  length(index: number): number {
    const stored = this.#view.getUint32(index * PACKED_WRITE_BYTES + 6, true) & LONG;
    return stored === LONG ? (this.#long.get(index) ?? LONG) : stored;
  }

  frame(index: number): number {
    const packed = this.#view.getUint32(index * PACKED_WRITE_BYTES + 12, true);
    return (packed & LOWER_FRAME) | (((packed >>> 28) & 7) << 24);
  }

  entry(index: number): number {
    const at = index * PACKED_WRITE_BYTES;
    return this.#view.getUint8(at + 9) | ((this.#view.getUint8(at + 15) & UPPER_ENTRY) << 8);
  }

  #grow(): void {
    const before = this.#view;
    const room = this.#count + Math.max(1, Math.min(Math.ceil(this.#count / 2), STEP));
    const bytes = new Uint8Array(room * PACKED_WRITE_BYTES);
    bytes.set(new Uint8Array(before.buffer));
    this.#view = new DataView(bytes.buffer);
  }
}
