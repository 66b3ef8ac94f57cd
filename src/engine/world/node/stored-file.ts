/** An open file of a process. */
import { close, fdatasync, fstat, ftruncate, read, readSync, writev, writevSync } from 'node:fs';
import type { Payload } from '../payload.ts';
import { bytesPayload, zeroes } from '../payloads.ts';
import { WorldError } from '../world.ts';
import type { Answer, Done, Instant, Space, StoredFile, StoredRange } from '../world.ts';
import { worldError } from './errors.ts';
import type { Inode } from './inode.ts';
import { isAllZero, piecesOf, zeroBlock } from './pieces.ts';
import type { Piece } from './pieces.ts';
import type { Place } from './places.ts';
import { quickReads } from './quick-reads.ts';
import { quickWrites } from './quick-writes.ts';

/** Bytes that have to be read before it pays to look whether all of them are zero. */
const leastLookedAt = 4096;

/** What a file tells the storage that opened it. */
export interface FileOwner {
  readonly alive: boolean;
  /** Runs after the present call. */
  later(run: () => void): void;
  /** I/O has begun, or ended. */
  busy(by: 1 | -1): void;
  closed(file: NodeFile): void;
}

export interface OpenedFile {
  readonly path: string;
  readonly place: Place;
  readonly descriptor: number;
  readonly inode: Inode;
  /** A write is durable when it is done. */
  readonly durable: boolean;
  /** The system was not asked for durable writes at the opening, so each is followed by a sync. */
  readonly syncsWrites: boolean;
}

export class NodeFile implements StoredFile {
  readonly path: string;
  readonly opened: OpenedFile;
  readonly #owner: FileOwner;
  #open = true;
  /** Calls that the system has not answered: until then the descriptor must not be given back. */
  #underWay = 0;
  #givenBack = false;
  #syncing = false;
  #waiting: Done[] = [];

  constructor(owner: FileOwner, opened: OpenedFile) {
    this.#owner = owner;
    this.opened = opened;
    this.path = opened.path;
  }

  size(): number {
    return this.opened.inode.size;
  }

