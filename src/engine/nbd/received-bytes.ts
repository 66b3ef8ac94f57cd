/** Bytes that have arrived and are not understood yet: headers are read in place, data is taken without a copy. */
import type { Payload } from '../world/payload.ts';
import { bytesPayload, joinPayloads } from '../world/payloads.ts';

interface Arrived {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** What is shorter than this is copied together with what follows it. */
const crumb = 2048;
const slabSize = 64 * 1024;

function arrived(bytes: Uint8Array): Arrived {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

export class ReceivedBytes {
  #slab = new Uint8Array(0);
  #slabUsed = 0;
  #arrived: Arrived[] = [];
  /** Index of the first that is not used up, and how much of it is. */
  #first = 0;
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (bytes.length < crumb && this.#arrived.length > 0) this.#gather(bytes);
    else this.#arrived.push(arrived(bytes));
  }

  /**
   * Looks at the next `length` bytes, all of which must be there: `view` and where in it they begin. What was looked
   * at counts as there until {@link skip}.
   */
  look(length: number): { readonly view: DataView; readonly at: number } {
    const first = this.#arrived[this.#first];
    if (first && first.bytes.length - this.#used >= length) {
      return { view: first.view, at: this.#used };
    }
    const copy = new Uint8Array(length);
    let at = 0;
    let from = this.#used;
    for (let index = this.#first; at < length; index++) {
      const bytes = this.#arrived[index]?.bytes;
      if (!bytes) throw new RangeError(`${length} bytes are looked at, ${this.#length} are there`);
      const part = bytes.subarray(from, Math.min(bytes.length, from + length - at));
      copy.set(part, at);
      at += part.length;
      from = 0;
    }
    return { view: new DataView(copy.buffer), at: 0 };
  }

  /** Forgets the next bytes, at most `length` of them, and says how many. */
  skip(length: number): number {
    const skipped = Math.min(length, this.#length);
    this.#length -= skipped;
    let rest = skipped;
    while (rest > 0) {
      const bytes = this.#arrived[this.#first]?.bytes;
      if (!bytes) break;
      const taken = Math.min(rest, bytes.length - this.#used);
      this.#advance(bytes, taken);
      rest -= taken;
    }
    return skipped;
  }

  /** Takes the next `length` bytes, all of which must be there, out as a payload that shares their memory. */
  take(length: number): Payload {
    if (length > this.#length) {
      throw new RangeError(`${length} bytes are taken, ${this.#length} are there`);
    }
    this.#length -= length;
    const parts: Payload[] = [];
    let rest = length;
    while (rest > 0) {
      const bytes = this.#arrived[this.#first]?.bytes;
      if (!bytes) break;
      const taken = Math.min(rest, bytes.length - this.#used);
      parts.push(bytesPayload(bytes.subarray(this.#used, this.#used + taken)));
      this.#advance(bytes, taken);
      rest -= taken;
    }
    return joinPayloads(parts);
  }

  clear(): void {
    this.#arrived = [];
    this.#first = 0;
    this.#used = 0;
    this.#length = 0;
  }

  /** Puts crumbs together: what comes byte by byte must not cost an object each. */
  #gather(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#slabUsed + length > this.#slab.length) {
      this.#slab = new Uint8Array(slabSize);
      this.#slabUsed = 0;
    }
    const begin = this.#slabUsed;
    this.#slab.set(bytes, begin);
    this.#slabUsed += length;
    const index = this.#arrived.length - 1;
    const last = this.#arrived[index]?.bytes;
    const { buffer } = this.#slab;
    if (last?.buffer === buffer && last.byteOffset + last.length === begin) {
      this.#arrived[index] = arrived(new Uint8Array(buffer, last.byteOffset, last.length + length));
    } else {
      this.#arrived.push(arrived(this.#slab.subarray(begin, begin + length)));
    }
  }

  #advance(bytes: Uint8Array, taken: number): void {
    this.#used += taken;
    if (this.#used < bytes.length) return;
    this.#used = 0;
    this.#first++;
    if (this.#first === this.#arrived.length) {
      this.#arrived = [];
      this.#first = 0;
    } else if (this.#first >= 1024) {
      this.#arrived.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
