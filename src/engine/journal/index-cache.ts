/**
 * The indices of sealed segments, read from their footers when an image asks for them. Where a footer's
 * writes turn out to be broken they are worked out from the frames again.
 */
import { decodeSummary, areFooterWrites, SEGMENT_SUMMARY_BYTES } from './segment-codec.ts';
import type { SegmentFiles } from './segment-files.ts';
import { scanSegment } from './segment-scan.ts';
import type { Segment } from './segment.ts';
import { DamagedSegment } from './frame-reader.ts';
import { storageFailure } from './journal-error.ts';
import type { JournalError } from './journal-error.ts';
import { WriteIndex } from './write-index.ts';

/** Writes in memory, over all sealed segments, at 16 bytes each: 32 MB, while images are read. */
const BUDGET = 2_000_000;

type Taker = (error: JournalError | undefined, index: WriteIndex | undefined) => void;

export class IndexCache {
  readonly #files: SegmentFiles;
  readonly #stream: number;
  /** In the order of their last use. */
  readonly #kept = new Map<number, WriteIndex>();
  #writes = 0;

  constructor(files: SegmentFiles, stream: number) {
    this.#files = files;
    this.#stream = stream;
  }

  /** The index, where it is in memory. */
  ready(segment: Segment): WriteIndex | undefined {
    const there = segment.index ?? this.#kept.get(segment.id);
    if (there !== undefined && this.#kept.delete(segment.id)) this.#kept.set(segment.id, there);
    return there;
  }

  /** Reads the index from the segment's file. */
  load(segment: Segment, take: Taker): void {
    this.#read(segment, (error, index) => {
      if (index !== undefined && !this.#kept.has(segment.id)) {
        this.#kept.set(segment.id, index);
        this.#writes += index.count;
        for (const [oldest, { count }] of this.#kept) {
          if (this.#writes <= BUDGET || this.#kept.size === 1) break;
          this.#kept.delete(oldest);
          this.#writes -= count;
        }
      }
      take(error, index);
    });
  }

  forget(segment: number): void {
    this.#writes -= this.#kept.get(segment)?.count ?? 0;
    this.#kept.delete(segment);
  }

  #read(segment: Segment, take: Taker): void {
    const { id, end } = segment;
    this.#files.use(id, false, (failure, file) => {
      if (failure !== undefined || file === undefined) {
        take(storageFailure(failure ?? this.#files.missing(id), 'opening a segment'), undefined);
        return;
      }
      const size = file.size();
      file.read(Math.min(end, size), Math.max(0, size - end), (problem, payload) => {
        if (problem !== undefined || payload === undefined) {
          this.#files.release(id);
          take(problem && storageFailure(problem, 'reading an index'), undefined);
          return;
        }
        const bytes = payload.bytes();
        const summary =
          bytes.length < SEGMENT_SUMMARY_BYTES
            ? undefined
            : decodeSummary(bytes.subarray(bytes.length - SEGMENT_SUMMARY_BYTES), id, size);
        const writes = bytes.subarray(0, summary?.writeBytes ?? 0);
        if (summary?.end === end && areFooterWrites(writes, summary)) {
          this.#files.release(id);
          take(undefined, WriteIndex.decode(writes));
          return;
        }
        file.read(0, Math.min(end, size), (unread, content) => {
          this.#files.release(id);
          if (unread !== undefined || content === undefined) {
            take(unread && storageFailure(unread, 'reading a segment'), undefined);
            return;
          }
          const scanned = scanSegment(content, segment.start, this.#stream, undefined);
          if (scanned.segment.end === end) {
            take(undefined, scanned.segment.index);
            return;
          }
          const why = 'neither its footer nor its frames can be read';
          take(new DamagedSegment(file.path, id, scanned.segment.end, why), undefined);
        });
      });
    });
  }
}
