/**
 * Reads a segment frame by frame, as after a crash, and tells a torn tail from damage.
 *
 * Every frame says up to where the segment was durable when it was written. A break with a later frame
 * that knew more to be durable destroyed something acknowledged: damage. Any other break lies in the
 * last group, which was never acknowledged, whatever parts of it reached the disk: a torn tail.
 */
import type { Payload } from '../world/payload.ts';
import { admit } from './admission.ts';
import type { JournalPosition } from './contract.ts';
import { decodeFrame, findFrame, frameData } from './frame-codec.ts';
import type { StoredFrame } from './frame-codec.ts';
import { isBehind, Segment, SEGMENT_HEADER_BYTES } from './segment.ts';
import type { SegmentStart } from './segment.ts';

export interface ScannedSegment {
  /** All that makes sense, from the beginning. */
  readonly segment: Segment;
  /** What was acknowledged and is broken. */
  readonly damage: { readonly offset: number; readonly why: string } | undefined;
}

/**
 * `content` is the whole file. With `limit`, frames behind that position are void: a later segment says
 * so.
 */
export function scanSegment(
  content: Payload,
  start: SegmentStart,
  stream: number,
  limit: JournalPosition | undefined,
): ScannedSegment {
  const segment = new Segment(start);
  segment.fileBytes = content.length;
  for (;;) {
    const offset = segment.end;
    if (offset >= content.length) return { segment, damage: undefined };
    const place = { stream, segment: start.id, offset };
    const decoded = decodeFrame(content, offset, place);
    const why =
      decoded.kind === 'frame'
        ? frameProblem(content, offset, decoded.frame, segment.position)
        : decoded.kind === 'broken'
          ? decoded.why
          : 'the file ends within a frame';
    if (decoded.kind !== 'frame' || why !== undefined) {
      const damaged = durableBehind(content, stream, start.id, offset);
      return { segment, damage: damaged && why !== undefined ? { offset, why } : undefined };
    }
    const { frame } = decoded;
    const { epoch, firstSequence, count } = frame;
    const last = { epoch, sequence: firstSequence + count - 1 };
    if (limit !== undefined && isBehind(last, limit)) return { segment, damage: undefined };
    segment.absorb(frame);
  }
}

function frameProblem(
  content: Payload,
  offset: number,
  frame: StoredFrame,
  position: JournalPosition,
): string | undefined {
  if (frameData(content, offset, frame) === undefined) return 'the data fails its checksum';
  const { epoch, firstSequence, entries } = frame;
  const goesOn = admit({ stream: 'the segment', epoch, firstSequence, entries }, position);
  return goesOn === 'next' ? undefined : 'the frame does not go on where the one before ends';
}

/** Whether a frame behind a break proves that the segment was durable beyond the break. */
export function durableBehind(
  content: Payload,
  stream: number,
  segment: number,
  offset: number,
): boolean {
  const rest = content.slice(offset, content.length).bytes();
  const limit = Math.max(offset, SEGMENT_HEADER_BYTES);
  for (let at = findFrame(rest, 1); at !== undefined; at = findFrame(rest, at + 1)) {
    const place = { stream, segment, offset: offset + at };
    const decoded = decodeFrame(content, offset + at, place);
    if (decoded.kind === 'frame' && decoded.frame.durableEnd > limit) return true;
  }
  return false;
}
