/** A payload as what goes to a file: bytes, and stretches of zeroes that need not be written over a hole. */
import type { Payload } from '../payload.ts';
import { partsOf } from '../payload/join.ts';
import { ZeroPayload } from '../payload/zeroes.ts';

/** Zeroes shorter than this, in bytes, are written like anything else. */
const shortestHole = 64 * 1024;
/** Bytes that go to the system in one call. */
const mostAtOnce = 16 * 1024 * 1024;

/** The zeroes that everything is compared with and written from. */
export const zeroBlock = new Uint8Array(1024 * 1024);

export interface Piece {
  readonly offset: number;
  readonly length: number;
  /** What to write, one behind the other; undefined: zeroes. */
  readonly buffers: readonly Uint8Array[] | undefined;
}

export function piecesOf(offset: number, parts: readonly Payload[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = offset;
  let start = offset;
  let buffers: Uint8Array[] = [];
  const flush = (): void => {
    if (buffers.length > 0) pieces.push({ offset: start, length: at - start, buffers });
    buffers = [];
  };
  for (const part of parts.flatMap(partsOf)) {
    if (part.length === 0) continue;
    if (part.length >= shortestHole && isZero(part)) {
      flush();
      pieces.push({ offset: at, length: part.length, buffers: undefined });
    } else {
      if (buffers.length === 0) start = at;
      buffers.push(part.bytes());
    }
    at += part.length;
    if (at - start >= mostAtOnce) flush();
  }
  flush();
  return pieces;
}

function isZero(part: Payload): boolean {
  return part instanceof ZeroPayload || isAllZero(part.bytes());
}

/** Costs nearly nothing where the first bytes are not zero. */
export function isAllZero(bytes: Uint8Array): boolean {
  if ((bytes[0] ?? 0) !== 0) return false;
  for (let at = 0; at < bytes.length; at += zeroBlock.length) {
    const part = bytes.subarray(at, at + zeroBlock.length);
    if (Buffer.compare(part, zeroBlock.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}
