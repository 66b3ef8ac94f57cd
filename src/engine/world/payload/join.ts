/** Payloads one behind the other, without copying what they hold. */
import { crc32OfBoth } from '../crc32.ts';
import type { Payload } from '../payload.ts';
import { checkPart } from './bounds.ts';
import { BytesPayload } from './bytes.ts';
import { SyntheticPayload } from './synthetic.ts';
import { ZeroPayload, zeroes } from './zeroes.ts';

class JoinedPayload implements Payload {
  readonly length: number;
  /** At least two, none of them empty or joined itself. */
  readonly parts: readonly Payload[];
  /** Where each part ends, once a part of many is looked for. */
  #ends: Float64Array | undefined;
  #checksum: number | undefined;

  constructor(parts: readonly Payload[]) {
    this.parts = parts;
    let length = 0;
    for (const part of parts) length += part.length;
    this.length = length;
  }

  slice(start: number, end: number): Payload {
    checkPart(this.length, start, end);
    if (start === 0 && end === this.length) return this;
    if (start === end) return zeroes(0);
    const parts: Payload[] = [];
    let index = 0;
    let at = 0;
    if (this.parts.length > fewParts) {
      const ends = (this.#ends ??= endsOf(this.parts));
      index = partAt(ends, start);
      at = ends[index - 1] ?? 0;
    }
    for (; at < end; index++) {
      const part = this.parts[index];
      if (!part) break;
      if (at + part.length <= start) {
        at += part.length;
        continue;
      }
      const from = Math.max(0, start - at);
      const to = Math.min(part.length, end - at);
      parts.push(part.slice(from, to));
      at += part.length;
    }
    const [only] = parts;
    return only && parts.length === 1 ? only : new JoinedPayload(parts);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      // A zero part has nothing to copy, and may be far longer than it is worth generating.
      if (!(part instanceof ZeroPayload)) bytes.set(part.bytes(), at);
      at += part.length;
    }
    return bytes;
  }

  checksum(): number {
    if (this.#checksum !== undefined) return this.#checksum;
    let crc = 0;
    for (const part of this.parts) crc = crc32OfBoth(crc, part.checksum(), part.length);
    return (this.#checksum = crc);
  }
}

/** Up to so many are gone through one by one. */
const fewParts = 8;

function endsOf(parts: readonly Payload[]): Float64Array {
  const ends = new Float64Array(parts.length);
  let end = 0;
  for (let index = 0; index < parts.length; index++) {
    end += parts[index]?.length ?? 0;
    ends[index] = end;
  }
  return ends;
}

/** Index of the part that holds the byte at `offset`. */
function partAt(ends: Float64Array, offset: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The payloads joined in their order. Neighbours that continue each other (the same content, the same
 * memory, zeroes) become one, so that what was cut and joined again is what it was.
 */
export function joinPayloads(payloads: readonly Payload[]): Payload {
  const [only] = payloads;
  if (only && payloads.length === 1) return only;
  const parts: Payload[] = [];
  for (const payload of payloads) {
    if (payload instanceof JoinedPayload) for (const part of payload.parts) append(parts, part);
    else append(parts, payload);
  }
  const [single] = parts;
  if (!single) return zeroes(0);
  return parts.length === 1 ? single : new JoinedPayload(parts);
}

/** What a payload is joined of; itself where it is of one piece. */
export function partsOf(payload: Payload): readonly Payload[] {
  return payload instanceof JoinedPayload ? payload.parts : [payload];
}

/** What a payload is joined of; nothing where it is of one piece. */
export function joinedPartsOf(payload: Payload): readonly Payload[] {
  return payload instanceof JoinedPayload ? payload.parts : none;
}

const none: readonly Payload[] = [];

function append(parts: Payload[], part: Payload): void {
  if (part.length === 0) return;
  const last = parts[parts.length - 1];
  const joined = last && continued(last, part);
  if (joined) parts[parts.length - 1] = joined;
  else parts.push(part);
}

function continued(last: Payload, next: Payload): Payload | undefined {
  if (last instanceof SyntheticPayload) return last.joined(next);
  if (last instanceof ZeroPayload) return last.joined(next);
  if (last instanceof BytesPayload) return last.joined(next);
  return undefined;
}
