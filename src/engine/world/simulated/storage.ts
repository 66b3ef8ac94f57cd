/**
 * The files of a process: those of its site's datastores, which all machines of a site share.
 *
 * A write is seen by readers at once, is reported when the datastore has transferred it (100 µs and
 * 500 MB/s, shared), and is durable after a sync (1 ms), after 30 s, or with `writeThrough` when it is
 * reported. Losing power loses or tears by chance what is not durable; the end of a process alone loses
 * only what was still on its way.
 */
import type { Payload } from '../payload.ts';
import { joinPayloads } from '../payload/join.ts';
import { WorldError } from '../world.ts';
import type {
  Answer,
  Done,
  Instant,
  OpenOptions,
  Storage,
  StoredFile,
  StoredRange,
} from '../world.ts';
import type { Datastore, DatastoreFile } from './datastore.ts';
import { ScheduledEvent } from '../schedule/event-queue.ts';
import type { StorageCall, StorageFaults, Watch } from './harm.ts';
import type { Kernel } from './kernel.ts';
import type { Life } from '../schedule/life.ts';
import type { PendingChange } from './stored-content.ts';

/** Bytes written within one event that are reported as one. */
const joinedSize = 16 * 1024 * 1024;

/** What a storage needs to know of its process. */
export interface StorageOwner {
  readonly name: string;
  readonly kernel: Kernel;
  readonly life: Life;
  readonly datastores: ReadonlyMap<string, Datastore>;
  readonly watch: Watch;
  /** What was written last. */
  written?: Written | undefined;
}

export class SimulatedStorage implements Storage {
  readonly #owner: StorageOwner;

  constructor(owner: StorageOwner) {
    this.#owner = owner;
  }

  open(path: string, options: OpenOptions, done: Answer<StoredFile>): void {
    const { kernel, life, name } = this.#owner;
    if (!life.alive) return;
    const datastore = this.#find(path);
    if (datastore instanceof WorldError) {
      this.#answer(kernel.now, done, datastore);
      return;
    }
    const at = datastore.transfer(kernel.now, 0);
    const known = datastore.file(path);
    if (!known && !options.create) {
      const error = new WorldError('not-found', path, 'there is no such file');
      this.#answer(at, done, error);
      return;
    }
    const file = known ?? datastore.create(path, name, kernel.now);
    const opened = new SimulatedFile(this.#owner, datastore, file, options.writeThrough ?? false);
    this.#answer(at, done, undefined, opened);
  }

  list(folder: string, done: Answer<readonly string[]>): void {
    const datastore = this.#find(folder);
    const { now } = this.#owner.kernel;
    if (datastore instanceof WorldError) this.#answer(now, done, datastore);
    else this.#answer(datastore.transfer(now, 0), done, undefined, datastore.list(folder));
  }

  remove(path: string, done: Done): void {
    const { kernel, life, name } = this.#owner;
    if (!life.alive) return;
    const datastore = this.#find(path);
    if (datastore instanceof WorldError) {
      this.#done(kernel.now, done, datastore);
      return;
    }
    const found = datastore.remove(path, name, kernel.now);
    const error = found
      ? undefined
      : new WorldError('not-found', path, 'there is no such file to remove');
    this.#done(datastore.transfer(kernel.now, 0), done, error);
  }

  syncFolder(folder: string, done: Done): void {
    const datastore = this.#find(folder);
    const { kernel, life } = this.#owner;
    if (datastore instanceof WorldError) {
      this.#done(kernel.now, done, datastore);
      return;
    }
    const asked = kernel.now;
    const settle = (): undefined => {
      datastore.syncEntries(folder, asked);
    };
    kernel.push(datastore.flush(asked), new Completion(life, done, settle));
  }

  space(path: string): { readonly capacity: number; readonly free: number } | undefined {
    const datastore = this.#find(path);
    if (datastore instanceof WorldError) return undefined;
    return { capacity: datastore.capacity, free: datastore.free };
  }

  #find(path: string): Datastore | WorldError {
    const slash = path.indexOf('/');
    const name = slash < 0 ? path : path.slice(0, slash);
    const datastore = this.#owner.datastores.get(name);
    if (datastore) return datastore;
    const known = [...this.#owner.datastores.keys()].join(', ');
    return new WorldError(
      'not-found',
      path,
      `the site has no datastore ${name}; it has ${known === '' ? 'none' : known}`,
    );
  }

  #answer<T>(at: number, done: Answer<T>, error: WorldError | undefined, value?: T): void {
    const { kernel, life } = this.#owner;
    kernel.push(at, new Reply(life, done, error, value));
  }

  #done(at: number, done: Done, error: WorldError | undefined): void {
    const { kernel, life } = this.#owner;
    kernel.push(at, new Completion(life, done, () => error));
  }
}

