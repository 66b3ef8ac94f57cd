/** Where the data of a journal's frames lies, for harm that is to hit data that somebody will read. */
import { decodeFrame } from '../../src/engine/journal/frame-codec.ts';
import { streamHash } from '../../src/engine/journal/segment-codec.ts';
import { SEGMENT_HEADER_BYTES } from '../../src/engine/journal/segment.ts';
import type { Payload } from '../../src/engine/world/payload.ts';

export interface DataPlace {
  /** Bytes from the beginning of the segment. */
  readonly offset: number;
  readonly length: number;
}

/**
 * The data of the frames of a segment that is stored as it was written: what rots in compressed data does not expand,
 * so that nobody would need a checksum to notice it. None where a journal of that stream did not write the segment.
 */
export function plainData(content: Payload, stream: string, segment: number): DataPlace[] {
  const found: DataPlace[] = [];
  const hash = streamHash(stream);
  for (let offset = SEGMENT_HEADER_BYTES; offset < content.length;) {
    const decoded = decodeFrame(content, offset, { stream: hash, segment, offset });
    if (decoded.kind !== 'frame') break;
    const { frame } = decoded;
    const length = frame.bytes - frame.headBytes;
    if (frame.encoding === 'none' && length > 0) {
      found.push({ offset: offset + frame.headBytes, length });
    }
    offset += frame.bytes;
  }
  return found;
}
