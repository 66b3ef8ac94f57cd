/** The driver of a protected VM's disks, over files of the host's storage. */
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done, StoredFile, World } from '../world/world.ts';
import { DirtyBitmap } from './dirty-bitmap.ts';
import { openDisks } from './open-disks.ts';
import type { DiskFile } from './open-disks.ts';
import { Operations } from './operations.ts';
import type { Operation } from './operations.ts';
import { StreamTracker } from './stream-tracker.ts';
import type { TrackedMachine } from './stream-tracker.ts';
import { dirtyBlockSize } from './write-tap.ts';
import type { Attachment, MachineDisk, ProtectedMachine, WriteTap } from './write-tap.ts';

export interface ProtectedMachineOptions {
  /** The VM's name. */
  readonly name: string;
  readonly disks: readonly DiskFile[];
  /** Whether a write is durable when it is done; true unless given. */
  readonly writeThrough?: boolean | undefined;
}

/**
 * Opens a VM's disks in the World of its host, making those that are not there yet. What the driver
 * remembers about streams begins with it: after a restart of the host it is opened anew and knows none.
 */
export function openProtectedMachine(
  world: World,
  options: ProtectedMachineOptions,
  done: Answer<ProtectedMachine>,
): void {
  const { name, disks, writeThrough = true } = options;
  openDisks(world.storage, disks, { writeThrough }, (error, files) => {
    if (!files) done(error, undefined);
    else
      findWritten(disks, files, (failed, written) => {
        if (written) done(undefined, new HostedMachine(world, name, disks, files, written));
        else done(failed, undefined);
      });
  });
}

/** Finds which blocks of the disks hold anything, as far as the World can tell. */
function findWritten(
  disks: readonly DiskFile[],
  files: readonly StoredFile[],
  done: Answer<DirtyBitmap[]>,
): void {
  const bitmaps: DirtyBitmap[] = [];
  const next = (): void => {
    const file = files[bitmaps.length];
    if (!file) {
      done(undefined, bitmaps);
      return;
    }
    const bitmap = new DirtyBitmap(dirtyBlockSize);
    const size = disks[bitmaps.length]?.size ?? 0;
    bitmaps.push(bitmap);
    if (!file.written) {
      bitmap.mark(0, size);
      next();
      return;
    }
    file.written((error, ranges) => {
      for (const { offset, length } of ranges ?? []) bitmap.mark(offset, length);
      if (error) done(error, undefined);
      else next();
    });
  };
  next();
}

class HostedMachine implements ProtectedMachine, TrackedMachine {
  readonly name: string;
  readonly disks: readonly MachineDisk[];
  readonly written: readonly DirtyBitmap[];
  readonly #world: World;
  readonly #files: readonly StoredFile[];
  readonly #operations: readonly Operations[];
  readonly #streams = new Map<string, StreamTracker>();
  #holds = 0;
  #withheld: GuestWrite[] = [];

  constructor(
    world: World,
    name: string,
    disks: readonly MachineDisk[],
    files: readonly StoredFile[],
    written: readonly DirtyBitmap[],
  ) {
    this.#world = world;
    this.name = name;
    this.disks = disks.map((disk) => ({ name: disk.name, size: disk.size }));
    this.written = written;
    this.#files = files;
    this.#operations = disks.map(() => new Operations());
  }

  write(disk: number, offset: number, payload: Payload, done: Done): void {
    this.#submitWrite(disk, offset, payload, false, done);
  }

  zero(disk: number, offset: number, length: number, done: Done): void {
    this.#submitWrite(disk, offset, zeroes(length), true, done);
  }

  read(disk: number, offset: number, length: number, done: Answer<Payload>): void {
    this.readForSync(disk, offset, length, done);
  }

