/** The replica disks of a stream: one sparse file a disk, at the state of the watermark. */
import type { Payload } from '../world/payload.ts';
import { joinPayloads, zeroes } from '../world/payloads.ts';
import type { Answer, Done, Storage, StoredFile, WorldError } from '../world/world.ts';
import type { JournalDisk } from './contract.ts';

export interface ReplicaWrite {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  /** Undefined for zeroes. */
  readonly payload: Payload | undefined;
}

/** Zeroes are written in pieces, which bounds memory where payloads are real bytes. */
const ZERO_PIECE = 4 * 1024 * 1024;

export class ReplicaDisks {
  readonly #files: readonly StoredFile[];

  private constructor(files: readonly StoredFile[]) {
    this.#files = files;
  }

  static open(
    storage: Storage,
    folder: string,
    disks: readonly JournalDisk[],
    done: Answer<ReplicaDisks>,
  ): void {
    const files: StoredFile[] = [];
    const next = (): void => {
      const disk = disks[files.length];
      if (disk === undefined) {
        storage.syncFolder(folder, (failure) => {
          if (failure === undefined) done(undefined, new ReplicaDisks(files));
          else done(failure, undefined);
        });
        return;
      }
      storage.open(`${folder}/${fileName(disk.name)}`, { create: true }, (failure, file) => {
        if (failure !== undefined || file === undefined) {
          for (const each of files) each.close();
          done(failure, undefined);
          return;
        }
        files.push(file);
        next();
      });
    };
    next();
  }

  /** The writes must not overlap. Not durable before a {@link sync}. */
  apply(writes: readonly ReplicaWrite[], done: Done): void {
    let open = 1;
    let failure: WorldError | undefined;
    const finished: Done = (error) => {
      failure ??= error;
      open -= 1;
      if (open === 0) done(failure);
    };
    for (const { disk, offset, length, payload } of writes) {
      const file = this.#files[disk];
      if (file === undefined) continue;
      if (payload !== undefined) {
        open += 1;
        file.write(offset, [payload], finished);
        continue;
      }
      // Behind its end a file reads as zeroes already.
      const end = Math.min(offset + length, file.size());
      for (let at = offset; at < end; at += ZERO_PIECE) {
        open += 1;
        file.write(at, [zeroes(Math.min(ZERO_PIECE, end - at))], finished);
      }
    }
    finished(undefined);
  }

  read(disk: number, offset: number, length: number, done: Answer<Payload>): void {
    const file = this.#files[disk];
    const there = file === undefined ? 0 : Math.max(0, Math.min(length, file.size() - offset));
    if (file === undefined || there === 0) {
      done(undefined, zeroes(length));
      return;
    }
    file.read(offset, there, (failure, payload) => {
      const short = payload !== undefined && there < length;
      done(failure, short ? joinPayloads([payload, zeroes(length - there)]) : payload);
    });
  }

  sync(done: Done): void {
    let open = this.#files.length;
    let failure: WorldError | undefined;
    for (const file of this.#files) {
      file.sync((error) => {
        failure ??= error;
        open -= 1;
        if (open === 0) done(failure);
      });
    }
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}

/** Names of disks may hold what names of files may not, such as the colons of `scsi:0:0`. */
function fileName(disk: string): string {
  return `${encodeURIComponent(disk)}.disk`;
}
