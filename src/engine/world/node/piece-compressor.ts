/**
 * Compression of pieces, one after another, by the system's threads. Making a compressor ready costs more than it takes
 * to compress a short piece, so each is kept and used again.
 */
import type { TransformOptions } from 'node:stream';
import * as zlib from 'node:zlib';

/** Bytes of the result that are made room for at once: those of a piece, and what may be added to it. */
const roomAtOnce = 65 * 1024;
/** Bytes of results that may wait to be read: more than those of one piece, or the stream would stop there. */
const mostUnread = 128 * 1024 * 1024;
/** Compressors of a level that are kept while nobody needs them. */
const mostIdle = 2;

type Done = (compressed: readonly Uint8Array[] | undefined) => void;

export class PieceCompressors {
  readonly #idle = new Map<number, zlib.ZstdCompress[]>();

  /** Calls back, later, with each piece as a frame of its own; with undefined where that failed. */
  compress(pieces: readonly Uint8Array[], level: number, done: Done): void {
    const stream = this.#idle.get(level)?.pop() ?? compressor(level);
    const compressed: Uint8Array[] = [];
    let over = false;
    const finish = (result: readonly Uint8Array[] | undefined): void => {
      if (over) return;
      over = true;
      stream.off('error', failed);
      if (result === undefined) stream.destroy();
      else this.#keep(level, stream);
      done(result);
    };
    const failed = (): void => {
      finish(undefined);
    };
    const next = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) {
        finish(compressed);
        return;
      }
      stream.write(piece, (error) => {
        const result = stream.read() as Buffer | null;
        if (error || result === null) {
          finish(undefined);
          return;
        }
        compressed.push(result);
        next(index + 1);
      });
    };
    stream.on('error', failed);
    next(0);
  }

  #keep(level: number, stream: zlib.ZstdCompress): void {
    const idle = this.#idle.get(level) ?? [];
    this.#idle.set(level, idle);
    if (idle.length < mostIdle) idle.push(stream);
    else stream.destroy();
  }
}

function compressor(level: number): zlib.ZstdCompress {
  const options: zlib.ZstdOptions & Pick<TransformOptions, 'readableHighWaterMark'> = {
    // All that is written at once is a frame.
    flush: zlib.constants.ZSTD_e_end,
    chunkSize: roomAtOnce,
    readableHighWaterMark: mostUnread,
    params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
  };
  return zlib.createZstdCompress(options);
}
