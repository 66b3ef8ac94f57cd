/** Compression with what Node brings along: zstd since 22.15 and 23.8. */
import * as zlib from 'node:zlib';
import type { Payload } from '../payload.ts';
import { bytesPayload } from '../payloads.ts';
import { WorldError } from '../world.ts';
import type { Codec, Encoding } from '../world.ts';

/** Below this, in bytes, a frame is not worth the call. */
const leastWorthwhile = 256;

/** Whether this Node compresses at all; without it, everything crosses the wire as it is. */
export const hasZstd = 'zstdCompressSync' in zlib;

export function createNodeCodec(): Codec {
  return { compress, expand };
}

function compress(payload: Payload, level: number): ReturnType<Codec['compress']> {
  const plain = { encoding: 'none', data: payload } as const;
  if (!hasZstd || level <= 0 || payload.length < leastWorthwhile) return plain;
  const bytes = payload.bytes();
  const compressed = zlib.zstdCompressSync(bytes, {
    params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
  });
  if (compressed.length >= payload.length) return plain;
  return { encoding: 'zstd', data: bytesPayload(compressed) };
}

function expand(encoding: Encoding, data: Payload, rawLength: number): Payload {
  const raw = encoding === 'none' ? data : expanded(data, rawLength);
  if (raw.length === rawLength) return raw;
  throw corrupt(encoding, data, rawLength, `they are ${raw.length} bytes`);
}

function expanded(data: Payload, rawLength: number): Payload {
  if (!hasZstd) {
    throw corrupt('zstd', data, rawLength, 'this Node has no zstd, it takes 22.15 or later');
  }
  try {
    return bytesPayload(
      zlib.zstdDecompressSync(data.bytes(), { maxOutputLength: Math.max(1, rawLength) }),
    );
  } catch (error) {
    throw corrupt('zstd', data, rawLength, error instanceof Error ? error.message : String(error));
  }
}

function corrupt(encoding: Encoding, data: Payload, rawLength: number, why: string): WorldError {
  const what = `${data.length} bytes (${encoding}) do not expand to ${rawLength} bytes: ${why}`;
  return new WorldError('corrupt', 'compressed data', what);
}
