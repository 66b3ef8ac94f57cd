/** Compression with what Node brings along: zstd since 22.15 and 23.8. */
import * as zlib from 'node:zlib';
import type { Payload } from '../payload.ts';
import { bytesPayload } from '../payloads.ts';
import type { Life } from '../schedule/life.ts';
import { WorldError } from '../world.ts';
import { PieceCompressors } from './piece-compressor.ts';
import { expandShort } from './zstd-decoder.ts';
import type { Codec, Compressed, Encoding } from '../world.ts';

/** Below this, in bytes, a frame is not worth the call. */
const leastWorthwhile = 256;
/**
 * Bytes. Expanding 16 KiB takes little longer than expanding 4 KiB, and compressing a third of the time; of files in random order, 4 KiB
 * at a time, such pieces are 5 to 21 % larger than one of 256 KiB is (`bench/README.md`).
 */
const pieces = { least: 16 * 1024, longest: 64 * 1024 };
/** From this on, in bytes, compressing takes longer than handing it to a thread of the system and back. */
const leastAside = 16 * 1024;
/** Bytes that zstd may add to what it cannot compress: its header, and three for each block of 128 KiB. */
const overhead = 1024;

/** Whether this Node compresses at all; without it, everything crosses the wire as it is. */
export const hasZstd = 'zstdCompressSync' in zlib;

/** The codec of one life of a process: what it compresses aside is heard of only while that lasts. */
export function createNodeCodec(life: Pick<Life, 'alive'> = { alive: true }): Codec {
  if (!hasZstd) return { pieces, compress, expand };
  return {
    pieces,
    compress,
    expand,
    aside: {
      from: leastAside,
      compress(payloads, level, done) {
        const bytes = payloads.map((payload) => payload.bytes());
        compressors.compress(bytes, level, (compressed) => {
          if (!life.alive) return;
          // Data that cannot be compressed is no less worth sending.
          done(payloads.map((payload, index) => shorter(payload, compressed?.[index])));
        });
      },
    },
  };
}

const compressors = new PieceCompressors();

function compress(payload: Payload, level: number): Compressed {
  if (!hasZstd || level <= 0 || payload.length < leastWorthwhile) return plain(payload);
  const bytes = payload.bytes();
  return shorter(payload, zlib.zstdCompressSync(bytes, optionsFor(bytes, level)));
}

/** With room for all of the result: otherwise it is made of many pieces of 16 KiB, each with a call of its own. */
function optionsFor({ length }: Uint8Array, level: number): zlib.ZstdOptions {
  return {
    chunkSize: length + overhead,
    params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
  };
}

function plain(payload: Payload): Compressed {
  return { encoding: 'none', data: payload };
}

function shorter(payload: Payload, compressed: Uint8Array | undefined): Compressed {
  if (!compressed || compressed.length >= payload.length) return plain(payload);
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
  const short = expandShort(data.bytes(), rawLength);
  if (short) return bytesPayload(short);
  try {
    const most = Math.max(1, rawLength);
    return bytesPayload(
      zlib.zstdDecompressSync(data.bytes(), {
        maxOutputLength: most,
        chunkSize: Math.max(leastChunk, rawLength),
      }),
    );
  } catch (error) {
    throw corrupt('zstd', data, rawLength, error instanceof Error ? error.message : String(error));
  }
}

/** Bytes: Node takes no smaller piece. */
const leastChunk = 64;

function corrupt(encoding: Encoding, data: Payload, rawLength: number, why: string): WorldError {
  const what = `${data.length} bytes (${encoding}) do not expand to ${rawLength} bytes: ${why}`;
  return new WorldError('corrupt', 'compressed data', what);
}
