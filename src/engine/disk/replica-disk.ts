/** The replica disks of a stream: sparse files that journaled writes are promoted to, in order. */
import type { Payload } from '../world/payload.ts';
import { ExtentMap } from '../world/extent-map.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done, StoredFile, World } from '../world/world.ts';
import { openDisks } from './open-disks.ts';
import type { MachineDisk } from './write-tap.ts';

export interface ReplicaWrite {
  /** Index of the disk. */
  readonly disk: number;
  /** Bytes. */
  readonly offset: number;
  /** Zeroes free the space that they overwrite. */
  readonly payload: Payload;
}

export interface ReplicaDisks {
  readonly disks: readonly MachineDisk[];
  /**
   * Applies all of them, a later one over an earlier one. An `out-of-range` is found before anything is
   * written; after another error (`no-space`, `input-output`) any part may be written, and doing it all
   * again is harmless.
   */
  apply(writes: readonly ReplicaWrite[], done: Done): void;
  /** What a disk holds; what was never written is zeroes. Error: `out-of-range`. */
  read(disk: number, offset: number, length: number, done: Answer<Payload>): void;
  /** Everything applied before is durable. After an error the next sync covers it again. */
  sync(done: Done): void;
  /** Nothing may be asked of the disks afterwards. */
  close(): void;
}

/** Where a disk's replica lies, below the stream's replica folder (`datastore/...`). */
export function replicaPath(folder: string, disk: string): string {
  return `${folder}/${disk}.replica`;
}

/** A replica disk. One that was a protected disk before stays where it is: `datastore/...`. */
export interface ReplicaPlace extends MachineDisk {
  readonly path?: string | undefined;
}

/** Opens the replica disks below a folder, making those that are not there yet, all zeroes. */
export function openReplicaDisks(
  world: World,
  folder: string,
  disks: readonly ReplicaPlace[],
  done: Answer<ReplicaDisks>,
): void {
  const paths = disks.map(({ name, size, path }) => ({
    name,
    size,
    path: path ?? replicaPath(folder, name),
  }));
  openDisks(world.storage, paths, { writeThrough: false }, (error, files) => {
    if (files) done(undefined, new StoredReplicaDisks(world, disks, files));
    else done(error, undefined);
  });
}

class StoredReplicaDisks implements ReplicaDisks {
  readonly disks: readonly MachineDisk[];
  readonly #world: World;
  readonly #files: readonly StoredFile[];
  readonly #unsynced = new Set<StoredFile>();

  constructor(world: World, disks: readonly MachineDisk[], files: readonly StoredFile[]) {
    this.#world = world;
    this.disks = disks;
    this.#files = files;
  }

  apply(writes: readonly ReplicaWrite[], done: Done): void {
    for (const { disk, offset, payload } of writes) {
      const error = this.#check(disk, offset, payload.length);
      if (!error) continue;
      this.#later(done, error);
      return;
    }
    this.#writeAll(apart(writes) ?? this.#untangled(writes), done);
  }

  read(disk: number, offset: number, length: number, done: Answer<Payload>): void {
    const error = this.#check(disk, offset, length);
    const file = this.#files[disk];
    if (file && !error) file.read(offset, length, done);
    else
      this.#world.clock.after(0, () => {
        done(error, undefined);
      });
  }

  sync(done: Done): void {
    const files = [...this.#unsynced];
    this.#unsynced.clear();
    let open = files.length;
    if (open === 0) this.#later(done, undefined);
    let first: WorldError | undefined;
    for (const file of files) {
      file.sync((error) => {
        if (error) this.#unsynced.add(file);
        first ??= error;
        if (--open === 0) done(first);
      });
    }
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  /** What is left of writes that overlap: each changed range once. */
  #untangled(writes: readonly ReplicaWrite[]): ReplicaWrite[] {
    const changes = this.disks.map(() => new ExtentMap({ holdsZeroes: true }));
    for (const { disk, offset, payload } of writes) changes[disk]?.write(offset, payload);
    return changes.flatMap((change, disk) =>
      change.ranges().map(({ offset, length }) => ({
        disk,
        offset,
        payload: change.read(offset, length),
      })),
    );
  }

  /** Writes what does not overlap, neighbours together. */
  #writeAll(writes: readonly ReplicaWrite[], done: Done): void {
    let open = 1;
    let first: WorldError | undefined;
    const finished: Done = (error) => {
      first ??= error;
      if (--open === 0) done(first);
    };
    for (let index = 0; index < writes.length;) {
      const write = writes[index];
      if (!write) break;
      const { disk, offset, payload } = write;
      const parts = [payload];
      let end = offset + payload.length;
      for (index += 1; index < writes.length; index += 1) {
        const next = writes[index];
        if (next?.disk !== disk || next.offset !== end) break;
        parts.push(next.payload);
        end += next.payload.length;
      }
      const file = this.#files[disk];
      if (!file) continue;
      open++;
      this.#unsynced.add(file);
      file.write(offset, parts, finished);
    }
    this.#later(finished, undefined);
  }

  #check(disk: number, offset: number, length: number): WorldError | undefined {
    const known = this.disks[disk];
    if (!known) {
      const count = this.disks.length;
      return new WorldError('out-of-range', 'replica', `has ${count} disks, none numbered ${disk}`);
    }
    if (offset >= 0 && length >= 0 && offset + length <= known.size) return undefined;
    return new WorldError(
      'out-of-range',
      `replica of ${known.name}`,
      `${length} bytes at ${offset} are not within its ${known.size} bytes`,
    );
  }

  #later(done: Done, error: WorldError | undefined): void {
    this.#world.clock.after(0, () => {
      done(error);
    });
  }
}

/** The writes by disk and offset, where no two of them overlap; otherwise undefined. */
function apart(writes: readonly ReplicaWrite[]): ReplicaWrite[] | undefined {
  const sorted = [...writes].sort((a, b) => a.disk - b.disk || a.offset - b.offset);
  for (let index = 1; index < sorted.length; index += 1) {
    const before = sorted[index - 1];
    const next = sorted[index];
    if (before?.disk !== next?.disk || !before || !next) continue;
    if (before.offset + before.payload.length > next.offset) return undefined;
  }
  return sorted;
}
