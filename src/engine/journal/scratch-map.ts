/**
 * Which ranges of a scratch are durable, so that what a recovered VM has flushed outlives its VRA: a log beside
 * the scratch files that grows with every flush.
 *
 * A generation of it begins with a record of everything that is durable by then, and each further record adds what
 * has become so since. After a failure, and after a restart, the next record begins a new generation: nothing is ever
 * written over or behind what may be torn. The newest one that has begun counts.
 *
 * Every record is there twice, written as one. A crash can tear both, and then nobody was told that it is durable; what
 * damages one of them leaves the other. A record that follows a missing one is damage.
 */
import { crc32 } from '../world/crc32.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { Storage, StoredFile } from '../world/world.ts';
import type { JournalAnswer, JournalDone } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import type { MergedRange } from './merge-plan.ts';

const MAGIC = 0x4d534d54;
const VERSION = 1;
const HEADER_BYTES = 24;
const RANGE_BYTES = 20;
const CHECKSUM_BYTES = 4;
/** Bytes that the length of every record is a multiple of. */
const ALIGNMENT = 4;
const prefix = 'map-';

const nameOf = (generation: number): string => `${prefix}${generation}`;

/** What a scratch folder's map says. */
export interface FoundMap {
  /** The newest generation that there is anything of; 0 without any. */
  readonly generation: number;
  /** Ascending in the order in which they became durable; undefined: none has ever begun, for this checkpoint. */
  readonly ranges: readonly MergedRange[] | undefined;
}

export class ScratchMap {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #checkpoint: CheckpointId;
  #generation: number;
  #file: StoredFile | undefined;
  #records = 0;
  #end = 0;

  /** Goes on behind the generation that was found. */
  constructor(storage: Storage, folder: string, checkpoint: CheckpointId, generation: number) {
    this.#storage = storage;
    this.#folder = folder;
    this.#checkpoint = checkpoint;
    this.#generation = generation;
  }

  /** Whether the next record has to name everything that is durable. */
  get begins(): boolean {
    return this.#file === undefined;
  }

  /** Adds ranges that are durable; with {@link begins}, all that are. One record at a time. */
  record(ranges: readonly MergedRange[], done: JournalDone): void {
    const file = this.#file;
    if (file !== undefined) {
      this.#write(file, ranges, done);
      return;
    }
    this.#generation += 1;
    this.#records = 0;
    this.#end = 0;
    const path = `${this.#folder}/${nameOf(this.#generation)}`;
    this.#storage.open(path, { create: true, writeThrough: true }, (unopened, opened) => {
      if (opened === undefined) {
        done(unopened && storageFailure(unopened, 'opening the map of the scratch'));
        return;
      }
      this.#file = opened;
      this.#write(opened, ranges, (unwritten) => {
        if (unwritten !== undefined) {
          done(unwritten);
          return;
        }
        this.#storage.syncFolder(this.#folder, (unsynced) => {
          if (unsynced !== undefined) this.#forget();
          done(unsynced && storageFailure(unsynced, 'recording what the scratch holds'));
        });
      });
    });
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #write(file: StoredFile, ranges: readonly MergedRange[], done: JournalDone): void {
    const record = bytesPayload(encode(this.#checkpoint, this.#records, ranges));
    file.write(this.#end, [record, record], (unwritten) => {
      if (unwritten === undefined) {
        this.#records += 1;
        this.#end += 2 * record.length;
      } else {
        this.#forget();
      }
      done(unwritten && storageFailure(unwritten, 'recording what the scratch holds'));
    });
  }

  /** A file of which a write failed takes no other one. */
  #forget(): void {
    this.close();
  }
}

