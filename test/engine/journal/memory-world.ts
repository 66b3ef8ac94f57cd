/**
 * A small World of bytes in memory for the journal's tests: it stops at any event, crashes there with a
 * chosen loss of what was not durable, fails chosen calls and lets a test damage files.
 */
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type {
  Codec,
  OpenOptions,
  Random,
  Storage,
  StoredFile,
  World,
  WorldErrorCode,
} from '../../../src/engine/world/world.ts';

interface Change {
  readonly offset: number;
  /** Undefined for a truncation to `offset`. */
  readonly bytes: Uint8Array | undefined;
}

interface File {
  /** What a crash leaves for sure. */
  durable: Uint8Array;
  /** What readers see. */
  current: Uint8Array;
  pending: Change[];
  entryDurable: boolean;
}

/** What outlives a process: the datastore. */
export class MemoryDatastore {
  readonly files = new Map<string, File>();
  /** Removals that a crash may undo. */
  readonly removed = new Map<string, File>();

  file(path: string): File {
    const file = this.files.get(path);
    if (file === undefined) throw new Error(`no file ${path}`);
    return file;
  }

  paths(folder: string): string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
  }

  /** All bytes of the files below a folder, to be compared. */
  fingerprint(folder: string): string {
    return this.paths(folder)
      .map((path) => `${path} ${Buffer.from(this.file(path).current).toString('base64')}`)
      .join('\n');
  }

  /** Changes bytes behind everybody's back. */
  damage(
    path: string,
    offset: number,
    change: (byte: number) => number = (byte) => byte ^ 0x55,
  ): void {
    const file = this.file(path);
    for (const bytes of [file.current, file.durable]) {
      if (offset < bytes.length) bytes[offset] = change(bytes[offset] ?? 0);
    }
  }

  /** The power goes: each change that is not durable is lost, kept or torn, by chance. */
  crash(random: Random): void {
    for (const [path, file] of this.removed) {
      if (!this.files.has(path) && random.next() < 0.5) this.files.set(path, file);
    }
    this.removed.clear();
    for (const [path, file] of this.files) {
      if (!file.entryDurable && random.next() < 0.5) {
        this.files.delete(path);
        continue;
      }
      for (const change of file.pending) {
        const luck = random.next();
        if (luck < 0.3) continue;
        const whole = luck < 0.6 || change.bytes === undefined;
        file.durable = apply(file.durable, whole ? change : torn(change, random));
      }
      file.pending = [];
      file.current = file.durable.slice();
      file.entryDurable = true;
    }
  }
}

function torn(change: Change, random: Random): Change {
  const { offset, bytes = new Uint8Array() } = change;
  const kept = Math.floor(bytes.length * random.next());
  if (random.next() < 0.5) return { offset, bytes: bytes.slice(0, kept) };
  return { offset: offset + bytes.length - kept, bytes: bytes.slice(bytes.length - kept) };
}

function apply(bytes: Uint8Array, { offset, bytes: added }: Change): Uint8Array {
  if (added === undefined) {
    const cut = new Uint8Array(offset);
    cut.set(bytes.subarray(0, Math.min(offset, bytes.length)));
    return cut;
  }
  const end = offset + added.length;
  const result = end <= bytes.length ? bytes : grown(bytes, end);
  result.set(added, offset);
  return result;
}

/** With room behind it, or every append would copy the whole file. */
function grown(bytes: Uint8Array, length: number): Uint8Array {
  const { buffer } = bytes;
  if (bytes.byteOffset === 0 && buffer.byteLength >= length) {
    return new Uint8Array(buffer, 0, length).fill(0, bytes.length);
  }
  const result = new Uint8Array(new ArrayBuffer(2 * length), 0, length);
  result.set(bytes);
  return result;
}

export type Call = 'open' | 'read' | 'write' | 'sync' | 'truncate' | 'remove' | 'syncFolder';

/** Completions, in the order of their time and then of their asking. */
export class MemoryWorld implements World {
  readonly name = 'VRA of the test';
  readonly datastore: MemoryDatastore;
  readonly storage: Storage;
  readonly random = createRandom(1);
  readonly codec: Codec = mirrorCodec;
  readonly cpu = { load: () => 0 };
  /** Answers an error code to make a call fail. */
  fault: (call: Call, path: string) => WorldErrorCode | undefined = () => undefined;
  now = 0;
  /** Calls so far. */
  readonly calls: Record<Call, number> = {
    open: 0,
    read: 0,
    write: 0,
    sync: 0,
    truncate: 0,
    remove: 0,
    syncFolder: 0,
  };
  #events: (() => void)[] = [];
  #dead = false;

  constructor(datastore: MemoryDatastore) {
    this.datastore = datastore;
    this.storage = this.#makeStorage();
  }

  get network(): never {
    throw new Error('a journal has no use for the network');
  }

