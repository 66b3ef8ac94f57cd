/**
 * Expands short pieces by zstd's own decoder as WebAssembly. Node's zlib makes a context, a stream and a buffer for every
 * call, which takes several times as long as the expanding does; a piece of 16 KiB takes 7 µs here and 42 there. Long ones are better
 * left to zlib, whose code is the machine's own.
 */

interface Decoder {
  init(): Promise<void>;
  decode(bytes: Uint8Array, rawLength: number): Uint8Array;
}

/** Bytes before compression from which on zlib is as fast. */
const tooLong = 128 * 1024;

let decoder: Decoder | undefined;
let asked = false;

/** Undefined where it cannot tell, and zlib has to: it is not loaded yet, or not there, or the data is not what it should be. */
export function expandShort(bytes: Uint8Array, rawLength: number): Uint8Array | undefined {
  if (rawLength === 0 || rawLength >= tooLong) return undefined;
  if (decoder === undefined) {
    if (!asked) void load();
    return undefined;
  }
  try {
    const raw = decoder.decode(bytes, rawLength);
    return raw.length === rawLength ? raw : undefined;
  } catch {
    // Whatever state this leaves it in, it is not asked again.
    decoder = undefined;
    return undefined;
  }
}

/** Resolves with whether there is a decoder. Loading begins by itself with the first that could have used it. */
export async function load(): Promise<boolean> {
  asked = true;
  try {
    const { ZSTDDecoder } = await import('zstddec');
    const loaded: Decoder = new ZSTDDecoder();
    await loaded.init();
    decoder = loaded;
    return true;
  } catch {
    // An optional package: zlib does the same.
    return false;
  }
}
