/** A disk whose blocks are remembered: 7-Zip reads the tables of a file system anew for each thing it does. */
import type { SynchronousDisk } from './disk.ts';

/** Bytes. One request fetches all of it, so that small reads next to each other are one. */
const blockSize = 256 * 1024;
const mostBlocks = 128;

export class CachedDisk implements SynchronousDisk {
  readonly size: number;
  readonly #disk: SynchronousDisk;
  /** By the number of the block, the least recently used first. */
  readonly #blocks = new Map<number, Uint8Array>();

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
      if (within === 0 && rest >= blockSize && !this.#blocks.has(number)) {
        // What is read in long pieces is content, which is read once.
        const whole = rest - (rest % blockSize);
        const length = this.#untilKnown(number, whole);
        this.#disk.read(at, into.subarray(done, done + length));
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
    while (blocks * blockSize < length && !this.#blocks.has(from + blocks)) blocks++;
    return blocks * blockSize;
  }

  #block(number: number): Uint8Array {
    let block = this.#blocks.get(number);
    if (block) this.#blocks.delete(number);
    else {
      const start = number * blockSize;
      block = new Uint8Array(Math.min(blockSize, this.size - start));
      this.#disk.read(start, block);
      for (const oldest of this.#blocks.keys()) {
        if (this.#blocks.size < mostBlocks) break;
        this.#blocks.delete(oldest);
      }
    }
    this.#blocks.set(number, block);
    return block;
  }
}