  write(offset: number, parts: readonly Payload[], done: Done): void {
    const { inode, place, syncsWrites } = this.opened;
    const pieces = piecesOf(offset, parts);
    let end = offset;
    for (const piece of pieces) end += piece.length;
    const refused = this.#refusal() ?? this.#checkRange(offset, end);
    if (refused) {
      this.#later(done, refused);
      return;
    }
    const growth = end - inode.size;
    if (growth > 0) {
      const full = place.space && this.#full(place.space.get(), growth);
      if (full) {
        this.#later(done, full);
        return;
      }
      place.space?.changed(growth);
      inode.size = end;
    }
    const finish = this.#begin(done);
    const next = (index: number): void => {
      const piece = pieces[index];
      if (piece) {
        this.#put(piece, (error) => {
          if (error) this.#lost(error, finish);
          else next(index + 1);
        });
      } else if (syncsWrites) this.#syncNow(finish);
      else finish(undefined);
    };
    if (pieces.length > 0) next(0);
    else
      this.#owner.later(() => {
        finish(undefined);
      });
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    const { descriptor, inode } = this.opened;
    if (!this.#open) {
      this.#answerLater(done, this.#closedError());
      return;
    }
    if (offset < 0 || length < 0 || offset + length > inode.size) {
      this.#answerLater(done, this.#outOfRange(offset, length));
      return;
    }
    if (length === 0) {
      this.#owner.later(() => {
        if (this.#owner.alive) done(undefined, zeroes(0));
      });
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(length);
    let error: WorldError | undefined;
    const finish = this.#begin(() => {
      if (error) done(error, undefined);
      else if (length >= leastLookedAt && isAllZero(buffer)) done(undefined, zeroes(length));
      else done(undefined, bytesPayload(buffer));
    });
    const next = (at: number): void => {
      read(descriptor, buffer, at, length - at, offset + at, (failure, count) => {
        if (failure) error = worldError(failure, this.path, 'reading');
        else if (count === 0) error = this.#shrunk(offset + at);
        else if (at + count < length) {
          next(at + count);
          return;
        }
        finish(undefined);
      });
    };
    const count = quickReads.run(length, () => readNow(descriptor, buffer, offset));
    // Not within the call that asked for it.
    if (count === length) process.nextTick(finish, undefined);
    else next(0);
  }

  sync(done: Done): void {
    const refused = this.#refusal();
    if (refused) {
      this.#later(done, refused);
      return;
    }
    this.#waiting.push(this.#begin(done));
    if (!this.#syncing) this.#syncNext();
  }

  truncate(size: number, done: Done): void {
    const { descriptor, inode, place } = this.opened;
    const refused = this.#refusal() ?? (size < 0 ? this.#outOfRange(size, 0) : undefined);
    if (refused) {
      this.#later(done, refused);
      return;
    }
    if (!place.space) {
      const why = `it is a file of its own, of ${inode.size} bytes, and not made to be ${size} long`;
      this.#later(done, new WorldError('input-output', this.path, why));
      return;
    }
    inode.size = size;
    const finish = this.#begin(done);
    ftruncate(descriptor, size, (failure) => {
      if (failure) this.#lost(worldError(failure, this.path, 'resizing'), finish);
      else if (this.opened.syncsWrites) this.#syncNow(finish);
      else finish(undefined);
    });
  }

  /** Without a way to ask for holes, it can be told of two files only: nothing written, or all of it. */
  written(done: Answer<readonly StoredRange[]>): void {
    if (!this.#open) {
      this.#answerLater(done, this.#closedError());
      return;
    }
    let error: WorldError | undefined;
    let ranges: readonly StoredRange[] = [];
    const finish = this.#begin(() => {
      done(error, error ? undefined : ranges);
    });
    fstat(this.opened.descriptor, (failure, stats) => {
      if (failure) error = worldError(failure, this.path, 'looking at it');
      // Windows does not count blocks.
      else if (stats.blocks !== 0 || process.platform === 'win32') {
        ranges = stats.size > 0 ? [{ offset: 0, length: stats.size }] : [];
      }
      finish(undefined);
    });
  }

  /** The change of the inode: it shows a file that was replaced or restored too, whose content has an older time. */
  changed(done: Answer<Instant>): void {
    if (!this.#open) {
      this.#answerLater(done, this.#closedError());
      return;
    }
    let error: WorldError | undefined;
    let changed = 0;
    const finish = this.#begin(() => {
      if (error) done(error, undefined);
      else done(undefined, changed);
    });
    fstat(this.opened.descriptor, (failure, stats) => {
      if (failure) error = worldError(failure, this.path, 'looking at it');
      else changed = stats.ctimeMs;
      finish(undefined);
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#underWay === 0) this.#giveBack();
  }

  // --- The system's side -----------------------------------------------------------------------

  #begin(done: Done): Done {
    this.#underWay += 1;
    this.#owner.busy(1);
    return (error) => {
      this.#underWay -= 1;
      if (this.#owner.alive) done(error);
      if (!this.#open && this.#underWay === 0) this.#giveBack();
      this.#owner.busy(-1);
    };
  }

  /** Once: the system may give the same number to another file right afterwards. */
  #giveBack(): void {
    if (this.#givenBack) return;
    this.#givenBack = true;
    this.#owner.busy(1);
    this.#owner.closed(this);
    close(this.opened.descriptor, () => {
      this.#owner.busy(-1);
    });
  }

  #put(piece: Piece, done: Done): void {
    if (piece.buffers) this.#putBytes(piece.offset, piece.buffers, done, piece.length);
    else this.#putZeroes(piece.offset, piece.offset + piece.length, done);
  }

  /** `length`, where it is known, lets a short write be made at once. */
  #putBytes(offset: number, buffers: readonly Uint8Array[], done: Done, length = Infinity): void {
    const { descriptor, durable } = this.opened;
    const put = (failure: NodeJS.ErrnoException | null, count: number): void => {
      if (failure) {
        done(worldError(failure, this.path, 'writing'));
        return;
      }
      const left = count === length ? [] : behind(buffers, count);
      if (left.length === 0) done(undefined);
      else this.#putBytes(offset + count, left, done);
    };
    const count = durable
      ? undefined
      : quickWrites.run(length, () => writtenNow(descriptor, buffers, offset));
    if (count === undefined) writev(descriptor, buffers, offset, put);
    // Not within the call that asked for it.
    else process.nextTick(put, null, count);
  }

  /** Only where there is something else: over a hole, nothing is written but the end of the file. */
  #putZeroes(offset: number, end: number, done: Done): void {
    if (offset === end) {
      done(undefined);
      return;
    }
    const length = Math.min(zeroBlock.length, end - offset);
    const buffer = Buffer.allocUnsafe(length);
    const { descriptor } = this.opened;
    read(descriptor, buffer, 0, length, offset, (failure, count) => {
      if (failure) {
        done(worldError(failure, this.path, 'reading before writing zeroes'));
        return;
      }
      const next: Done = (error) => {
        if (error) done(error);
        else this.#putZeroes(offset + length, end, done);
      };
      if (!isAllZero(buffer.subarray(0, count))) {
        this.#putBytes(offset, [zeroBlock.subarray(0, length)], next);
      } else if (count === length) {
        next(undefined);
      } else {
        // The last byte makes the file as long as it has to be; what lies before it stays a hole.
        this.#putBytes(offset + length - 1, [zeroBlock.subarray(0, 1)], next);
      }
    });
  }

  /** Those who ask during a sync share the next one. */
  #syncNext(): void {
    const asking = this.#waiting;
    this.#waiting = [];
    this.#syncing = true;
    this.#syncNow((error) => {
      this.#syncing = false;
      for (const done of asking) done(error);
      if (this.#waiting.length > 0) this.#syncNext();
    });
  }

  #syncNow(done: Done): void {
    const { descriptor, inode } = this.opened;
    if (inode.failure) {
      done(inode.failure);
      return;
    }
    fdatasync(descriptor, (failure) => {
      if (failure) inode.failure ??= this.#fenced(failure);
      done(inode.failure);
    });
  }

  /**
   * A write failed. Where it was to be durable, the device may have dropped any part of it: that is as bad as
   * a sync that failed. What the size is now has to be asked.
   */
  #lost(error: WorldError, done: Done): void {
    const { descriptor, inode } = this.opened;
    if (error.code === 'input-output' && this.opened.durable) inode.failure ??= error;
    fstat(descriptor, (failure, stats) => {
      if (!failure && this.#underWay === 1) inode.size = stats.size;
      done(error);
    });
  }

  #fenced(failure: NodeJS.ErrnoException): WorldError {
    const said = worldError(failure, this.path, 'making it durable').message;
    const why = `${said.slice(this.path.length + 2)}; what of it is on the disk is not known, so nothing is written to it any more`;
    return new WorldError('input-output', this.path, why);
  }

  // --- Refusals --------------------------------------------------------------------------------

  #refusal(): WorldError | undefined {
    return this.#open ? this.opened.inode.failure : this.#closedError();
  }

  #closedError(): WorldError {
    return new WorldError('closed', this.path, 'the file is closed');
  }

  #checkRange(offset: number, end: number): WorldError | undefined {
    if (offset < 0) return this.#outOfRange(offset, end - offset);
    const { inode, place } = this.opened;
    // A file of the user's is as long as it is.
    return place.space || end <= inode.size ? undefined : this.#outOfRange(offset, end - offset);
  }

  #outOfRange(offset: number, length: number): WorldError {
    const why = `${length} bytes at ${offset} are not within its ${this.size()} bytes`;
    return new WorldError('out-of-range', this.path, why);
  }

  /** The datastore is declared to hold no more, whatever its file system has. */
  #full({ free }: Space, growth: number): WorldError | undefined {
    if (growth <= free) return undefined;
    const why = `${growth} bytes more do not fit into the ${free} that are free on its datastore`;
    return new WorldError('no-space', this.path, why);
  }

  #shrunk(end: number): WorldError {
    const why = `it ends at ${end} bytes now and had ${this.size()}: somebody else made it shorter`;
    return new WorldError('input-output', this.path, why);
  }

  #later(done: Done, error: WorldError): void {
    this.#owner.later(() => {
      if (this.#owner.alive) done(error);
    });
  }

  #answerLater<T>(done: Answer<T>, error: WorldError): void {
    this.#owner.later(() => {
      if (this.#owner.alive) done(error, undefined);
    });
  }
}

/** Bytes read; undefined where it failed: then the longer way tells how. */
function readNow(descriptor: number, buffer: Buffer, offset: number): number | undefined {
  try {
    return readSync(descriptor, buffer, 0, buffer.length, offset);
  } catch {
    return undefined;
  }
}

/** Bytes written; undefined where it failed: then the longer way tells how. */
function writtenNow(
  descriptor: number,
  buffers: readonly Uint8Array[],
  offset: number,
): number | undefined {
  try {
    return writevSync(descriptor, buffers, offset);
  } catch {
    return undefined;
  }
}

function behind(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let at = count;
  return buffers.flatMap((buffer) => {
    const skipped = Math.min(at, buffer.length);
    at -= skipped;
    return skipped === buffer.length ? [] : [buffer.subarray(skipped)];
  });
}
