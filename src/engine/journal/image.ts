/**
 * The disks of a VM as they were at a checkpoint, to be read and written: scratch over journal over
 * replica. Neither the journal nor the replica disks ever change through it.
 */
import type { ReplicaDisks } from '../disk/replica-disk.ts';
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import type { WorldError } from '../world/world.ts';
import type { Image, JournalAnswer, JournalDisk, JournalDone } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import type { Scratch } from './scratch.ts';
import { Gathering } from './view.ts';
import type { JournalView } from './view.ts';

export interface ImageSources {
  readonly checkpoint: CheckpointId;
  readonly disks: readonly JournalDisk[];
  /** Journal over replica. */
  readonly below: JournalView;
  readonly replica: ReplicaDisks;
  readonly scratch: Scratch;
  /** Runs something after the present call, never inside it. */
  readonly later: (run: () => void) => void;
  /** Hears of every failure, so that damage is known to the journal as well. */
  readonly failed: (error: JournalError) => void;
  readonly closed: () => void;
}

export class JournalImage implements Image {
  readonly #sources: ImageSources;
  #open = true;

  constructor(sources: ImageSources) {
    this.#sources = sources;
  }

  get checkpoint(): CheckpointId {
    return this.#sources.checkpoint;
  }

  get disks(): readonly JournalDisk[] {
    return this.#sources.disks;
  }

  get scratchBytes(): number {
    return this.#sources.scratch.bytes;
  }

  get scratchFull(): boolean {
    return this.#sources.scratch.full;
  }

  read(disk: number, offset: number, length: number, done: JournalAnswer<Payload>): void {
    const problem = this.#problem(disk, offset, length);
    if (problem !== undefined || length === 0) {
      this.#sources.later(() => {
        done(problem, problem === undefined ? zeroes(0) : undefined);
      });
      return;
    }
    const parts: { readonly start: number; readonly end: number; readonly covered: boolean }[] = [];
    this.#sources.scratch.walk(disk, offset, offset + length, (start, end, covered) => {
      parts.push({ start, end, covered });
    });
    let inside = true;
    const gathered = new Gathering(parts.length, (error, payload) => {
      if (error !== undefined) this.#sources.failed(error);
      const answer = (): void => {
        // What was read of a journal that goes on without this image may be of another time.
        if (this.#open) done(error, payload);
        else done(this.#closedError(), undefined);
      };
      if (inside) this.#sources.later(answer);
      else answer();
    });
    for (const [index, { start, end, covered }] of parts.entries()) {
      const take = gathered.taker(index);
      if (covered) this.#sources.scratch.read(disk, start, end - start, take);
      else this.#sources.below.read(disk, start, end, take);
    }
    inside = false;
  }

  write(disk: number, offset: number, payload: Payload, done: JournalDone): void {
    const { later, scratch } = this.#sources;
    const problem = this.#problem(disk, offset, payload.length);
    if (problem !== undefined || payload.length === 0) {
      later(() => {
        done(problem);
      });
      return;
    }
    let inside = true;
    scratch.write(disk, offset, payload, (error) => {
      if (inside) {
        later(() => {
          done(error);
        });
      } else {
        done(error);
      }
    });
    inside = false;
  }

  flush(done: JournalDone): void {
    const { later, scratch } = this.#sources;
    if (!this.#open) {
      later(() => {
        done(this.#closedError());
      });
      return;
    }
    let inside = true;
    scratch.flush((error) => {
      if (inside) {
        later(() => {
          done(error);
        });
      } else {
        done(error);
      }
    });
    inside = false;
  }

  merge(done: JournalDone): void {
    const { later, replica, scratch } = this.#sources;
    const finished = (failure: WorldError | undefined): void => {
      done(failure && storageFailure(failure, 'merging the scratch into a replica disk'));
    };
    const apply = (disk: number, offset: number, payload: Payload, applied: JournalDone): void => {
      replica.apply([{ disk, offset, payload }], (failure) => {
        applied(failure && storageFailure(failure, 'merging the scratch into a replica disk'));
      });
    };
    later(() => {
      // Cut off by a crash, it is done again from the same bytes, so they must be there.
      scratch.seal((unsealed) => {
        if (unsealed !== undefined) {
          done(unsealed);
          return;
        }
        scratch.pieces(apply, (unmerged) => {
          if (unmerged === undefined) replica.sync(finished);
          else done(unmerged);
        });
      });
    });
  }

  close(done: JournalDone): void {
    const { later, scratch, closed } = this.#sources;
    if (!this.#open) {
      later(() => {
        done(undefined);
      });
      return;
    }
    this.#open = false;
    scratch.discard((error) => {
      closed();
      done(error);
    });
  }

  #closedError(): JournalError {
    const subject = `image at checkpoint ${this.checkpoint}`;
    return new JournalError('closed', subject, 'the image has been closed');
  }

  #problem(disk: number, offset: number, length: number): JournalError | undefined {
    if (!this.#open) return this.#closedError();
    const subject = `image at checkpoint ${this.checkpoint}`;
    const size = this.disks[disk]?.size;
    if (size === undefined) {
      return new JournalError('out-of-range', subject, `there is no disk ${disk}`);
    }
    if (offset >= 0 && length >= 0 && offset + length <= size) return undefined;
    const why = `${length} bytes at ${offset} end beyond disk ${disk} (${size} bytes)`;
    return new JournalError('out-of-range', subject, why);
  }
}
