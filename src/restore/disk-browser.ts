/** Looks for files in a disk that answers in its own time, such as one behind a socket. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ReadableDisk } from './disk.ts';
import type { Volume } from './disk-files.ts';
import type { Extracted } from './extract.ts';
import type { Entry } from './listing.ts';
import { readState } from './protocol.ts';
import type {
  Followed,
  WorkerAnswer,
  WorkerRequest,
  WorkerStart,
  WorkerValue,
} from './protocol.ts';
import { RestoreError } from './restore-error.ts';

/** Bytes that are asked of the disk at once, at most. */
const largestRead = 1024 * 1024;

interface Waiting {
  readonly request: WorkerRequest;
  /** Who has been asked. */
  worker: Worker;
  readonly resolve: (value: WorkerValue) => void;
  readonly reject: (error: Error) => void;
}

type Asked = WorkerRequest extends infer Each
  ? Each extends WorkerRequest
    ? Omit<Each, 'id'>
    : never
  : never;

export interface RestoreOptions {
  /** The name that it gets in the folder; its own unless given. */
  readonly name?: string | undefined;
  /** Whether files of the same names that are there already are replaced; false unless given. */
  readonly overwrite?: boolean | undefined;
  /** Where it is aborted, the restore fails with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** Paths are those of {@link DiskFiles}. Everything throws {@link RestoreError}. */
export class DiskBrowser {
  readonly #disk: ReadableDisk;
  #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended: Error | undefined;

  constructor(disk: ReadableDisk) {
    this.#disk = disk;
    this.#worker = this.#start();
  }

  /** All of them, each looked into: where one is enough, {@link volumeOf} is faster. */
  async volumes(): Promise<readonly Volume[]> {
    return (await this.#ask({ kind: 'volumes' })) as readonly Volume[];
  }

  /** The volume that a path is in; undefined for the root of a disk that is partitioned. */
  async volumeOf(path: string): Promise<Volume | undefined> {
    return (await this.#ask({ kind: 'volume', path })) as Volume | undefined;
  }

  async list(path: string): Promise<readonly Entry[]> {
    return (await this.#ask({ kind: 'list', path })) as readonly Entry[];
  }

  async stat(path: string): Promise<Entry> {
    return (await this.#ask({ kind: 'stat', path })) as Entry;
  }

  /** Where a path leads when links are followed, within its file system; undefined where nothing is. */
  async follow(path: string): Promise<Followed | undefined> {
    return (await this.#ask({ kind: 'follow', path })) as Followed | undefined;
  }

  /**
   * Brings a file, or a folder with all that is in it, into a folder of this machine. Nothing is there before all
   * of it is, and nothing stays of what was given up.
   */
  async restore(path: string, folder: string, options: RestoreOptions = {}): Promise<Extracted> {
    const { name, overwrite = false, signal } = options;
    const partial = `.tidemark-restore-${randomUUID()}`;
    const asked = { kind: 'restore', path, folder, name, partial, overwrite } as const;
    return (await this.#ask(asked, signal)) as Extracted;
  }

  /** Whatever is under way fails. */
  async close(): Promise<void> {
    const given = [...this.#waiting.values()];
    this.#end(closedError());
    await this.#worker.terminate();
    await removePartials(given);
  }

  #start(): Worker {
    const control = new SharedArrayBuffer(8);
    const data = new SharedArrayBuffer(largestRead);
    const start: WorkerStart = { size: this.#disk.size, control, data };
    const worker = new Worker(workerFile(), { workerData: start });
    worker.on('message', (answer: WorkerAnswer) => {
      if (worker !== this.#worker) return;
      if (answer.kind === 'read') {
        this.#read(answer.offset, answer.length, new Int32Array(control), new Uint8Array(data));
      } else {
        this.#hear(answer);
      }
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#end(asError(error));
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#end(closedError());
    });
    return worker;
  }

  #ask(asked: Asked, signal?: AbortSignal): Promise<WorkerValue> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted === true) return Promise.reject(cancelledError());
    const id = this.#nextId++;
    const request: WorkerRequest = { ...asked, id };
    const cancel = (): void => {
      void this.#cancel(id);
    };
    signal?.addEventListener('abort', cancel);
    return new Promise<WorkerValue>((resolve, reject) => {
      this.#waiting.set(id, { request, worker: this.#worker, resolve, reject });
      this.#worker.postMessage(request);
    }).finally(() => {
      signal?.removeEventListener('abort', cancel);
    });
  }

  /**
   * 7-Zip hears nobody while it works, so it ends with its worker. What else was asked of that one is asked of
   * another.
   */
  async #cancel(id: number): Promise<void> {
    const cancelled = this.#waiting.get(id);
    if (!cancelled) return;
    this.#waiting.delete(id);
    const before = this.#worker;
    this.#worker = this.#start();
    await before.terminate();
    const others = [...this.#waiting.values()].filter(({ worker }) => worker === before);
    await removePartials([cancelled, ...others]);
    cancelled.reject(cancelledError());
    if (this.#ended) return;
    for (const other of others) {
      other.worker = this.#worker;
      this.#worker.postMessage(other.request);
    }
  }

  #hear(answer: Exclude<WorkerAnswer, { kind: 'read' }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'done') waiting?.resolve(answer.value);
    else {
      const { code, message } = answer;
      waiting?.reject(code ? new RestoreError(code, message) : new Error(message));
    }
  }

  #read(offset: number, length: number, state: Int32Array, data: Uint8Array): void {
    const answer = (how: number, bytes: Uint8Array): void => {
      data.set(bytes);
      state[1] = bytes.length;
      Atomics.store(state, 0, how);
      Atomics.notify(state, 0);
    };
    const refuse = (why: string): void => {
      answer(readState.failed, Buffer.from(why).subarray(0, largestRead));
    };
    this.#disk.read(offset, length).then(
      (bytes) => {
        if (bytes.length >= length) answer(readState.answered, bytes.subarray(0, length));
        else refuse(`only ${bytes.length} of ${length} bytes at ${offset} were read`);
      },
      (error: unknown) => {
        refuse(asError(error).message);
      },
    );
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Of restores whose worker has ended. */
async function removePartials(given: readonly Waiting[]): Promise<void> {
  for (const { request } of given) {
    if (request.kind !== 'restore') continue;
    await rm(join(request.folder, request.partial), { recursive: true, force: true });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function closedError(): Error {
  return new Error('The disk was closed.');
}

function cancelledError(): RestoreError {
  return new RestoreError('cancelled', 'The restore was cancelled. Nothing of it was left.');
}

/** A bundle beside ours, and the source where there is no bundle. */
function workerFile(): string {
  const bundled = join(import.meta.dirname, 'restore-worker.js');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, 'worker.ts');
}
