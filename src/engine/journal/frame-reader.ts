/** Reads frames back from segments, in order, checked: what fails its checksums is never handed on. */
import type { Payload } from '../world/payload.ts';
import type { JournalAnswer } from './contract.ts';
import { decodeFrame, decodeFrameHead, frameData } from './frame-codec.ts';
import type { StoredFrame } from './frame-codec.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import type { SegmentFiles } from './segment-files.ts';

/** What is read at once; a larger frame is read by itself. */
const CHUNK = 8 * 1024 * 1024;
/** Header and tables of as many writes as senders put into a frame. */
const USUAL_HEAD = 3 * 1024;

export interface ReadFrame {
  readonly segment: number;
  readonly offset: number;
  readonly frame: StoredFrame;
  /** As stored, its checksum verified. */
  readonly data: Payload;
}

export interface FrameRange {
  readonly segment: number;
  /** Where a frame begins. */
  readonly start: number;
  /** Where a frame ends. */
  readonly end: number;
}

/** Damage, and where: the offset at which the segment stops making sense. */
export class DamagedSegment extends JournalError {
  readonly segment: number;
  readonly offset: number;

  constructor(path: string, segment: number, offset: number, why: string) {
    super('corrupt', path, `damaged at offset ${offset}: ${why}`);
    this.segment = segment;
    this.offset = offset;
  }
}

export class FrameReader {
  readonly #files: SegmentFiles;
  readonly #stream: number;

  constructor(files: SegmentFiles, stream: number) {
    this.#files = files;
    this.#stream = stream;
  }

  /**
   * Reads a range in batches of whole frames: `batch` takes one and calls `next` when it wants the
   * following one, with an error to stop.
   */
  read(
    range: FrameRange,
    batch: (frames: ReadFrame[], next: (error?: JournalError) => void) => void,
    done: (error: JournalError | undefined) => void,
  ): void {
    const { segment, start, end } = range;
    if (start >= end) {
      done(undefined);
      return;
    }
    this.#readAt(segment, start, Math.min(CHUNK, end - start), end, (error, frames, next) => {
      if (error !== undefined) {
        done(error);
        return;
      }
      batch(frames, (stop) => {
        if (stop !== undefined) done(stop);
        else this.read({ segment, start: next, end }, batch, done);
      });
    });
  }

  /** Header and tables of a frame, from where it is known to begin. `end`: where the segment's frames end. */
  readHead(segment: number, offset: number, end: number, done: JournalAnswer<StoredFrame>): void {
    this.#readHead(segment, offset, Math.min(USUAL_HEAD, end - offset), end, done);
  }

  #readHead(
    segment: number,
    offset: number,
    length: number,
    end: number,
    done: JournalAnswer<StoredFrame>,
  ): void {
    this.readPart(segment, offset, length, (error, payload) => {
      if (payload === undefined) {
        done(error, undefined);
        return;
      }
      const place = { stream: this.#stream, segment, offset };
      const decoded = decodeFrameHead(payload, 0, place);
      const path = this.#files.path(segment);
      if (decoded.kind === 'broken') {
        done(new DamagedSegment(path, segment, offset, decoded.why), undefined);
      } else if (decoded.kind === 'frame' && offset + decoded.frame.bytes <= end) {
        done(undefined, decoded.frame);
      } else if (decoded.kind === 'cut' && offset + decoded.needs <= end) {
        this.#readHead(segment, offset, decoded.needs, end, done);
      } else {
        const why = 'the frame ends beyond its segment';
        done(new DamagedSegment(path, segment, offset, why), undefined);
      }
    });
  }

  /** Bytes of a segment as they are: whoever asks for them has to check them. */
  readPart(segment: number, offset: number, length: number, done: JournalAnswer<Payload>): void {
    this.#files.use(segment, false, (failure, file) => {
      if (failure !== undefined || file === undefined) {
        const error = failure ?? this.#files.missing(segment);
        done(storageFailure(error, 'opening a segment'), undefined);
        return;
      }
      file.read(offset, length, (problem, payload) => {
        this.#files.release(segment);
        if (problem !== undefined || payload === undefined) {
          const error =
            problem?.code === 'out-of-range'
              ? new DamagedSegment(file.path, segment, offset, 'the file ends here')
              : problem && storageFailure(problem, 'reading a segment');
          done(error ?? new JournalError('storage-failed', file.path, 'nothing read'), undefined);
        } else {
          done(undefined, payload);
        }
      });
    });
  }

  #readAt(
    segment: number,
    start: number,
    length: number,
    end: number,
    done: (error: JournalError | undefined, frames: ReadFrame[], next: number) => void,
  ): void {
    this.readPart(segment, start, length, (error, payload) => {
      if (payload === undefined) {
        done(error, [], start);
        return;
      }
      const path = this.#files.path(segment);
      const frames: ReadFrame[] = [];
      let at = 0;
      while (at < payload.length) {
        const place = { stream: this.#stream, segment, offset: start + at };
        const decoded = decodeFrame(payload, at, place);
        if (decoded.kind === 'cut') {
          if (frames.length > 0) break;
          if (decoded.needs <= payload.length || start + decoded.needs > end) {
            const why = 'the frame ends beyond its segment';
            done(new DamagedSegment(path, segment, start, why), [], start);
          } else {
            this.#readAt(segment, start, decoded.needs, end, done);
          }
          return;
        }
        const data = decoded.kind === 'frame' ? frameData(payload, at, decoded.frame) : undefined;
        if (decoded.kind === 'broken' || data === undefined) {
          const why = decoded.kind === 'broken' ? decoded.why : 'the data fails its checksum';
          done(new DamagedSegment(path, segment, start + at, why), [], start);
          return;
        }
        frames.push({ segment, offset: start + at, frame: decoded.frame, data });
        at += decoded.frame.bytes;
      }
      done(undefined, frames, start + at);
    });
  }
}
