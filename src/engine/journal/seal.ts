/** Closes a segment for good: nothing but its footer behind its frames, and all of it durable. */
import { bytesPayload } from '../world/payloads.ts';
import type { JournalError } from './journal-error.ts';
import { storageFailure } from './journal-error.ts';
import { encodeFooter } from './segment-codec.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Segment } from './segment.ts';

/** Writes a segment's footer behind its frames, and nothing else behind them. */
export function sealSegment(
  files: SegmentFiles,
  segment: Segment,
  done: (error: JournalError | undefined) => void,
): void {
  const doing = 'sealing a segment';
  files.use(segment.id, false, (failure, file) => {
    if (failure !== undefined || file === undefined) {
      done(storageFailure(failure ?? files.missing(segment.id), doing));
      return;
    }
    const finished = (error?: JournalError): void => {
      files.release(segment.id);
      done(error);
    };
    const footer = encodeFooter(segment);
    file.truncate(segment.end, (uncut) => {
      if (uncut !== undefined) {
        finished(storageFailure(uncut, doing));
        return;
      }
      file.write(segment.end, [bytesPayload(footer)], (unwritten) => {
        if (unwritten !== undefined) {
          finished(storageFailure(unwritten, doing));
          return;
        }
        // The write itself is durable, but a frame before it may be from a process that crashed.
        file.sync((unsynced) => {
          if (unsynced === undefined) {
            segment.fileBytes = segment.end + footer.length;
            segment.index = undefined;
          }
          finished(unsynced && storageFailure(unsynced, doing));
        });
      });
    });
  });
}
