/**
 * Keeps a ZVM's state on storage: a log of records that is rewritten when it has grown, so that a
 * checkpoint costs a few dozen bytes however long the catalogue is.
 */
import { bytesPayload } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Storage, StoredFile } from '../world/world.ts';
import { decodeLog, encodeRecords } from './state-codec.ts';
import type { StateRecord, ZvmState } from './state.ts';

/** A log is rewritten when what was appended exceeds this and four times what it began with. */
const rewriteAfter = 64 * 1024;

/**
 * Beside the logs once there has been a whole one. Without it a first log that is not whole was being
 * written when the machine lost power, and nothing had been kept; with it the log has been damaged.
 */
const establishedName = 'established';

export interface StoreEvents {
  /** Everything up to the token is durable. */
  kept(token: number): void;
  failed(problem: string): void;
  /** The whole state as of now, for the head of a new log. */
  state(): ZvmState;
}

export class StateStore {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #events: StoreEvents;
  #file: StoredFile | undefined;
  #generation: number;
  #size: number;
  #head = 0;
  #queue: StateRecord[] = [];
  #token = 0;
  #busy = false;
  #gathering = false;

  constructor(
    storage: Storage,
    folder: string,
    events: StoreEvents,
    last:
      { readonly generation: number; readonly file: StoredFile; readonly size: number } | undefined,
  ) {
    this.#storage = storage;
    this.#folder = folder;
    this.#events = events;
    this.#generation = last?.generation ?? 0;
    this.#file = last?.file;
    this.#size = last?.size ?? 0;
    this.#head = this.#size;
  }

  /** Appends a record; records that come while a write is under way share the next one. */
  keep(token: number, record: StateRecord): void {
    this.#queue.push(record);
    this.#token = token;
    if (!this.#busy && !this.#gathering) this.#write();
  }

  /** What is kept until `run` is done goes into one write. */
  gather(run: () => void): void {
    this.#gathering = true;
    run();
    this.#gathering = false;
    if (!this.#busy) this.#write();
  }

  #write(): void {
    const { length } = this.#queue;
    // Who hears that something is kept may have more to keep at once: two writes would begin at one place.
    if (length === 0 || this.#busy) return;
    this.#busy = true;
    const token = this.#token;
    const grown = this.#size - this.#head > Math.max(rewriteAfter, 4 * this.#head);
    if (!this.#file || grown) {
      this.#rewrite(length, token);
      return;
    }
    const bytes = encodeRecords(this.#queue);
    this.#file.write(this.#size, [bytesPayload(bytes)], (error) => {
      if (!error) this.#size += bytes.length;
      this.#written(error, length, token);
    });
  }

  /** The queue goes behind the head: a checkpoint counts only once it is kept, so no state has it. */
  #rewrite(length: number, token: number): void {
    const generation = this.#generation + 1;
    const path = `${this.#folder}/state-${generation}.log`;
    const head: StateRecord = { kind: 'state', state: this.#events.state() };
    const bytes = encodeRecords([head, ...this.#queue]);
    const old = this.#file;
    this.#storage.open(path, { create: true, writeThrough: true }, (problem, file) => {
      if (!file) {
        this.#written(problem, length, token);
        return;
      }
      file.write(0, [bytesPayload(bytes)], (error) => {
        if (error) {
          this.#written(error, length, token);
          return;
        }
        this.#settle(!old, (unsynced) => {
          if (!unsynced) {
            this.#generation = generation;
            this.#file = file;
            this.#size = bytes.length;
            this.#head = bytes.length;
          }
          this.#written(unsynced, length, token);
          if (unsynced || !old) return;
          old.close();
          // A log that could not be removed is older than this one, so the next start ignores it.
          this.#storage.remove(old.path, () => undefined);
        });
      });
    });
  }

  /** Makes a new log's name durable, and with the first one the mark that there has been one. */
  #settle(first: boolean, done: (error: WorldError | undefined) => void): void {
    const folder = this.#folder;
    this.#storage.syncFolder(folder, (error) => {
      if (error || !first) {
        done(error);
        return;
      }
      this.#storage.open(`${folder}/${establishedName}`, { create: true }, (problem, mark) => {
        mark?.close();
        if (problem) done(problem);
        else this.#storage.syncFolder(folder, done);
      });
    });
  }

  #written(error: WorldError | undefined, length: number, token: number): void {
    this.#busy = false;
    if (error) {
      // What was not written stays queued: it is tried again with the next record.
      this.#events.failed(error.message);
      return;
    }
    this.#queue.splice(0, length);
    this.#events.kept(token);
    this.#write();
  }
}

export interface StoredState {
  readonly state: ZvmState;
  readonly generation: number;
  readonly file: StoredFile;
  readonly size: number;
}

/** Reads the newest whole log of a folder; `undefined` where there is none. */
export function loadState(
  storage: Storage,
  folder: string,
  done: (error: WorldError | undefined, stored: StoredState | undefined) => void,
): void {
  storage.list(folder, (error, names) => {
    if (error) {
      done(error, undefined);
      return;
    }
    const generations = (names ?? [])
      .map((name) => Number(/state-(\d+)\.log$/.exec(name)?.[1] ?? Number.NaN))
      .filter((generation) => !Number.isNaN(generation))
      .sort((a, b) => b - a);
    const established = names?.includes(establishedName) ?? false;
    if (generations.length === 0 && !established) done(undefined, undefined);
    else loadFirst(storage, folder, established, generations, done);
  });
}

function loadFirst(
  storage: Storage,
  folder: string,
  established: boolean,
  [generation, ...others]: readonly number[],
  done: (error: WorldError | undefined, stored: StoredState | undefined) => void,
): void {
  if (generation === undefined) {
    const damaged = new WorldError('corrupt', folder, 'no state log can be read');
    done(established ? damaged : undefined, undefined);
    return;
  }
  const path = `${folder}/state-${generation}.log`;
  storage.open(path, { create: false, writeThrough: true }, (failure, file) => {
    if (!file) {
      done(failure, undefined);
      return;
    }
    file.read(0, file.size(), (error, payload) => {
      if (!payload) {
        done(error, undefined);
        return;
      }
      const log = decodeLog(payload.bytes());
      if (log) done(undefined, { state: log.state, generation, file, size: log.size });
      else loadFirst(storage, folder, established, others, done);
    });
  });
}
