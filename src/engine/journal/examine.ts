/** What is left of a segment in which damage was met. */
import type { SegmentFiles } from './segment-files.ts';
import { scanSegment } from './segment-scan.ts';
import type { Segment } from './segment.ts';

/**
 * Reads the segment again, from its beginning. Answers undefined where it can be read well this time, or
 * not at all: then it was the reading that failed, and nothing is known to be lost.
 */
export function intactPart(
  files: SegmentFiles,
  segment: Segment,
  stream: number,
  done: (intact: Segment | undefined) => void,
): void {
  files.use(segment.id, false, (failure, file) => {
    if (failure !== undefined || file === undefined) {
      done(undefined);
      return;
    }
    file.read(0, Math.min(segment.end, file.size()), (unread, content) => {
      files.release(segment.id);
      if (unread !== undefined || content === undefined) {
        done(undefined);
        return;
      }
      const scanned = scanSegment(content, segment.start, stream, undefined).segment;
      done(scanned.end < segment.end ? scanned : undefined);
    });
  });
}
