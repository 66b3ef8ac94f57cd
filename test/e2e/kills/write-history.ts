/**
 * What was written to disks and when, and whether an image can be those disks at one moment.
 *
 * Writes are numbered when they begin and when they have been acknowledged, by one count for all disks. An image is
 * a cut through them: if it holds a write, it holds every one that was acknowledged before that one began, on whatever
 * disk, and nothing that was overwritten by them. What was acknowledged before a checkpoint's time it holds in any case.
 */
import { createHash } from 'node:crypto';

export const blockSize = 4096;

/** Milliseconds within which a cut is made after the time that it is named by. */
const cutTime = 5000;
/** The fingerprint of zeroes. */
const zeroes = 0;

export interface Write {
  readonly begin: number;
  readonly beganAt: number;
  /** Infinity: not acknowledged. */
  end: number;
  /** Milliseconds since 1970. */
  endAt: number;
  readonly versions: readonly Version[];
}

interface Version {
  readonly disk: number;
  readonly block: number;
  readonly content: number;
  readonly write: Write;
  /** Found on the protected disk after a crash that had cut its write off: when that was. */
  foundBy?: { readonly tick: number; readonly at: number };
  /** When it was found that the crash had lost it. */
  lostAt?: number;
}

export class WriteHistory {
  /** By disk and block, in the order in which they began. */
  readonly #versions: readonly (Version[] | undefined)[][];
  readonly #began: { readonly at: number; readonly tick: number }[] = [];
  readonly #names: readonly string[];
  #open = new Set<Write>();
  #tick = 0;
  /** Writes that were acknowledged. */
  acknowledged = 0;

  constructor(names: readonly string[], blocks: number) {
    this.#names = names;
    this.#versions = names.map(() => new Array<Version[] | undefined>(blocks));
  }

  /** A write begins, at the present moment unless another one is given; without data it is one of zeroes. */
  begin(disk: number, offset: number, length: number, data?: Buffer, at = Date.now()): Write {
    if (offset % blockSize !== 0 || length % blockSize !== 0) {
      throw new RangeError(`${length} bytes at ${offset} are not whole blocks`);
    }
    const tick = ++this.#tick;
    const versions: Version[] = [];
    const write: Write = { begin: tick, beganAt: at, end: Infinity, endAt: Infinity, versions };
    for (let from = 0; from < length; from += blockSize) {
      const content = data ? fingerprint(data.subarray(from, from + blockSize)) : zeroes;
      const block = (offset + from) / blockSize;
      const known = this.#of(disk, block);
      if (content !== zeroes && known.some((version) => version.content === content)) {
        throw new Error(`block ${block} was given the same content twice: it cannot be told apart`);
      }
      const version: Version = { disk, block, content, write };
      versions.push(version);
      known.push(version);
    }
    this.#began.push({ at, tick });
    this.#open.add(write);
    return write;
  }

  acknowledge(write: Write, at = Date.now()): void {
    write.end = ++this.#tick;
    write.endAt = at;
    this.#open.delete(write);
    this.acknowledged += 1;
  }

  /** After a crash: what the protected disks hold of the writes that it cut off, block by block. */
  settle(contents: readonly Buffer[], at = Date.now()): void {
    const tick = ++this.#tick;
    for (const write of this.#open) {
      for (const version of write.versions) {
        const { disk, block, content } = version;
        const held = contents[disk]?.subarray(block * blockSize, (block + 1) * blockSize);
        if (held && fingerprint(held) === content) version.foundBy = { tick, at };
        else version.lostAt = at;
      }
    }
    this.#open = new Set();
  }

  /**
   * Holds what the disks are said to have been at a time against what was written.
   *
   * @throws Error that names the block
   */
  verify(what: string, contents: readonly Buffer[], time: number): void {
    const held = contents.map((content) => fingerprints(content));
    const seen = new Set<Write>();
    let newest = 0;
    const versions = held.map((blocks, disk) =>
      blocks.map((content, block) => {
        if (content === zeroes) return undefined;
        const version = this.#of(disk, block).find((each) => each.content === content);
        if (!version) throw this.#wrong(what, disk, block, 'holds what nobody wrote');
        if ((version.lostAt ?? Infinity) < time) {
          throw this.#wrong(what, disk, block, 'holds a write that a crash had lost before');
        }
        if (version.write.end < Infinity) seen.add(version.write);
        newest = Math.max(newest, version.write.begin);
        return version;
      }),
    );
    const horizon = Math.max(newest, this.#tickAt(time + cutTime));
    for (const [disk, blocks] of versions.entries()) {
      for (const [block, version] of blocks.entries()) {
        const known = this.#of(disk, block);
        const settled = version ? endOf(version) : this.#lastZeroed(known, horizon, time);
        for (let index = known.length - 1; index >= 0; index--) {
          const later = known[index];
          if (!later || later.write.begin <= settled) break;
          const isPartOfSeen = seen.has(later.write);
          const isDue = endOf(later) < newest || endAtOf(later) < time;
          if (!isPartOfSeen && !isDue) continue;
          const why = isPartOfSeen
            ? 'lacks a part of a write that it holds'
            : endAtOf(later) < time
              ? `lacks a write that was acknowledged ${Math.round(time - endAtOf(later))} ms before its time`
              : 'lacks a write that was acknowledged before one began that it holds';
          throw this.#wrong(what, disk, block, why);
        }
      }
    }
  }

  /** When the last of the writes of zeroes ended that a block of zeroes may come from. */
  #lastZeroed(known: readonly Version[], horizon: number, time: number): number {
    let end = 0;
    for (const version of known) {
      if (version.content !== zeroes || version.write.begin > horizon) continue;
      if ((version.lostAt ?? Infinity) < time) continue;
      end = Math.max(end, endOf(version));
    }
    return end;
  }

  /** The count at a time. */
  #tickAt(time: number): number {
    let low = 0;
    let high = this.#began.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#began[middle]?.at ?? Infinity) <= time) low = middle + 1;
      else high = middle;
    }
    return this.#began[low - 1]?.tick ?? 0;
  }

  #of(disk: number, block: number): Version[] {
    const blocks = this.#versions[disk];
    if (!blocks || block >= blocks.length) throw new RangeError(`there is no block ${block}`);
    return (blocks[block] ??= []);
  }

  #wrong(what: string, disk: number, block: number, why: string): Error {
    return new Error(`${what}: block ${block} of ${this.#names[disk] ?? disk} ${why}`);
  }
}

function endOf({ write, foundBy }: Version): number {
  return foundBy?.tick ?? write.end;
}

function endAtOf({ write, foundBy }: Version): number {
  return foundBy?.at ?? write.endAt;
}

function fingerprints(content: Buffer): number[] {
  const all: number[] = [];
  for (let at = 0; at < content.length; at += blockSize) {
    all.push(fingerprint(content.subarray(at, at + blockSize)));
  }
  return all;
}

const zeroBlock = Buffer.alloc(blockSize);

/** 48 bits of its SHA-1; 0 of zeroes alone. */
function fingerprint(block: Buffer): number {
  if (block.equals(zeroBlock)) return zeroes;
  return createHash('sha1').update(block).digest().readUIntBE(0, 6) || 1;
}
