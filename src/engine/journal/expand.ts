/** A frame's raw data, expanded once and only when it is needed. */
import type { Payload } from '../world/payload.ts';
import { WorldError } from '../world/world.ts';
import type { Codec } from '../world/world.ts';
import type { ReadFrame } from './frame-reader.ts';

/** A function that answers the raw data, or why there is none. */
export function expandFrame(codec: Codec, { frame, data }: ReadFrame): () => Payload | string {
  let raw: Payload | string | undefined;
  return () => (raw ??= expanded(codec, frame.encoding, data, frame.rawLength));
}

function expanded(
  codec: Codec,
  encoding: ReadFrame['frame']['encoding'],
  data: Payload,
  rawLength: number,
): Payload | string {
  try {
    const raw = codec.expand(encoding, data, rawLength);
    return raw.length === rawLength ? raw : `the data expands to ${raw.length} bytes`;
  } catch (error) {
    // Data that passes its checksum and still does not expand was broken when the sender sent it.
    if (error instanceof WorldError && error.code === 'corrupt') return error.message;
    throw error;
  }
}
