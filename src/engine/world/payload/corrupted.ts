import type { Payload } from '../payload.ts';
import { bytesPayload } from './bytes.ts';
import { joinPayloads } from './join.ts';

/**
 * The payload with one bit flipped, in the byte at `at` (by default the middle one): the smallest damage
 * there is, which a checksum must notice. A payload without bytes cannot be damaged and is given back.
 */
export function corrupted(payload: Payload, at = payload.length >>> 1): Payload {
  if (payload.length === 0) return payload;
  const [byte = 0] = payload.slice(at, at + 1).bytes();
  return joinPayloads([
    payload.slice(0, at),
    bytesPayload(Uint8Array.of(byte ^ 1)),
    payload.slice(at + 1, payload.length),
  ]);
}
