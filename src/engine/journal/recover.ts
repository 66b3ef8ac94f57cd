/**
 * Reads a journal back from its folder: the newest segment first, because a segment says from where on
 * older ones are void, then whether they join without a hole.
 */
import type { Payload } from '../world/payload.ts';
import type { Storage, StoredFile, WorldError } from '../world/world.ts';
import type { JournalPosition } from './contract.ts';
import { DamagedSegment } from './frame-reader.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import type { Loaded } from './journal-core.ts';
import { BEGINNING, comparePlaces } from './place.ts';
import {
  decodeSegmentHeader,
  decodeSummary,
  sealedSegment,
  segmentId,
  SEGMENT_SUMMARY_BYTES,
} from './segment-codec.ts';
import { sealSegment } from './seal.ts';
import type { SegmentFiles } from './segment-files.ts';
import { durableBehind, scanSegment } from './segment-scan.ts';
import { isBehind, samePosition, SEGMENT_HEADER_BYTES } from './segment.ts';
import type { Segment, SegmentStart } from './segment.ts';
import type { StoredWatermark } from './watermark-store.ts';

type Failed = (error: JournalError) => void;

/** What a segment file turned out to hold. */
interface Part {
  readonly id: number;
  /** Undefined where nothing in it counts. */
  readonly segment: Segment | undefined;
  readonly damage: DamagedSegment | undefined;
}

export interface Recovery {
  readonly storage: Storage;
  readonly folder: string;
  readonly files: SegmentFiles;
  readonly stream: number;
}

