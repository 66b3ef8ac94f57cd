/** The driver of a protected VM's disks, over files of the host's storage. */
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done, StoredFile, World } from '../world/world.ts';
import { ActivityLog } from './activity-log.ts';
import type { ActivitySource } from './activity-log.ts';
import { regionSize } from './activity-record.ts';
import type { ActivityRecord, LoggedStream } from './activity-record.ts';
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
  /** Where it keeps an {@link ActivityLog}, `datastore/...`; undefined: it keeps none. */
  readonly activityLog?: string | undefined;
}

/**
 * Opens a VM's disks in the World of its host, making those that are not there yet. What the driver
 * remembers about streams begins with it: after a restart of the host it is opened anew and knows none, but for what
 * the activity log says.
 */
export function openProtectedMachine(
  world: World,
  options: ProtectedMachineOptions,
  done: Answer<ProtectedMachine>,
): void {
  const { name, disks, writeThrough = true, activityLog: path } = options;
  openDisks(world.storage, disks, { writeThrough }, (error, files) => {
    if (!files) {
      done(error, undefined);
      return;
    }
    findWritten(disks, files, (failed, written) => {
      if (!written) done(failed, undefined);
      else if (path === undefined)
        done(
          undefined,
          new HostedMachine(world, name, disks, files, written, undefined, undefined),
        );
      else
        ActivityLog.open(world, { path, disks, files, writeThrough }, (unkept, log, left) => {
          if (log)
            done(undefined, new HostedMachine(world, name, disks, files, written, log, left));
          else done(unkept, undefined);
        });
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

class HostedMachine implements ProtectedMachine, TrackedMachine, ActivitySource {
  readonly name: string;
  readonly disks: readonly MachineDisk[];
  readonly written: readonly DirtyBitmap[];
  readonly #world: World;
  readonly #files: readonly StoredFile[];
  readonly #operations: readonly Operations[];
  readonly #streams = new Map<string, StreamTracker>();
  readonly #log: ActivityLog | undefined;
  #holds = 0;
  #withheld: GuestWrite[] = [];

  constructor(
    world: World,
    name: string,
    disks: readonly MachineDisk[],
    files: readonly StoredFile[],
    written: readonly DirtyBitmap[],
    log: ActivityLog | undefined,
    left: ActivityRecord | undefined,
  ) {
    this.#world = world;
    this.name = name;
    this.disks = disks.map((disk) => ({ name: disk.name, size: disk.size }));
    this.written = written;
    this.#files = files;
    this.#operations = disks.map(() => new Operations());
    this.#log = log;
    if (left) this.#restore(left);
    log?.bind(this);
  }

  /** What lies in regions that were active has to be compared, of streams that the log vouches for. */
  #restore({ streams, active }: ActivityRecord): void {
    for (const { stream, epoch, sequence } of streams) {
      const tracker = new StreamTracker(this);
      tracker.restore({ epoch, sequence });
      for (const { disk, first, count } of active) {
        const offset = first * regionSize;
        const end = Math.min(this.disks[disk]?.size ?? 0, offset + count * regionSize);
        tracker.suspect[disk]?.mark(offset, end - offset);
      }
      this.#streams.set(stream, tracker);
    }
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

  get quiet(): boolean {
    const isIdle = this.#operations.every(({ idle }) => idle);
    return isIdle && this.#holds === 0 && this.#withheld.length === 0 && this.#log === undefined;
  }

  get attachedStreams(): readonly string[] {
    return [...this.#streams].flatMap(([name, { attached }]) => (attached ? [name] : []));
  }

  wrote(disk: number, offset: number, length: number): void {
    this.written[disk]?.mark(offset, length);
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
    if (this.#streams.delete(stream)) this.#log?.changed();
  }

  leave(): void {
    this.detachAll();
    this.#log?.close();
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

  vouchingChanged(tracker: StreamTracker): void {
    const log = this.#log;
    if (!log) return;
    // Whatever the other side may lack at that moment has to be in the log that vouches for the rest.
    if (tracker.baseline)
      tracker.eachUnsettled((...range) => {
        log.activate(...range);
      });
    log.changed();
  }

  logged(): readonly LoggedStream[] {
    const logged: LoggedStream[] = [];
    for (const [stream, { baseline, confirmed }] of this.#streams) {
      if (baseline) logged.push({ stream, ...confirmed });
    }
    return logged;
  }

  isMarked(disk: number, offset: number, length: number): boolean {
    for (const tracker of this.#streams.values()) {
      if (tracker.baseline && tracker.isMarked(disk, offset, length)) return true;
    }
    return false;
  }

  eachUnacknowledged(visit: (disk: number, offset: number, length: number) => void): void {
    for (const { baseline, unacknowledged } of this.#streams.values()) {
      if (baseline) unacknowledged.each(visit);
    }
  }

  /** A write's turn has come: it begins when the log covers it. */
  cover(write: GuestWrite): void {
    const { disk, offset, length } = write;
    if (this.#log) this.#log.cover(disk, offset, length, write.begin);
    else write.begin(undefined);
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
    this.#log?.written(disk, offset, length);
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
    this.#machine.cover(this);
  }

  readonly begin: Done = (error) => {
    if (error) this.finish(error);
    else this.#machine.started(this);
  };

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