/** What lies in a folder, of the scratch of an image at a checkpoint. */
export function readScratchMap(
  storage: Storage,
  folder: string,
  checkpoint: CheckpointId,
  done: JournalAnswer<FoundMap>,
): void {
  storage.list(folder, (unlisted, names) => {
    if (unlisted !== undefined) {
      done(storageFailure(unlisted, 'looking for the map of the scratch'), undefined);
      return;
    }
    const generations = (names ?? [])
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number(name.slice(prefix.length)))
      .sort((left, right) => right - left);
    const generation = generations[0] ?? 0;
    const next = (index: number): void => {
      const candidate = generations[index];
      if (candidate === undefined) {
        done(undefined, { generation, ranges: undefined });
        return;
      }
      readGeneration(storage, `${folder}/${nameOf(candidate)}`, checkpoint, (error, ranges) => {
        if (error !== undefined) done(error, undefined);
        else if (ranges === undefined) next(index + 1);
        else done(undefined, { generation, ranges });
      });
    };
    next(0);
  });
}

/** An empty answer where it has not begun. */
function readGeneration(
  storage: Storage,
  path: string,
  checkpoint: CheckpointId,
  done: JournalAnswer<MergedRange[]>,
): void {
  storage.open(path, { create: false }, (unopened, file) => {
    if (file === undefined) {
      done(unopened && storageFailure(unopened, 'opening the map of the scratch'), undefined);
      return;
    }
    file.read(0, file.size(), (unread, payload) => {
      file.close();
      if (payload === undefined) {
        done(unread && storageFailure(unread, 'reading the map of the scratch'), undefined);
        return;
      }
      const ranges = decode(payload.bytes(), checkpoint);
      if (ranges !== 'damaged') done(undefined, ranges);
      else done(new JournalError('corrupt', path, 'a part of what was flushed is gone'), undefined);
    });
  });
}

function encode(
  checkpoint: CheckpointId,
  number: number,
  ranges: readonly MergedRange[],
): Uint8Array {
  const size = HEADER_BYTES + ranges.length * RANGE_BYTES + CHECKSUM_BYTES;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, number, true);
  view.setUint32(12, ranges.length, true);
  view.setFloat64(16, checkpoint, true);
  for (const [index, { disk, start, end }] of ranges.entries()) {
    const at = HEADER_BYTES + index * RANGE_BYTES;
    view.setUint32(at, disk, true);
    view.setFloat64(at + 4, start, true);
    view.setFloat64(at + 12, end, true);
  }
  const checked = size - CHECKSUM_BYTES;
  view.setUint32(checked, crc32(bytes.subarray(0, checked)), true);
  return bytes;
}

/**
 * The ranges of all records up to what a crash tore off; undefined where that is everything, and `damaged` where a record is
 * gone that others follow.
 */
function decode(
  bytes: Uint8Array,
  checkpoint: CheckpointId,
): MergedRange[] | 'damaged' | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ranges: MergedRange[] = [];
  let next = 0;
  for (let at = 0; at < bytes.length;) {
    const end = intactEnd(bytes, view, at);
    if (end === undefined) {
      at += ALIGNMENT;
      continue;
    }
    const number = view.getUint32(at + 8, true);
    if (number > next) return 'damaged';
    if (view.getFloat64(at + 16, true) !== checkpoint) return undefined;
    if (number === next) {
      next += 1;
      for (let range = at + HEADER_BYTES; range < end - CHECKSUM_BYTES; range += RANGE_BYTES) {
        ranges.push({
          disk: view.getUint32(range, true),
          start: view.getFloat64(range + 4, true),
          end: view.getFloat64(range + 12, true),
        });
      }
    }
    at = end;
  }
  return next === 0 ? undefined : ranges;
}

/** Where the record ends that begins here; undefined where it is not intact. */
function intactEnd(bytes: Uint8Array, view: DataView, at: number): number | undefined {
  if (at + HEADER_BYTES + CHECKSUM_BYTES > bytes.length) return undefined;
  if (view.getUint32(at, true) !== MAGIC || view.getUint32(at + 4, true) !== VERSION) {
    return undefined;
  }
  const checked = at + HEADER_BYTES + view.getUint32(at + 12, true) * RANGE_BYTES;
  if (checked + CHECKSUM_BYTES > bytes.length) return undefined;
  const isIntact = view.getUint32(checked, true) === crc32(bytes.subarray(at, checked));
  return isIntact ? checked + CHECKSUM_BYTES : undefined;
}
