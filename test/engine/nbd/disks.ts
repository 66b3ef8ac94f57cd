/** Disks to be served in tests: one in memory, which answers at once, and one in a file. */
import { close, constants, fdatasync, ftruncate, open, read, writev } from 'node:fs';
import type {
  AllocationRun,
  ExportedDisk,
  ZeroOptions,
} from '../../../src/engine/nbd/exported-disk.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { bytesPayload, joinPayloads, partsOf, zeroes } from '../../../src/engine/world/payloads.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type { Answer, Done } from '../../../src/engine/world/world.ts';

const blockSize = 4096;

/** A sparse disk in memory. */
export class RamDisk implements ExportedDisk {
  readonly size: number;
  readonly readOnly: boolean;
  readonly zeroesFast = true;
  readonly calls: string[] = [];
  /** Where it is set, the next call fails with it. */
  failure: WorldError | undefined;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(size: number, options: { readonly readOnly?: boolean } = {}) {
    this.size = size;
    this.readOnly = options.readOnly ?? false;
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    if (this.#fails(done)) return;
    const parts: Payload[] = [];
    this.#eachBlock(offset, length, (block, from, to) => {
      const held = this.#blocks.get(block);
      parts.push(held ? bytesPayload(held.slice(from, to)) : zeroes(to - from));
    });
    done(undefined, joinPayloads(parts));
  }

  write(offset: number, payload: Payload, fua: boolean, done: Done): void {
    this.#note(`write ${offset} ${payload.length}`, fua);
    if (this.#fails(done)) return;
    const bytes = payload.bytes();
    let at = 0;
    this.#eachBlock(offset, payload.length, (block, from, to) => {
      let held = this.#blocks.get(block);
      if (!held) this.#blocks.set(block, (held = new Uint8Array(blockSize)));
      held.set(bytes.subarray(at, at + to - from), from);
      at += to - from;
    });
    done(undefined);
  }

  flush(done: Done): void {
    this.calls.push('flush');
    if (!this.#fails(done)) done(undefined);
  }

  zero(offset: number, length: number, { fua, mayTrim }: ZeroOptions, done: Done): void {
    this.#note(`zero ${offset} ${length}${mayTrim ? '' : ' keep'}`, fua);
    if (this.#fails(done)) return;
    this.#clear(offset, length, mayTrim);
    done(undefined);
  }

  trim(offset: number, length: number, fua: boolean, done: Done): void {
    this.#note(`trim ${offset} ${length}`, fua);
    if (this.#fails(done)) return;
    this.#clear(offset, length, true);
    done(undefined);
  }

  allocation(offset: number, length: number, done: Answer<readonly AllocationRun[]>): void {
    if (this.#fails(done)) return;
    const runs: AllocationRun[] = [];
    this.#eachBlock(offset, length, (block, from, to) => {
      const hole = !this.#blocks.has(block);
      runs.push({ length: to - from, hole, zero: hole });
    });
    done(undefined, runs);
  }

  #note(call: string, fua: boolean): void {
    this.calls.push(fua ? `${call} fua` : call);
  }

  #fails(done: (error: WorldError | undefined, value: undefined) => void): boolean {
    const { failure } = this;
    if (!failure) return false;
    this.failure = undefined;
    done(failure, undefined);
    return true;
  }

  #clear(offset: number, length: number, mayTrim: boolean): void {
    this.#eachBlock(offset, length, (block, from, to) => {
      const held = this.#blocks.get(block);
      if (mayTrim && to - from === blockSize) this.#blocks.delete(block);
      else if (held) held.fill(0, from, to);
      else if (!mayTrim) this.#blocks.set(block, new Uint8Array(blockSize));
    });
  }

  #eachBlock(
    offset: number,
    length: number,
    visit: (block: number, from: number, to: number) => void,
  ): void {
    for (let at = offset; at < offset + length;) {
      const block = Math.floor(at / blockSize);
      const from = at - block * blockSize;
      const to = Math.min(blockSize, from + offset + length - at);
      visit(block, from, to);
      at += to - from;
    }
  }
}

/** A disk in a file, through the thread pool of Node. */
export function openFileDisk(path: string, size: number, done: Answer<FileDisk>): void {
  open(path, constants.O_RDWR | constants.O_CREAT, 0o600, (failed, fd) => {
    if (failed) {
      done(errorOf(path, failed), undefined);
      return;
    }
    ftruncate(fd, size, (refused) => {
      if (refused) done(errorOf(path, refused), undefined);
      else done(undefined, new FileDisk(path, fd, size));
    });
  });
}

export class FileDisk implements ExportedDisk {
  readonly size: number;
  readonly readOnly = false;
  readonly zeroesFast = false;
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string, fd: number, size: number) {
    this.#path = path;
    this.#fd = fd;
    this.size = size;
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    const bytes = Buffer.allocUnsafe(length);
    const next = (at: number): void => {
      read(this.#fd, bytes, at, length - at, offset + at, (error, count) => {
        if (error) done(errorOf(this.#path, error), undefined);
        else if (count === 0)
          done(new WorldError('input-output', this.#path, 'ends early'), undefined);
        else if (at + count < length) next(at + count);
        else done(undefined, bytesPayload(bytes));
      });
    };
    next(0);
  }

  write(offset: number, payload: Payload, fua: boolean, done: Done): void {
    const written = (error: NodeJS.ErrnoException | null): void => {
      if (error || !fua) done(error ? errorOf(this.#path, error) : undefined);
      else this.flush(done);
    };
    const parts = partsOf(payload).map((part) => part.bytes());
    const next = (views: Uint8Array[], at: number): void => {
      writev(this.#fd, views, at, (error, count) => {
        const rest = error ? [] : after(views, count);
        if (error || rest.length === 0) written(error);
        else next(rest, at + count);
      });
    };
    next(parts, offset);
  }

  flush(done: Done): void {
    fdatasync(this.#fd, (error) => {
      done(error ? errorOf(this.#path, error) : undefined);
    });
  }

  zero(offset: number, length: number, { fua }: ZeroOptions, done: Done): void {
    const part = Math.min(length, 1024 * 1024);
    this.write(offset, bytesPayload(new Uint8Array(part)), fua && part === length, (error) => {
      if (error || part === length) done(error);
      else this.zero(offset + part, length - part, { fua, mayTrim: false }, done);
    });
  }

  /** Leaves it as it is, which is allowed. */
  trim(_offset: number, _length: number, fua: boolean, done: Done): void {
    if (fua) this.flush(done);
    else done(undefined);
  }

  close(done: () => void): void {
    close(this.#fd, done);
  }
}

function after(views: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let at = 0;
  for (const view of views) {
    const used = Math.min(view.length, Math.max(0, written - at));
    if (used < view.length) rest.push(view.subarray(used));
    at += view.length;
  }
  return rest;
}

function errorOf(path: string, error: NodeJS.ErrnoException): WorldError {
  return new WorldError(error.code === 'ENOSPC' ? 'no-space' : 'input-output', path, error.message);
}