/** The ids of the segment files in the journal's folder, ascending. */
export function listSegments(
  { storage, folder }: Recovery,
  done: (error: JournalError | undefined, ids: readonly number[]) => void,
): void {
  storage.list(folder, (failure, names) => {
    if (failure !== undefined) done(storageFailure(failure, 'listing the journal'), []);
    else done(undefined, (names ?? []).flatMap((name) => segmentId(name) ?? []).sort(ascending));
  });
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Loads the segments; torn tails are cut off and what holds nothing is removed. */
export function loadSegments(
  recovery: Recovery,
  ids: readonly number[],
  stored: StoredWatermark,
  done: (error: JournalError | undefined, loaded: Loaded | undefined) => void,
): void {
  const parts: Part[] = [];
  const fail: Failed = (error) => {
    done(error, undefined);
  };
  const step = (index: number, limit: JournalPosition | undefined): void => {
    const id = ids[index];
    if (id === undefined) {
      const loaded = assemble(recovery, parts.reverse(), ids, stored);
      tidy(recovery, loaded, ids, done);
      return;
    }
    loadPart(recovery, id, limit, fail, (part) => {
      parts.push(part);
      const after = part.segment?.start.after;
      step(index - 1, after === undefined || (limit && isBehind(after, limit)) ? limit : after);
    });
  };
  step(ids.length - 1, undefined);
}

function loadPart(
  recovery: Recovery,
  id: number,
  limit: JournalPosition | undefined,
  fail: Failed,
  done: (part: Part) => void,
): void {
  const { files, stream } = recovery;
  files.use(id, false, (failure, file) => {
    if (failure !== undefined || file === undefined) {
      fail(storageFailure(failure ?? files.missing(id), 'opening a segment'));
      return;
    }
    const found = (segment?: Segment, damage?: { offset: number; why: string }): void => {
      files.release(id);
      const damaged = damage && new DamagedSegment(file.path, id, damage.offset, damage.why);
      done({ id, segment, damage: damaged });
    };
    const size = file.size();
    read(file, 0, Math.min(size, SEGMENT_HEADER_BYTES), fail, (header) => {
      const start = decodeSegmentHeader(header, stream, id);
      if (start === undefined) {
        readAll(file, fail, (content) => {
          const acknowledged = durableBehind(content, stream, id, 0);
          found(undefined, acknowledged ? { offset: 0, why: 'its header is broken' } : undefined);
        });
      } else if (limit !== undefined && !isBehind(limit, start.after)) {
        found();
      } else {
        loadSealed(file, start, size, fail, (sealed) => {
          if (sealed !== undefined && !(limit && isBehind(sealed.position, limit))) {
            found(sealed);
            return;
          }
          readAll(file, fail, (content) => {
            const scanned = scanSegment(content, start, stream, limit);
            const { segment, damage } = scanned;
            found(segment.empty && damage === undefined ? undefined : segment, damage);
          });
        });
      }
    });
  });
}

/** From the footer, where there is a valid one. */
function loadSealed(
  file: StoredFile,
  start: SegmentStart,
  size: number,
  fail: Failed,
  done: (segment: Segment | undefined) => void,
): void {
  if (size < SEGMENT_HEADER_BYTES + SEGMENT_SUMMARY_BYTES) {
    done(undefined);
    return;
  }
  read(file, size - SEGMENT_SUMMARY_BYTES, SEGMENT_SUMMARY_BYTES, fail, (bytes) => {
    const summary = decodeSummary(bytes, start.id, size);
    if (summary === undefined) {
      done(undefined);
      return;
    }
    read(file, summary.end + summary.writeBytes, summary.markerBytes, fail, (markers) => {
      done(sealedSegment(start, summary, markers));
    });
  });
}

/** Joins the parts, oldest first, up to the first hole. */
function assemble(
  { files }: Recovery,
  parts: readonly Part[],
  ids: readonly number[],
  stored: StoredWatermark,
): Loaded {
  const segments: Segment[] = [];
  let damage: JournalError | undefined;
  for (const part of parts) {
    const { id, segment } = part;
    if (segment === undefined) {
      damage ??= part.damage;
      continue;
    }
    let before = segments.at(-1);
    const joins = before === undefined || samePosition(before.position, segment.start.after);
    if (!joins && !isBehind(segment.start.after, stored.position)) {
      // Promoted and removed, but the crash came before all of the removals were durable.
      segments.length = 0;
      before = undefined;
    }
    if (before === undefined) {
      damage = isBehind(segment.start.after, stored.position)
        ? new DamagedSegment(files.path(id), id, 0, 'segments before it are missing')
        : undefined;
    } else if (samePosition(before.position, segment.start.after)) {
      damage = undefined;
    } else {
      const why = 'what followed is missing';
      damage ??= new DamagedSegment(files.path(before.id), before.id, before.end, why);
    }
    if (damage !== undefined) break;
    segments.push(segment);
    damage = part.damage;
  }
  if (segments.length === 0 && comparePlaces(stored.watermark, BEGINNING) > 0) {
    const { epoch, sequence } = stored.position;
    const why = `all segments up to entry ${sequence} of epoch ${epoch} are gone`;
    damage ??= new JournalError('corrupt', files.path(stored.watermark.segment), why);
  }
  const { watermark, applied } = stored;
  return { segments, nextId: (ids.at(-1) ?? 0) + 1, watermark, applied, damage };
}

/**
 * Gives every segment without a footer one, which cuts a torn tail off and makes all of it durable: a
 * process that crashed may have left frames in its machine's memory only. A damaged journal is left as
 * it is.
 */
function tidy(
  recovery: Recovery,
  loaded: Loaded,
  ids: readonly number[],
  done: (error: JournalError | undefined, loaded: Loaded | undefined) => void,
): void {
  const { storage, folder, files } = recovery;
  const fail: Failed = (error) => {
    done(error, undefined);
  };
  if (loaded.damage !== undefined) {
    done(undefined, loaded);
    return;
  }
  const held = new Set(loaded.segments.map((segment) => segment.id));
  const empty = ids.filter((id) => !held.has(id));
  const open = loaded.segments.filter((segment) => segment.index !== undefined);
  const removeNext = (): void => {
    const id = empty.pop();
    if (id === undefined) {
      storage.syncFolder(folder, (failure) => {
        if (failure === undefined) done(undefined, loaded);
        else fail(storageFailure(failure, 'opening the journal'));
      });
      return;
    }
    files.forget(id);
    storage.remove(files.path(id), (failure) => {
      if (failure === undefined) removeNext();
      else fail(storageFailure(failure, 'removing an empty segment'));
    });
  };
  const sealNext = (): void => {
    const segment = open.pop();
    if (segment === undefined) removeNext();
    else {
      sealSegment(files, segment, (error) => {
        if (error === undefined) sealNext();
        else fail(error);
      });
    }
  };
  if (empty.length === 0 && open.length === 0) done(undefined, loaded);
  else sealNext();
}

function readAll(file: StoredFile, fail: Failed, done: (content: Payload) => void): void {
  file.read(0, file.size(), (failure, payload) => {
    if (failure !== undefined || payload === undefined) fail(unread(file, failure));
    else done(payload);
  });
}

function read(
  file: StoredFile,
  offset: number,
  length: number,
  fail: Failed,
  done: (bytes: Uint8Array) => void,
): void {
  file.read(offset, length, (failure, payload) => {
    if (failure !== undefined || payload === undefined) fail(unread(file, failure));
    else done(payload.bytes());
  });
}

function unread(file: StoredFile, failure: WorldError | undefined): JournalError {
  return failure === undefined
    ? new JournalError('storage-failed', file.path, 'the read answered without data')
    : storageFailure(failure, 'reading a segment');
}
