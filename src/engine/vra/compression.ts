/** How a sending VRA makes a frame's data small: once, for WAN and journal alike (law 9). */
import type { Payload } from '../world/payload.ts';
import type { Codec, Encoding } from '../world/world.ts';

/**
 * Of the codec's levels 1 to 9. What a level is worth against the CPU that it costs depends on the
 * host's load; giving way to it is the place where this constant becomes a decision (VRA-4).
 */
const compressionLevel = 3;

export interface Packed {
  readonly encoding: Encoding;
  readonly data: Payload;
}

export type Packer = (raw: Payload, compress: boolean) => Packed;

export function createPacker(codec: Codec): Packer {
  return (raw, compress) =>
    compress && raw.length > 0
      ? codec.compress(raw, compressionLevel)
      : { encoding: 'none', data: raw };
}