class SimulatedFile implements StoredFile {
  readonly path: string;
  readonly #owner: StorageOwner;
  readonly #datastore: Datastore;
  readonly #file: DatastoreFile;
  readonly #writeThrough: boolean;
  #open = true;

  constructor(
    owner: StorageOwner,
    datastore: Datastore,
    file: DatastoreFile,
    writeThrough: boolean,
  ) {
    this.path = file.path;
    this.#owner = owner;
    this.#datastore = datastore;
    this.#file = file;
    this.#writeThrough = writeThrough;
  }

  size(): number {
    return this.#file.content.size;
  }

  write(offset: number, parts: readonly Payload[], done: Done): void {
    if (!this.#owner.life.alive) return;
    const payload = joinPayloads(parts);
    const datastore = this.#datastore;
    const { kernel } = this.#owner;
    const error = this.#checkWrite(offset, payload.length);
    if (error) {
      this.#fail(error, done);
      return;
    }
    const { name, watch } = this.#owner;
    if (datastore.faults && this.#faultyWrite(datastore.faults, offset, payload, done)) return;
    watch.observer?.wrote?.(name, this.path, offset, parts);
    const change = datastore.write(this.#file, offset, payload, name, kernel.now);
    const transferred = datastore.transfer(kernel.now, payload.length);
    const at = this.#writeThrough
      ? Math.max(transferred, datastore.flush(kernel.now))
      : transferred;
    const owner = this.#owner;
    const write = { done, file: this.#file, change, durable: this.#writeThrough };
    if (owner.written?.join(datastore, write, payload.length, at)) return;
    owner.written = new Written(kernel, owner.life, datastore, write, payload.length, at);
    kernel.pushOpen(owner.written);
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    const { kernel, life, name, watch } = this.#owner;
    watch.observer?.touched?.(name, this.path);
    const size = this.size();
    const error = !this.#open
      ? new WorldError('closed', this.path, 'the file is closed')
      : offset < 0 || length < 0 || offset + length > size
        ? outOfRange(this.path, offset, length, size)
        : this.#datastore.faults?.read?.(this.#call(offset, length)) && this.#broken('read');
    if (error) {
      kernel.push(kernel.now, new Reply<Payload>(life, done, error, undefined));
      return;
    }
    const payload = this.#file.content.read(offset, length);
    const at = this.#datastore.transfer(kernel.now, length);
    kernel.push(at, new Reply(life, done, undefined, payload));
  }

  sync(done: Done): void {
    if (!this.#open) {
      this.#fail(new WorldError('closed', this.path, 'the file is closed'), done);
      return;
    }
    const last = this.#file.content.lastChange;
    this.#owner.watch.observer?.touched?.(this.#owner.name, this.path);
    const fate = this.#datastore.faults?.sync?.(this.#call(0, 0));
    if (fate !== undefined) {
      this.#faultySync(fate, last, done);
      return;
    }
    this.#settleAt(this.#datastore.flush(this.#owner.kernel.now), done, () => {
      this.#datastore.change(this.#file, (content) => {
        content.sync(last);
      });
    });
  }

