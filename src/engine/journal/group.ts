/** What goes to a segment in one write and one sync, and who waits for it. */
import type { Payload } from '../world/payload.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { Frame } from './frame.ts';
import { encodeFrameHead, frameBytes } from './frame-codec.ts';
import { encodeSegmentHeader } from './segment-codec.ts';
import type { Segment } from './segment.ts';

/** An append that waits: without a frame, for what was appended before it. */
export interface Waiting<Token> {
  readonly frame: Frame | undefined;
  readonly token: Token;
}

export interface Group<Token> {
  readonly segment: Segment;
  /** The segment has no file yet. */
  readonly create: boolean;
  /** A segment that takes no more frames from now on: its footer can be written. */
  readonly seal: Segment | undefined;
  readonly offset: number;
  readonly parts: readonly Payload[];
  readonly members: readonly Waiting<Token>[];
}

/** Frames behind one another, each with the header that belongs to its place. */
export function layOut<Token>(
  segment: Segment,
  members: readonly Waiting<Token>[],
  stream: number,
  create: boolean,
): { readonly offset: number; readonly parts: readonly Payload[] } {
  const parts: Payload[] = [];
  if (create) parts.push(bytesPayload(encodeSegmentHeader(segment.start, stream)));
  let at = segment.end;
  for (const { frame } of members) {
    if (frame === undefined) continue;
    const place = { stream, segment: segment.id, offset: at };
    parts.push(bytesPayload(encodeFrameHead(frame, place, segment.end)));
    if (frame.data.length > 0) parts.push(frame.data);
    at += frameBytes(frame);
  }
  return { offset: create ? 0 : segment.end, parts };
}
