import { crc32OfZeroes } from '../crc32.ts';
import type { Payload } from '../payload.ts';
import { checkLength, checkPart } from './bounds.ts';

/** Nothing but zero bytes, whatever the length. */
export class ZeroPayload implements Payload {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  slice(start: number, end: number): Payload {
    checkPart(this.length, start, end);
    return start === 0 && end === this.length ? this : new ZeroPayload(end - start);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.length);
  }

  checksum(): number {
    return crc32OfZeroes(this.length);
  }

  joined(next: Payload): Payload | undefined {
    return next instanceof ZeroPayload ? new ZeroPayload(this.length + next.length) : undefined;
  }
}

export function zeroes(length: number): Payload {
  checkLength(length);
  return new ZeroPayload(length);
}

/** Whether the payload is known, without a look at its bytes, to hold nothing but zeroes. */
export function isZeroes(payload: Payload): boolean {
  return payload instanceof ZeroPayload;
}