  truncate(size: number, done: Done): void {
    const { kernel, life, name } = this.#owner;
    if (!life.alive) return;
    const error = this.#checkWrite(size, 0);
    if (error) {
      this.#fail(error, done);
      return;
    }
    const datastore = this.#datastore;
    const change = datastore.change(this.#file, (content) =>
      content.truncate(size, name, kernel.now),
    );
    this.#settleAt(datastore.transfer(kernel.now, 0), done, () => {
      datastore.change(this.#file, (content) => {
        content.complete(change, this.#writeThrough);
      });
    });
  }

  written(done: Answer<readonly StoredRange[]>): void {
    const { kernel, life } = this.#owner;
    if (!this.#open) {
      const error = new WorldError('closed', this.path, 'the file is closed');
      kernel.push(kernel.now, new Reply<readonly StoredRange[]>(life, done, error, undefined));
      return;
    }
    const at = this.#datastore.transfer(kernel.now, 0);
    kernel.push(at, new Reply(life, done, undefined, this.#file.content.ranges()));
  }

  close(): void {
    this.#open = false;
  }

  #call(offset: number, length: number): StorageCall {
    return { process: this.#owner.name, path: this.path, offset, length };
  }

  #broken(what: string): WorldError {
    return new WorldError('input-output', this.path, `the datastore failed a ${what}`);
  }

  /** Does what becomes of a write on a datastore that is not sound; false where it is as it should be. */
  #faultyWrite(faults: StorageFaults, offset: number, payload: Payload, done: Done): boolean {
    const { kernel, life, name, watch } = this.#owner;
    const datastore = this.#datastore;
    const fate = faults.write?.(this.#call(offset, payload.length));
    if (fate === 'failed') {
      this.#fail(this.#broken('write'), done);
      return true;
    }
    const lasting = this.#writeThrough
      ? faults.sync?.(this.#call(offset, payload.length))
      : 'lying';
    if (fate === undefined && (lasting === undefined || !this.#writeThrough)) return false;
    const at = Math.max(
      datastore.transfer(kernel.now, payload.length),
      this.#writeThrough ? datastore.flush(kernel.now) : 0,
    );
    if (fate === 'phantom') {
      kernel.push(at, new Completion(life, done, () => undefined));
      return true;
    }
    if (fate === undefined) watch.observer?.wrote?.(name, this.path, offset, [payload]);
    const to = fate?.misdirectedTo ?? offset;
    const file = this.#file;
    const change = datastore.write(file, to, payload, name, kernel.now);
    kernel.push(
      at,
      new Completion(life, done, () => {
        datastore.complete(file, change, lasting === undefined);
        if (lasting !== 'failed') return undefined;
        file.content.forsake(change);
        return this.#broken('sync');
      }),
    );
    return true;
  }

  #faultySync(fate: 'failed' | 'lying', last: PendingChange | undefined, done: Done): void {
    const { kernel, life } = this.#owner;
    const settle = (): WorldError | undefined => {
      if (fate === 'lying') return undefined;
      this.#file.content.forsake(last);
      return this.#broken('sync');
    };
    kernel.push(this.#datastore.flush(kernel.now), new Completion(life, done, settle));
  }

  #checkWrite(offset: number, length: number): WorldError | undefined {
    if (!this.#open) return new WorldError('closed', this.path, 'the file is closed');
    if (offset < 0) return outOfRange(this.path, offset, length, this.size());
    const { free, name } = this.#datastore;
    if (free >= length || this.#file.content.wouldAllocate(offset, length) <= free)
      return undefined;
    return new WorldError(
      'no-space',
      this.path,
      `${length} bytes do not fit into the ${free} that are free on datastore ${name}`,
    );
  }

  #settleAt(at: number, done: Done, settle: () => void): void {
    const { kernel, life } = this.#owner;
    kernel.push(
      at,
      new Completion(life, done, () => {
        settle();
        return undefined;
      }),
    );
  }

  #fail(error: WorldError, done: Done): void {
    const { kernel, life } = this.#owner;
    kernel.push(kernel.now, new Completion(life, done, () => error));
  }
}

function outOfRange(path: string, offset: number, length: number, size: number): WorldError {
  return new WorldError(
    'out-of-range',
    path,
    `${length} bytes at ${offset} are not within its ${size} bytes`,
  );
}

/** The end of an operation: what it does at that moment, and the report of it. */
class Completion extends ScheduledEvent {
  readonly #done: Done;
  readonly #settle: () => WorldError | undefined;

  constructor(life: Life, done: Done, settle: () => WorldError | undefined) {
    super(life);
    this.#done = done;
    this.#settle = settle;
  }

  fire(): void {
    this.#done(this.#settle());
  }
}

interface EndOfWrite {
  readonly done: Done;
  readonly file: DatastoreFile;
  readonly change: PendingChange;
  readonly durable: boolean;
}

/** The end of the writes that a process began in one moment on one datastore. */
class Written extends ScheduledEvent {
  readonly #kernel: Kernel;
  readonly #datastore: Datastore;
  readonly #writes: EndOfWrite[];
  readonly #begunAt: Instant;
  readonly #begunIn: number;
  at: Instant;
  #size: number;

  constructor(
    kernel: Kernel,
    life: Life,
    datastore: Datastore,
    write: EndOfWrite,
    size: number,
    at: Instant,
  ) {
    super(life);
    this.#kernel = kernel;
    this.#datastore = datastore;
    this.#writes = [write];
    this.#begunAt = kernel.now;
    this.#begunIn = kernel.count;
    this.#size = size;
    this.at = at;
  }

  join(datastore: Datastore, write: EndOfWrite, size: number, at: Instant): boolean {
    if (datastore !== this.#datastore) return false;
    if (!this.#kernel.isSameMoment(this.#begunIn, this.#begunAt)) return false;
    this.#size += size;
    if (this.#size > joinedSize) return false;
    this.#writes.push(write);
    this.at = Math.max(this.at, at);
    return true;
  }

  fire(): void {
    if (this.at > this.#kernel.now) {
      this.#kernel.push(this.at, this);
      return;
    }
    for (const { done, file, change, durable } of this.#writes) {
      if (!this.life.alive) return;
      this.#datastore.complete(file, change, durable);
      done(undefined);
    }
  }
}

class Reply<T> extends ScheduledEvent {
  readonly #done: Answer<T>;
  readonly #error: WorldError | undefined;
  readonly #value: T | undefined;

  constructor(life: Life, done: Answer<T>, error: WorldError | undefined, value: T | undefined) {
    super(life);
    this.#done = done;
    this.#error = error;
    this.#value = value;
  }

  fire(): void {
    this.#done(this.#error, this.#value);
  }
}
