/**
 * Which ranges of a scratch go to the replica disks: stored before the first byte of them does, so that a
 * merge that a crash cuts off is done again from the same bytes.
 *
 * There are two copies, the second made when the first is durable. A crash while the first is written leaves
 * no second: nothing has been merged then. Where the second is there and neither is intact, it is damage.
 */
import { crc32 } from '../world/crc32.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { Storage } from '../world/world.ts';
import type { JournalAnswer, JournalDone } from './contract.ts';
import { JournalError, storageFailure } from './journal-error.ts';

export interface MergePlan {
  /** The set of scratch files that holds them: see `Scratch`. */
  readonly set: number;
  readonly ranges: readonly MergedRange[];
}

/** Bytes of a disk, from `start` up to `end`. */
export interface MergedRange {
  readonly disk: number;
  readonly start: number;
  readonly end: number;
}

const MAGIC = 0x4d504d54;
const VERSION = 1;
const HEADER_BYTES = 16;
const RANGE_BYTES = 24;
const CHECKSUM_BYTES = 4;
const copies = ['merge-1', 'merge-2'] as const;

/** Durable, both copies, when done. */
export function storeMergePlan(
  storage: Storage,
  folder: string,
  plan: MergePlan,
  done: JournalDone,
): void {
  const bytes = encode(plan);
  const next = (index: number): void => {
    const name = copies[index];
    if (name === undefined) done(undefined);
    else
      storeCopy(storage, folder, name, bytes, (error) => {
        if (error === undefined) next(index + 1);
        else done(error);
      });
  };
  next(0);
}

function storeCopy(
  storage: Storage,
  folder: string,
  name: string,
  bytes: Uint8Array,
  done: JournalDone,
): void {
  const path = `${folder}/${name}`;
  storage.open(path, { create: true, writeThrough: true }, (unopened, file) => {
    if (file === undefined) {
      done(unopened && storageFailure(unopened, 'opening the plan of a merge'));
      return;
    }
    file.write(0, [bytesPayload(bytes)], (unwritten) => {
      file.close();
      if (unwritten !== undefined) {
        // A file of which a write failed may take no other one: the next try makes it anew.
        storage.remove(path, () => {
          done(storageFailure(unwritten, 'storing the plan of a merge'));
        });
        return;
      }
      storage.syncFolder(folder, (unsynced) => {
        done(unsynced && storageFailure(unsynced, 'storing the plan of a merge'));
      });
    });
  });
}

/**
 * The plan that lies in a folder; an empty answer without an error where there is none, because no merge has
 * begun. Fails with `corrupt` where one has and what it was to merge cannot be told.
 */
export function readMergePlan(
  storage: Storage,
  folder: string,
  done: JournalAnswer<MergePlan>,
): void {
  storage.list(folder, (unlisted, names) => {
    if (unlisted !== undefined) {
      done(storageFailure(unlisted, 'looking for the plan of a merge'), undefined);
      return;
    }
    const left = copies.filter((name) => names?.includes(name));
    const next = (index: number): void => {
      const name = left[index];
      if (name === undefined) {
        done(left.includes(copies[1]) ? damaged(folder) : undefined, undefined);
        return;
      }
      readCopy(storage, `${folder}/${name}`, (error, plan) => {
        if (plan === undefined && error === undefined) next(index + 1);
        else done(error, plan);
      });
    };
    next(0);
  });
}

function damaged(folder: string): JournalError {
  const why = 'both copies of the plan of a merge are damaged, which had begun';
  return new JournalError('corrupt', folder, why);
}

/** An empty answer where the copy is not intact. */
function readCopy(storage: Storage, path: string, done: JournalAnswer<MergePlan>): void {
  storage.open(path, { create: false }, (unopened, file) => {
    if (file === undefined) {
      done(unopened && storageFailure(unopened, 'opening the plan of a merge'), undefined);
      return;
    }
    file.read(0, file.size(), (unread, payload) => {
      file.close();
      if (payload !== undefined) done(undefined, decode(payload.bytes()));
      else done(unread && storageFailure(unread, 'reading the plan of a merge'), undefined);
    });
  });
}

function encode({ set, ranges }: MergePlan): Uint8Array {
  const size = HEADER_BYTES + ranges.length * RANGE_BYTES + CHECKSUM_BYTES;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, ranges.length, true);
  view.setUint32(12, set, true);
  for (const [index, { disk, start, end }] of ranges.entries()) {
    const at = HEADER_BYTES + index * RANGE_BYTES;
    view.setFloat64(at, disk, true);
    view.setFloat64(at + 8, start, true);
    view.setFloat64(at + 16, end, true);
  }
  const checked = size - CHECKSUM_BYTES;
  view.setUint32(checked, crc32(bytes.subarray(0, checked)), true);
  return bytes;
}

/** Undefined where it is not intact. */
function decode(bytes: Uint8Array): MergePlan | undefined {
  if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) return undefined;
  const count = view.getUint32(8, true);
  const checked = HEADER_BYTES + count * RANGE_BYTES;
  if (checked + CHECKSUM_BYTES !== bytes.length) return undefined;
  if (view.getUint32(checked, true) !== crc32(bytes.subarray(0, checked))) return undefined;
  const ranges = Array.from({ length: count }, (_, index): MergedRange => {
    const at = HEADER_BYTES + index * RANGE_BYTES;
    return {
      disk: view.getFloat64(at, true),
      start: view.getFloat64(at + 8, true),
      end: view.getFloat64(at + 16, true),
    };
  });
  return { set: view.getUint32(12, true), ranges };
}
