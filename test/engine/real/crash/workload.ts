/**
 * What the crash test writes. Everything follows from the number of a batch: whoever knows how far the load
 * came knows every byte.
 *
 * A batch is a few requests to one VM, side by side; the next one, to the other VM, begins when all of them
 * are acknowledged. So an image may hold a part of one batch, all of those before it and none after it,
 * across both VMs: anything else breaks the order of writes.
 */
import { createRandom } from '../../../../src/engine/world/random.ts';
import { diskSize } from '../real-labs.ts';

export const blockSize = 4096;
export const disks = ['web/data', 'db/data'] as const;
export const blocks = diskSize / blockSize;

/** Blocks that the load writes to: few enough to be overwritten, apart enough to reach all of a disk. */
const spread = 7;
const workingSet = Math.floor(blocks / spread);
const requestsInBatch = 6;

export interface BlockRequest {
  readonly disk: 0 | 1;
  readonly block: number;
  /** One block, or the two from `block` on. */
  readonly count: 1 | 2;
  readonly zero: boolean;
}

/** The requests of a batch (from 1 on); no two of them touch the same block. */
export function batchOf(number: number): readonly BlockRequest[] {
  const random = createRandom(number);
  const requests: BlockRequest[] = [];
  const taken = new Set<number>();
  while (requests.length < requestsInBatch) {
    const place = random.integer(workingSet);
    if (taken.has(place)) continue;
    taken.add(place);
    // The first one writes, so that a batch can be seen in an image.
    const zero = requests.length > 0 && random.integer(8) === 0;
    const count = random.integer(4) === 0 ? 2 : 1;
    requests.push({ disk: number % 2 === 0 ? 0 : 1, block: place * spread, count, zero });
  }
  return requests;
}

/** What a block holds after it was written in a batch: its number, its place, and bytes that follow from them. */
export function contentOf(number: number, block: number): Buffer {
  const content = Buffer.alloc(blockSize);
  content.writeUInt32LE(number, 0);
  content.writeUInt32LE(block, 4);
  const random = createRandom(number * 65_536 + block);
  for (let at = 8; at < 64; at += 4) content.writeUInt32LE(random.integer(2 ** 32), at);
  for (let at = 64; at < blockSize; at += 64) content.copyWithin(at, 0, 64);
  return content;
}

/** The number of the batch that wrote a block; 0 where it is zeroes. */
export function numberIn(content: Buffer): number {
  return content.readUInt32LE(0);
}

/** Batches that a crash left half done, and which of their requests are on the protected disk. */
export type HalfDone = ReadonlyMap<number, readonly boolean[]>;

/** What both disks hold after batches: block by block, the number of the batch that wrote it, or 0. */
export class Expected {
  readonly #numbers = disks.map(() => new Uint32Array(blocks));
  readonly #halfDone: HalfDone;
  #upTo = 0;

  constructor(halfDone: HalfDone) {
    this.#halfDone = halfDone;
  }

  get upTo(): number {
    return this.#upTo;
  }

  /** Moves on to the state after a batch. */
  advance(upTo: number): void {
    while (this.#upTo < upTo) {
      this.#upTo += 1;
      const done = this.#halfDone.get(this.#upTo);
      for (const [index, request] of batchOf(this.#upTo).entries()) {
        if (done && done[index] !== true) continue;
        for (let block = request.block; block < request.block + request.count; block++) {
          this.#set(request.disk, block, request.zero ? 0 : this.#upTo);
        }
      }
    }
  }

  #set(disk: number, block: number, number: number): void {
    const numbers = this.#numbers[disk];
    if (numbers) numbers[block] = number;
  }

  number(disk: number, block: number): number {
    return this.#numbers[disk]?.[block] ?? 0;
  }
}

/**
 * Holds what two disks hold against what was written. Answers the newest batch that they hold anything of.
 *
 * @param acknowledged the last batch that they have to hold
 * @param last the last batch that was ever begun
 * @throws Error that names the first block that is not as it should be
 */
export function verify(
  what: string,
  contents: readonly Buffer[],
  acknowledged: number,
  last: number,
  halfDone: HalfDone,
): number {
  let newest = acknowledged;
  for (const content of contents) {
    for (let at = 0; at < content.length; at += blockSize) {
      newest = Math.max(newest, content.readUInt32LE(at));
    }
  }
  if (newest > last) throw new Error(`${what}: holds batch ${newest}, the last begun is ${last}`);
  const expected = new Expected(halfDone);
  // Of the newest batch each request may be there or not; of those that have to be there, all is.
  const partly = newest > acknowledged ? newest : 0;
  expected.advance(partly > 0 ? newest - 1 : newest);
  const maybe = new Map<string, number>();
  for (const { disk, block, count, zero } of partly > 0 ? batchOf(partly) : []) {
    for (let each = block; each < block + count; each++) {
      maybe.set(`${disk} ${each}`, zero ? 0 : partly);
    }
  }
  for (const [disk, content] of contents.entries()) {
    for (let block = 0; block < blocks; block++) {
      const held = content.subarray(block * blockSize, (block + 1) * blockSize);
      const number = numberIn(held);
      const wanted = expected.number(disk, block);
      const whole = number === 0 ? isZero(held) : held.equals(contentOf(number, block));
      const allowed = number === wanted || maybe.get(`${disk} ${block}`) === number;
      if (whole && allowed) continue;
      const has = whole ? `batch ${number}` : `no batch's content (it begins with ${number})`;
      throw new Error(
        `${what}: block ${block} of ${disks[disk] ?? disk} holds ${has}, not batch ${wanted}; ` +
          `newest batch ${newest}, acknowledged ${acknowledged}`,
      );
    }
  }
  return newest;
}

const zeroBlock = Buffer.alloc(blockSize);

function isZero(content: Buffer): boolean {
  return content.equals(zeroBlock);
}
