/** Looks for files in a disk that answers in its own time, such as one behind a socket. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ReadableDisk } from './disk.ts';
import type { Volume } from './disk-files.ts';
import type { Extracted } from './extract.ts';
import type { Entry } from './listing.ts';
import { readState } from './protocol.ts';
import type { WorkerAnswer, WorkerRequest, WorkerStart, WorkerValue } from './protocol.ts';
import { RestoreError } from './restore-error.ts';

/** Bytes that are asked of the disk at once, at most. */
const largestRead = 1024 * 1024;

interface Waiting {
  readonly resolve: (value: WorkerValue) => void;
  readonly reject: (error: Error) => void;
}

type Asked = WorkerRequest extends infer Each
  ? Each extends WorkerRequest
    ? Omit<Each, 'id'>
    : never
  : never;

/** Paths are those of {@link DiskFiles}. Everything throws {@link RestoreError}. */
export class DiskBrowser {
  readonly #disk: ReadableDisk;
  readonly #worker: Worker;
  readonly #state = new Int32Array(new SharedArrayBuffer(8));
  readonly #data = new Uint8Array(new SharedArrayBuffer(largestRead));
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended: Error | undefined;

  constructor(disk: ReadableDisk) {
    this.#disk = disk;
    const start: WorkerStart = {
      size: disk.size,
      control: this.#state.buffer,
      data: this.#data.buffer,
    };
    this.#worker = new Worker(workerFile(), { workerData: start });
    this.#worker.on('message', (answer: WorkerAnswer) => {
      this.#hear(answer);
    });
    this.#worker.on('error', (error) => {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on('exit', () => {
      this.#end(new Error('The disk was closed.'));
    });
  }

  async volumes(): Promise<readonly Volume[]> {
    return (await this.#ask({ kind: 'volumes' })) as readonly Volume[];
  }

  async list(path: string): Promise<readonly Entry[]> {
    return (await this.#ask({ kind: 'list', path })) as readonly Entry[];
  }

  async stat(path: string): Promise<Entry> {
    return (await this.#ask({ kind: 'stat', path })) as Entry;
  }

  /**
   * Brings a file, or a folder with all that is in it, into a folder of this machine, under its own name
   * where no other is given. Nothing is there before all of it is.
   */
  async restore(path: string, folder: string, name?: string): Promise<Extracted> {
    return (await this.#ask({ kind: 'restore', path, folder, name })) as Extracted;
  }

  /** Whatever is under way fails. */
  async close(): Promise<void> {
    this.#end(new Error('The disk was closed.'));
    await this.#worker.terminate();
  }

  #ask(asked: Asked): Promise<WorkerValue> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: WorkerRequest = { ...asked, id };
      this.#worker.postMessage(request);
    });
  }

  #hear(answer: WorkerAnswer): void {
    if (answer.kind === 'read') {
      this.#read(answer.offset, answer.length);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'done') waiting?.resolve(answer.value);
    else {
      const { code, message } = answer;
      waiting?.reject(code ? new RestoreError(code, message) : new Error(message));
    }
  }

  #read(offset: number, length: number): void {
    this.#disk.read(offset, length).then(
      (bytes) => {
        this.#data.set(bytes.subarray(0, length));
        this.#answer(readState.answered, length);
      },
      (error: unknown) => {
        const text = Buffer.from(error instanceof Error ? error.message : String(error));
        this.#data.set(text.subarray(0, largestRead));
        this.#answer(readState.failed, Math.min(text.length, largestRead));
      },
    );
  }

  #answer(state: number, length: number): void {
    this.#state[1] = length;
    Atomics.store(this.#state, 0, state);
    Atomics.notify(this.#state, 0);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** A bundle beside ours, and the source where there is no bundle. */
function workerFile(): string {
  const bundled = join(import.meta.dirname, 'restore-worker.js');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, 'worker.ts');
}
