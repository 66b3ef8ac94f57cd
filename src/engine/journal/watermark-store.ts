/**
 * Where the replica disks stand, on the datastore: two slots, written in turn, so that a torn write
 * leaves the other one.
 *
 * The watermark is stored *before* the replica disks change: from then on nothing before it is offered,
 * and whatever a crash left undone between `applied` and the watermark is simply done again.
 */
import { crc32 } from '../world/crc32.ts';
import type { Ground } from '../world/ground.ts';
import type { Payload } from '../world/payload.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { Storage, StoredFile } from '../world/world.ts';
import type { JournalPosition } from './contract.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { BEGINNING } from './place.ts';
import type { Place } from './place.ts';
import { freshBytes } from './slab.ts';

const MAGIC = 0x4d574d54;
const VERSION = 1;
const SLOT_BYTES = 80;
/** Slots never share a sector of the disk, whatever its sector size. */
const SLOT_DISTANCE = 4096;

export interface StoredWatermark {
  /** The replica disks may hold entries up to here, and will hold all of them. */
  readonly watermark: Place;
  /** The last entry up to the watermark, to notice when segments behind it are missing. */
  readonly position: JournalPosition;
  /** The replica disks durably hold all entries up to here. */
  readonly applied: Place;
}

const NOTHING: StoredWatermark = {
  watermark: BEGINNING,
  position: { epoch: 0, sequence: 0 },
  applied: BEGINNING,
};

export class WatermarkStore {
  readonly #file: StoredFile;
  readonly #stream: number;
  #generation: number;

  private constructor(file: StoredFile, stream: number, generation: number) {
    this.#file = file;
    this.#stream = stream;
    this.#generation = generation;
  }

  /**
   * Opens the store. Where both slots are broken it answers with a `corrupt` error beside an empty
   * store, unless nothing was ever journaled (`fresh`): then the crash was in its making.
   */
  static open(
    storage: Storage,
    folder: string,
    stream: number,
    fresh: boolean,
    done: (
      error: JournalError | undefined,
      store: WatermarkStore | undefined,
      stored: StoredWatermark,
    ) => void,
  ): void {
    storage.open(`${folder}/watermark`, { create: true, writeThrough: true }, (failure, file) => {
      if (failure !== undefined || file === undefined) {
        done(failure && storageFailure(failure, 'opening the watermark'), undefined, NOTHING);
        return;
      }
      const size = Math.min(file.size(), SLOT_DISTANCE + SLOT_BYTES);
      file.read(0, size, (problem, payload) => {
        if (problem !== undefined || payload === undefined) {
          done(problem && storageFailure(problem, 'reading the watermark'), undefined, NOTHING);
          return;
        }
        const bytes = payload.bytes();
        const slots = [0, SLOT_DISTANCE].flatMap((at) => decodeSlot(bytes, at, stream) ?? []);
        const newest = slots.sort((a, b) => b.generation - a.generation)[0];
        if (newest !== undefined) {
          done(undefined, new WatermarkStore(file, stream, newest.generation), newest.stored);
          return;
        }
        if (!fresh) {
          const why = 'neither slot of the watermark is valid, so the replica disks are unknown';
          const damage = new JournalError('corrupt', file.path, why);
          done(damage, new WatermarkStore(file, stream, 0), NOTHING);
          return;
        }
        const store = new WatermarkStore(file, stream, 0);
        store.store(NOTHING, (first) => {
          if (first !== undefined) {
            done(first, undefined, NOTHING);
            return;
          }
          storage.syncFolder(folder, (unsynced) => {
            if (unsynced === undefined) done(undefined, store, NOTHING);
            else done(storageFailure(unsynced, 'making the journal'), undefined, NOTHING);
          });
        });
      });
    });
  }

  /** Durable when done. */
  store(stored: StoredWatermark, done: (error: JournalError | undefined) => void): void {
    const { offset, slot } = this.#next(stored);
    this.#file.write(offset, [slot], (unwritten) => {
      done(unwritten && storageFailure(unwritten, 'storing the watermark'));
    });
  }

  /** The same where it takes no time. No other store may be under way. */
  put(stored: StoredWatermark, ground: Ground): void {
    const { offset, slot } = this.#next(stored);
    ground.write(this.#file.path, offset, slot);
  }

  #next(stored: StoredWatermark): { readonly offset: number; readonly slot: Payload } {
    this.#generation += 1;
    const slot = bytesPayload(encodeSlot(stored, this.#generation, this.#stream));
    return { offset: (this.#generation % 2) * SLOT_DISTANCE, slot };
  }

  close(): void {
    this.#file.close();
  }
}

function encodeSlot(stored: StoredWatermark, generation: number, stream: number): Uint8Array {
  const bytes = freshBytes(SLOT_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, SLOT_BYTES);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, stream, true);
  view.setFloat64(16, generation, true);
  encodePlace(view, 24, stored.watermark);
  encodePlace(view, 40, stored.applied);
  view.setFloat64(56, stored.position.epoch, true);
  view.setFloat64(64, stored.position.sequence, true);
  view.setUint32(76, crc32(bytes.subarray(0, 76)), true);
  return bytes;
}

function decodeSlot(
  bytes: Uint8Array,
  at: number,
  stream: number,
): { readonly generation: number; readonly stored: StoredWatermark } | undefined {
  if (at + SLOT_BYTES > bytes.length) return undefined;
  const slot = bytes.subarray(at, at + SLOT_BYTES);
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const ours =
    view.getUint32(0, true) === MAGIC &&
    view.getUint32(4, true) === VERSION &&
    view.getUint32(8, true) === stream &&
    view.getUint32(76, true) === crc32(slot.subarray(0, 76));
  if (!ours) return undefined;
  return {
    generation: view.getFloat64(16, true),
    stored: {
      watermark: decodePlace(view, 24),
      applied: decodePlace(view, 40),
      position: { epoch: view.getFloat64(56, true), sequence: view.getFloat64(64, true) },
    },
  };
}

function encodePlace(view: DataView, at: number, place: Place): void {
  view.setUint32(at, place.segment, true);
  view.setUint32(at + 4, place.frame, true);
  view.setUint32(at + 8, place.frameEnd, true);
  view.setInt32(at + 12, place.entry, true);
}

function decodePlace(view: DataView, at: number): Place {
  return {
    segment: view.getUint32(at, true),
    frame: view.getUint32(at + 4, true),
    frameEnd: view.getUint32(at + 8, true),
    entry: view.getInt32(at + 12, true),
  };
}
