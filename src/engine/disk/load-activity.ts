/** Opens the file of an activity log, and finds out whether what it says can be relied on. */
import { bytesPayload } from '../world/payloads.ts';
import type { Answer, Done, Instant, StoredFile, World } from '../world/world.ts';
import { decodeRecord, encodeRecord, slotLength } from './activity-record.ts';
import type { ActivityRecord, NumberedRecord } from './activity-record.ts';
import type { MachineDisk } from './write-tap.ts';

export interface ActivityOptions {
  /** `datastore/...`. */
  readonly path: string;
  readonly disks: readonly MachineDisk[];
  /** The disks themselves, in their order. */
  readonly files: readonly StoredFile[];
  /** Whether what is written to them is durable when it is done. */
  readonly writeThrough: boolean;
}

export interface LoadedActivity {
  readonly file: StoredFile;
  /** Of the last record in it; 0: there is none. */
  readonly number: number;
  /** What it says; undefined: nothing that can be relied on. */
  readonly record: ActivityRecord | undefined;
}

/**
 * Milliseconds after its last record within which the engine itself may have written to the disks: a record is made
 * anew every few seconds while they are written. Who wrote later was somebody else.
 */
export const ownWrites = 15_000;

/** Records that nobody may rely on are replaced by one that vouches for nothing before this answers. */
export function loadActivity(
  world: World,
  options: ActivityOptions,
  done: Answer<LoadedActivity>,
): void {
  const { path } = options;
  world.storage.open(path, { create: true, writeThrough: true }, (error, opened) => {
    if (!opened) {
      done(error, undefined);
      return;
    }
    const file = opened;
    const finish =
      (loaded: Omit<LoadedActivity, 'file'>): Done =>
      (failure) => {
        if (!failure) done(undefined, { file, ...loaded });
        else {
          file.close();
          done(failure, undefined);
        }
      };
    if (file.size() < 2 * slotLength) {
      lay(world, file, path, finish({ number: 0, record: undefined }));
      return;
    }
    file.read(0, 2 * slotLength, (unread, payload) => {
      if (!payload) {
        finish({ number: 0, record: undefined })(unread);
        return;
      }
      const { newest, isWhole } = recordsOf(payload.bytes());
      if (!newest) {
        finish({ number: 0, record: undefined })(undefined);
        return;
      }
      const { number, record } = newest;
      check(record, options, (isOfThese) => {
        if (isOfThese && isWhole) {
          finish({ number, record })(undefined);
          return;
        }
        const empty = { time: world.clock.now(), disks: options.disks, streams: [], active: [] };
        const next = { number: number + 1, record: empty };
        const bytes = bytesPayload(encodeRecord(next));
        const replaced = finish({ number: next.number, record: undefined });
        file.write((next.number % 2) * slotLength, [bytes], replaced);
      });
    });
  });
}

/** What a slot is filled with before its first record. */
const blank = 0x20;

/** Lays the file out, so that no later record needs space. */
function lay(world: World, file: StoredFile, path: string, done: Done): void {
  const content = bytesPayload(new Uint8Array(2 * slotLength).fill(blank));
  file.write(0, [content], (error) => {
    if (error) done(error);
    else
      file.sync((unsynced) => {
        if (unsynced) done(unsynced);
        else world.storage.syncFolder(path.slice(0, path.lastIndexOf('/')), done);
      });
  });
}

/**
 * The newest record, and whether there can have been no newer one: a slot that cannot be read may hold a record that
 * was never finished, or one that writes relied on and that has rotted since.
 */
function recordsOf(bytes: Uint8Array): {
  readonly newest: NumberedRecord | undefined;
  readonly isWhole: boolean;
} {
  let newest: NumberedRecord | undefined;
  let isWhole = true;
  for (const at of [0, slotLength]) {
    const slot = bytes.subarray(at, at + slotLength);
    const found = decodeRecord(slot);
    if (!found && slot.some((byte) => byte !== blank)) isWhole = false;
    if (found && found.number > (newest?.number ?? 0)) newest = found;
  }
  return { newest, isWhole };
}

/** Whether the record is of these disks, and nobody has written to them since. */
function check(
  record: ActivityRecord,
  { disks, files }: ActivityOptions,
  done: (isOfThese: boolean) => void,
): void {
  const isSame =
    record.disks.length === disks.length &&
    record.disks.every(({ name, size }, index) => {
      const disk = disks[index];
      return disk?.name === name && disk.size === size;
    });
  if (!isSame) {
    done(false);
    return;
  }
  const next = (index: number): void => {
    const file = files[index];
    if (!file) {
      done(true);
      return;
    }
    const judge = (error: unknown, changed: Instant | undefined): void => {
      if (error || (changed ?? 0) > record.time + ownWrites) done(false);
      else next(index + 1);
    };
    if (file.changed) file.changed(judge);
    else judge(undefined, undefined);
  };
  next(0);
}
