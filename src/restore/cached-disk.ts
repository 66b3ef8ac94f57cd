/** A disk whose blocks are remembered: 7-Zip reads the tables of a file system anew for each thing it does. */
import type { SynchronousDisk } from './disk.ts';

/** Bytes. One request fetches all of it, so that small reads next to each other are one. */
const blockSize = 256 * 1024;
const mostBlocks = 128;
const zeroes = Buffer.alloc(blockSize);

export class CachedDisk implements SynchronousDisk {
  readonly size: number;
  readonly #disk: SynchronousDisk;
  /** By the number of the block, the least recently used first. */
  readonly #blocks = new Map<number, Uint8Array>();
  /**
   * Blocks without content: most of the tables of a large file system, all of which are read anew with each run of
   * 7-Zip.
   */
  readonly #empty = new Set<number>();

  constructor(disk: SynchronousDisk) {
    this.size = disk.size;
    this.#disk = disk;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const at = offset + done;
      const number = Math.floor(at / blockSize);
      const within = at - number * blockSize;
      const rest = into.length - done;
      if (this.#empty.has(number)) {
        const length = Math.min(blockSize - within, rest);
        into.fill(0, done, done + length);
        done += length;
        continue;
      }
      if (within === 0 && rest >= blockSize && !this.#blocks.has(number)) {
        // What is read in long pieces is content, which is read once.
        const whole = rest - (rest % blockSize);
        const length = this.#untilKnown(number, whole);
        const content = into.subarray(done, done + length);
        this.#disk.read(at, content);
        for (let from = 0; from < length; from += blockSize) {
          if (isEmpty(content.subarray(from, from + blockSize))) {
            this.#empty.add(number + from / blockSize);
          }
        }
        done += length;
        continue;
      }
      const part = this.#block(number).subarray(within, within + rest);
      into.set(part, done);
      done += part.length;
    }
  }

  #untilKnown(from: number, length: number): number {
    let blocks = 1;
    while (blocks * blockSize < length && !this.#isKnown(from + blocks)) blocks++;
    return blocks * blockSize;
  }

  #isKnown(number: number): boolean {
    return this.#blocks.has(number) || this.#empty.has(number);
  }

  #block(number: number): Uint8Array {
    let block = this.#blocks.get(number);
    if (block) this.#blocks.delete(number);
    else {
      const start = number * blockSize;
      block = new Uint8Array(Math.min(blockSize, this.size - start));
      this.#disk.read(start, block);
      if (isEmpty(block)) {
        this.#empty.add(number);
        return block;
      }
      for (const oldest of this.#blocks.keys()) {
        if (this.#blocks.size < mostBlocks) break;
        this.#blocks.delete(oldest);
      }
    }
    this.#blocks.set(number, block);
    return block;
  }
}

function isEmpty(block: Uint8Array): boolean {
  return zeroes.subarray(0, block.length).equals(block);
}
