/** A disk on an NBD target as a stored file, so that whatever keeps disks in files can keep one there. */
import type { Payload } from '../world/payload.ts';
import { joinPayloads } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Clock, Done, StoredFile, StoredRange } from '../world/world.ts';
import type { RemoteDisk } from './remote-disk.ts';

export interface RemoteFileOptions {
  /** How the file is called by who opened it. */
  readonly path: string;
  /** A write is durable when it is done, without a `sync`. */
  readonly writeThrough?: boolean | undefined;
  readonly clock: Clock;
}

export function remoteFile(disk: RemoteDisk, options: RemoteFileOptions): StoredFile {
  return new RemoteFile(disk, options);
}

class RemoteFile implements StoredFile {
  readonly path: string;
  readonly #disk: RemoteDisk;
  readonly #options: RemoteFileOptions;

  constructor(disk: RemoteDisk, options: RemoteFileOptions) {
    this.path = options.path;
    this.#disk = disk;
    this.#options = options;
  }

  size(): number {
    return this.#disk.size;
  }

  write(offset: number, parts: readonly Payload[], done: Done): void {
    const payload = joinPayloads(parts);
    const problem = this.#problem(offset, payload.length);
    if (problem) this.#later(done, problem);
    else if (this.#disk.readOnly) {
      const why = 'the NBD target may not be written to';
      this.#later(done, new WorldError('input-output', this.path, why));
    } else if (payload.length === 0) this.#later(done, undefined);
    else this.#disk.write(offset, payload, this.#options.writeThrough ?? false, done);
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    const problem = this.#problem(offset, length);
    if (problem || length === 0) {
      this.#options.clock.after(0, () => {
        done(problem, problem ? undefined : joinPayloads([]));
      });
      return;
    }
    this.#disk.read(offset, length, done);
  }

  sync(done: Done): void {
    this.#disk.flush(done);
  }

  truncate(size: number, done: Done): void {
    if (size === this.#disk.size) {
      this.#later(done, undefined);
      return;
    }
    const why = `the NBD target ${this.#disk.subject} has ${this.#disk.size} bytes and cannot be given ${size}`;
    this.#later(done, new WorldError('out-of-range', this.path, why));
  }

  written(done: Answer<readonly StoredRange[]>): void {
    const ranges: StoredRange[] = [];
    const next = (from: number): void => {
      if (from >= this.#disk.size) {
        done(undefined, ranges);
        return;
      }
      this.#disk.allocation(from, this.#disk.size - from, (error, runs) => {
        if (!runs) {
          done(error, undefined);
          return;
        }
        let at = from;
        for (const { length: told, zero } of runs) {
          const length = Math.min(told, this.#disk.size - at);
          if (!zero && length > 0) append(ranges, at, length);
          at += length;
        }
        next(at);
      });
    };
    next(0);
  }

  close(): void {
    this.#disk.close();
  }

  #problem(offset: number, length: number): WorldError | undefined {
    if (offset >= 0 && length >= 0 && offset + length <= this.#disk.size) return undefined;
    const why = `${length} bytes at ${offset} are not within the ${this.#disk.size} of the NBD target`;
    return new WorldError('out-of-range', this.path, why);
  }

  #later(done: Done, error: WorldError | undefined): void {
    this.#options.clock.after(0, () => {
      done(error);
    });
  }
}

function append(ranges: StoredRange[], offset: number, length: number): void {
  const last = ranges.at(-1);
  if (last && last.offset + last.length === offset) {
    ranges[ranges.length - 1] = { offset: last.offset, length: last.length + length };
  } else {
    ranges.push({ offset, length });
  }
}