  flush(disk: number, done: Done): void {
    const error = this.#check(disk, 0, 0);
    const file = this.#files[disk];
    if (file && !error) file.sync(done);
    else
      this.#world.clock.after(0, () => {
        done(error);
      });
  }

  writtenBytes(disk: number): number {
    return (this.written[disk]?.count ?? 0) * dirtyBlockSize;
  }

  attach(stream: string, tap: WriteTap): Attachment {
    let tracker = this.#streams.get(stream);
    if (!tracker) this.#streams.set(stream, (tracker = new StreamTracker(this)));
    return tracker.attach(stream, tap);
  }

  detachAll(): void {
    for (const tracker of this.#streams.values()) tracker.attached?.detach();
  }

  forget(stream: string): void {
    this.#streams.get(stream)?.attached?.detach();
    this.#streams.delete(stream);
  }

  readForSync(disk: number, offset: number, length: number, done: Answer<Payload>): void {
    const error = this.#check(disk, offset, length);
    const file = this.#files[disk];
    const operations = this.#operations[disk];
    if (error || !file || !operations) {
      this.#world.clock.after(0, () => {
        done(error, undefined);
      });
      return;
    }
    operations.submit(new DiskRead(operations, file, offset, length, done));
  }

  holdBegan(): void {
    this.#holds++;
  }

  holdEnded(): void {
    this.#holds--;
    if (this.#holds > 0 || this.#withheld.length === 0) return;
    const withheld = this.#withheld;
    this.#withheld = [];
    // Not within the VRA's call: a guest that writes on at once would come back to the VRA's tap in it.
    this.#world.clock.after(0, () => {
      for (const write of withheld) write.report();
    });
  }

  /** A write takes effect: from here on it has its place in every stream. */
  started(write: GuestWrite): void {
    const { disk, offset, length, payload } = write;
    write.held = this.#holds > 0;
    this.written[disk]?.mark(offset, length);
    for (const tracker of this.#streams.values()) {
      if (write.isZero) tracker.zero(disk, offset, length);
      else tracker.write(disk, offset, payload);
    }
    this.#files[disk]?.write(offset, [payload], write.finish);
  }

  finished(write: GuestWrite): void {
    const { disk, offset, length } = write;
    if (write.error) {
      for (const tracker of this.#streams.values()) tracker.failed(disk, offset, length);
    }
    if (write.held && this.#holds > 0) this.#withheld.push(write);
    else write.report();
    this.#operations[disk]?.finished(write);
  }

  #submitWrite(disk: number, offset: number, payload: Payload, isZero: boolean, done: Done): void {
    const error = this.#check(disk, offset, payload.length);
    if (error) {
      this.#world.clock.after(0, () => {
        done(error);
      });
      return;
    }
    this.#operations[disk]?.submit(new GuestWrite(this, disk, offset, payload, isZero, done));
  }

  #check(disk: number, offset: number, length: number): WorldError | undefined {
    const known = this.disks[disk];
    if (!known) {
      const count = this.disks.length;
      return new WorldError('out-of-range', this.name, `has ${count} disks, none numbered ${disk}`);
    }
    if (offset >= 0 && length >= 0 && offset + length <= known.size) return undefined;
    return new WorldError(
      'out-of-range',
      `${this.name}/${known.name}`,
      `${length} bytes at ${offset} are not within its ${known.size} bytes`,
    );
  }
}

class GuestWrite implements Operation {
  readonly isWrite = true;
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  readonly payload: Payload;
  readonly isZero: boolean;
  /** Whether it started under a hold. */
  held = false;
  error: WorldError | undefined;
  readonly #machine: HostedMachine;
  readonly #done: Done;

  constructor(
    machine: HostedMachine,
    disk: number,
    offset: number,
    payload: Payload,
    isZero: boolean,
    done: Done,
  ) {
    this.#machine = machine;
    this.disk = disk;
    this.offset = offset;
    this.length = payload.length;
    this.payload = payload;
    this.isZero = isZero;
    this.#done = done;
  }

  start(): void {
    this.#machine.started(this);
  }

  readonly finish: Done = (error) => {
    this.error = error;
    this.#machine.finished(this);
  };

  report(): void {
    this.#done(this.error);
  }
}

class DiskRead implements Operation {
  readonly isWrite = false;
  readonly offset: number;
  readonly length: number;
  readonly #operations: Operations;
  readonly #file: StoredFile;
  readonly #done: Answer<Payload>;

  constructor(
    operations: Operations,
    file: StoredFile,
    offset: number,
    length: number,
    done: Answer<Payload>,
  ) {
    this.#operations = operations;
    this.#file = file;
    this.offset = offset;
    this.length = length;
    this.#done = done;
  }

  start(): void {
    this.#file.read(this.offset, this.length, (error, payload) => {
      // First the reader, then the writes that wait: what was read must get its place before theirs.
      this.#done(error, payload);
      this.#operations.finished(this);
    });
  }
}