  readonly clock = {
    now: (): number => this.now,
    timeOfDay: (): number => this.now,
    elapsed: (): number => this.now,
    after: (_delay: number, run: () => void) => {
      let live = true;
      this.#push(() => {
        if (live) run();
      });
      return {
        cancel: () => {
          live = false;
        },
      };
    },
    beat: (): never => {
      throw new Error('a journal has no beat');
    },
  };

  get idle(): boolean {
    return this.#events.length === 0;
  }

  /** Lets everything happen, or only so many events. */
  run(events = Infinity): void {
    for (let count = 0; count < events; count += 1) {
      const event = this.#events.shift();
      if (event === undefined || this.#dead) return;
      event();
    }
  }

  /** Nothing of this process is heard of any more. */
  kill(): void {
    this.#dead = true;
    this.#events = [];
  }

  #push(event: () => void): void {
    if (!this.#dead) this.#events.push(event);
  }

  #fails(call: Call, path: string): WorldError | undefined {
    this.calls[call] += 1;
    const code = this.fault(call, path);
    return code && new WorldError(code, path, `the test makes this ${call} fail`);
  }

  #makeStorage(): Storage {
    const { files, removed } = this.datastore;
    return {
      open: (path, options, done) => {
        const error = this.#fails('open', path);
        let file = files.get(path);
        if (error === undefined && file === undefined && options.create) {
          const nothing = new Uint8Array(0);
          file = { durable: nothing, current: nothing, pending: [], entryDurable: false };
          files.set(path, file);
        }
        this.#push(() => {
          if (error !== undefined) done(error, undefined);
          else if (file === undefined)
            done(new WorldError('not-found', path, 'no file'), undefined);
          else done(undefined, this.#openFile(path, file, options));
        });
      },
      list: (folder, done) => {
        const names = this.datastore.paths(folder).map((path) => path.slice(folder.length + 1));
        this.#push(() => {
          done(undefined, names);
        });
      },
      remove: (path, done) => {
        const error = this.#fails('remove', path);
        const file = files.get(path);
        if (error === undefined && file !== undefined) {
          files.delete(path);
          if (file.entryDurable) removed.set(path, file);
        }
        const missing =
          file === undefined ? new WorldError('not-found', path, 'no file') : undefined;
        this.#push(() => {
          done(error ?? missing);
        });
      },
      syncFolder: (folder, done) => {
        const error = this.#fails('syncFolder', folder);
        this.#push(() => {
          if (error === undefined) {
            for (const path of this.datastore.paths(folder)) {
              this.datastore.file(path).entryDurable = true;
            }
            for (const path of removed.keys()) {
              if (path.startsWith(`${folder}/`)) removed.delete(path);
            }
          }
          done(error);
        });
      },
      space: () => ({ capacity: 2 ** 40, free: 2 ** 40 }),
    };
  }

  #openFile(path: string, file: File, options: OpenOptions): StoredFile {
    let open = true;
    const closed = (): WorldError | undefined =>
      open ? undefined : new WorldError('closed', path, 'the file is closed');
    const change = (
      what: Change,
      error: WorldError | undefined,
      done: (e?: WorldError) => void,
    ) => {
      // A write that fails may have written some of it all the same.
      file.current = apply(file.current, what);
      file.pending.push(what);
      this.#push(() => {
        if (options.writeThrough === true && error === undefined) {
          file.durable = apply(file.durable, what);
          file.pending = file.pending.filter((each) => each !== what);
        }
        done(error);
      });
    };
    return {
      path,
      size: () => file.current.length,
      write: (offset, parts, done) => {
        const bytes = new Uint8Array(Buffer.concat(parts.map((part) => part.bytes())));
        change({ offset, bytes }, closed() ?? this.#fails('write', path), done);
      },
      read: (offset, length, done) => {
        const error = closed() ?? this.#fails('read', path);
        const beyond = offset < 0 || length < 0 || offset + length > file.current.length;
        const bytes = file.current.slice(offset, offset + length);
        this.#push(() => {
          if (error !== undefined) done(error, undefined);
          else if (beyond) done(new WorldError('out-of-range', path, 'beyond the end'), undefined);
          else done(undefined, bytesPayload(bytes));
        });
      },
      sync: (done) => {
        const error = closed() ?? this.#fails('sync', path);
        const covered = [...file.pending];
        this.#push(() => {
          if (error === undefined) {
            for (const each of covered) file.durable = apply(file.durable, each);
            file.pending = file.pending.filter((each) => !covered.includes(each));
          }
          done(error);
        });
      },
      truncate: (size, done) => {
        const error = closed() ?? this.#fails('truncate', path);
        if (error === undefined) change({ offset: size, bytes: undefined }, error, done);
        else
          this.#push(() => {
            done(error);
          });
      },
      close: () => {
        open = false;
      },
    };
  }
}

/** Stands for compression: the bytes in reverse, with their number in front. */
const mirrorCodec: Codec = {
  pieces: { least: 64, longest: 256 },
  compress: (payload) => ({
    encoding: 'zstd',
    data: bytesPayload(payload.bytes().slice().reverse()),
  }),
  expand: (encoding, data, rawLength) => {
    if (data.length !== rawLength) {
      throw new WorldError('corrupt', 'data', `${data.length} bytes are not ${rawLength}`);
    }
    return encoding === 'none' ? data : bytesPayload(data.bytes().slice().reverse());
  },
};
