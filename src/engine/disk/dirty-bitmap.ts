/**
 * A set of blocks of a disk, one bit each.
 *
 * The bits lie in pieces of 4096 blocks, made when the first of them is marked: with blocks of 64 KiB a
 * disk of 200 GiB takes 400 KiB at the most, and next to nothing while little of it is marked.
 */
const blocksPerPiece = 4096;
const wordsPerPiece = blocksPerPiece / 32;

export class DirtyBitmap {
  /** Bytes. */
  readonly blockSize: number;
  readonly #pieces: (Uint32Array | undefined)[] = [];
  #count = 0;

  constructor(blockSize: number) {
    this.blockSize = blockSize;
  }

  /** Blocks that are marked. */
  get count(): number {
    return this.#count;
  }

  /** Marks every block that the range touches. */
  mark(offset: number, length: number): void {
    this.#each(offset, length, (piece, word, mask) => {
      let words = this.#pieces[piece];
      if (!words) this.#pieces[piece] = words = new Uint32Array(wordsPerPiece);
      const before = words[word] ?? 0;
      this.#count += bitsSet(mask & ~before);
      words[word] = before | mask;
    });
  }

  /** Clears every block that the range touches. */
  clear(offset: number, length: number): void {
    this.#each(offset, length, (piece, word, mask) => {
      const words = this.#pieces[piece];
      if (!words) return;
      const before = words[word] ?? 0;
      this.#count -= bitsSet(mask & before);
      words[word] = before & ~mask;
    });
  }

  clearAll(): void {
    this.#pieces.length = 0;
    this.#count = 0;
  }

  /** Whether the block that holds the byte at `offset` is marked. */
  has(offset: number): boolean {
    const block = Math.floor(offset / this.blockSize);
    const words = this.#pieces[Math.floor(block / blocksPerPiece)];
    const bit = block % blocksPerPiece;
    return (((words?.[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  /** Marks what another bitmap of the same block size has marked. */
  merge(other: DirtyBitmap): void {
    if (other.blockSize !== this.blockSize) {
      throw new RangeError(
        `blocks of ${other.blockSize} bytes are not blocks of ${this.blockSize}`,
      );
    }
    for (let piece = 0; piece < other.#pieces.length; piece++) {
      const theirs = other.#pieces[piece];
      if (!theirs) continue;
      let words = this.#pieces[piece];
      if (!words) this.#pieces[piece] = words = new Uint32Array(wordsPerPiece);
      for (let word = 0; word < wordsPerPiece; word++) {
        const before = words[word] ?? 0;
        const added = (theirs[word] ?? 0) & ~before;
        if (added === 0) continue;
        this.#count += bitsSet(added);
        words[word] = before | added;
      }
    }
  }

  /** Offset of the first marked block from the block that holds `from` on; undefined: there is none. */
  nextMarked(from: number): number | undefined {
    const first = Math.floor(from / this.blockSize);
    for (let piece = Math.floor(first / blocksPerPiece); piece < this.#pieces.length; piece++) {
      const words = this.#pieces[piece];
      if (!words) continue;
      const bit = Math.max(0, first - piece * blocksPerPiece);
      const found = firstBit(words, bit, 0);
      if (found >= 0) return (piece * blocksPerPiece + found) * this.blockSize;
    }
    return undefined;
  }

  /** Offset of the first block that is not marked from the block that holds `from` on. */
  nextUnmarked(from: number): number {
    const first = Math.floor(from / this.blockSize);
    let piece = Math.floor(first / blocksPerPiece);
    let bit = first - piece * blocksPerPiece;
    for (; ; piece++, bit = 0) {
      const words = this.#pieces[piece];
      const found = words ? firstBit(words, bit, 0xffffffff) : bit;
      if (found >= 0) return (piece * blocksPerPiece + found) * this.blockSize;
    }
  }

  /** Visits the words that the range touches, each with a mask of the bits in question. */
  #each(
    offset: number,
    length: number,
    visit: (piece: number, word: number, mask: number) => void,
  ): void {
    if (length <= 0) return;
    const last = Math.floor((offset + length - 1) / this.blockSize);
    for (let block = Math.floor(offset / this.blockSize); block <= last;) {
      const bit = block & 31;
      const bits = Math.min(32 - bit, last - block + 1);
      const mask = bits === 32 ? 0xffffffff : ((1 << bits) - 1) << bit;
      const inPiece = block % blocksPerPiece;
      visit((block - inPiece) / blocksPerPiece, inPiece >>> 5, mask | 0);
      block += bits;
    }
  }
}

/** The first bit from `from` on that is set after `flip` was applied to every word; -1: none. */
function firstBit(words: Uint32Array, from: number, flip: number): number {
  let mask = -1 << (from & 31);
  for (let word = from >>> 5; word < words.length; word++) {
    const bits = ((words[word] ?? 0) ^ flip) & mask;
    if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits));
    mask = -1;
  }
  return -1;
}

function bitsSet(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
