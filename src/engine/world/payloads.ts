/**
 * The kinds of payload. Their checksum is the CRC-32 (as zlib computes it) of the bytes, however the
 * payload came about: what was cut, stored in pieces and joined again has the checksum that it had.
 */
export { bytesPayload } from './payload/bytes.ts';
export { createSimulatedCodec } from './payload/compressed.ts';
export { corrupted } from './payload/corrupted.ts';
export { joinPayloads, partsOf } from './payload/join.ts';
export { samePayload } from './payload/same.ts';
export { syntheticPayload } from './payload/synthetic.ts';
export { isZeroes, zeroes } from './payload/zeroes.ts';
