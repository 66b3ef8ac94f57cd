import { crc32, crc32OfBoth } from '../crc32.ts';
import type { Payload } from '../payload.ts';
import { checkPart } from './bounds.ts';

/** Real bytes. They are shared, so nobody may change them afterwards. */
export class BytesPayload implements Payload {
  readonly length: number;
  readonly data: Uint8Array;
  #checksum: number | undefined;

  constructor(data: Uint8Array) {
    this.length = data.length;
    this.data = data;
  }

  slice(start: number, end: number): Payload {
    checkPart(this.length, start, end);
    if (start === 0 && end === this.length) return this;
    return new BytesPayload(this.data.subarray(start, end));
  }

  bytes(): Uint8Array {
    return this.data;
  }

  checksum(): number {
    return (this.#checksum ??= crc32(this.data));
  }

  /** What both are together, where `next` lies right behind in the same memory. */
  joined(next: Payload): Payload | undefined {
    if (!(next instanceof BytesPayload)) return undefined;
    const { data } = this;
    if (next.data.buffer !== data.buffer) return undefined;
    if (next.data.byteOffset !== data.byteOffset + data.length) return undefined;
    const both = new BytesPayload(
      new Uint8Array(data.buffer, data.byteOffset, data.length + next.data.length),
    );
    if (this.#checksum !== undefined && next.#checksum !== undefined) {
      both.#checksum = crc32OfBoth(this.#checksum, next.#checksum, next.length);
    }
    return both;
  }
}

export function bytesPayload(data: Uint8Array): Payload {
  return new BytesPayload(data);
}
