/**
 * Streams that take no frame any more, and those of them that have become the disks of a VM. Kept with
 * the VRA's configuration, so that no restart and no ZVM that missed a commit brings them back.
 */
import type { StreamName } from '../journal/frame.ts';

/** `problem`: it could not be stored, so it is not so. */
type Stored = (problem: string | undefined) => void;

export class Fences {
  readonly #save: (done: Stored) => void;
  #fenced = new Set<StreamName>();
  #promoted = new Set<StreamName>();

  constructor(save: (done: Stored) => void) {
    this.#save = save;
  }

  restore(fenced: readonly StreamName[], promoted: readonly StreamName[]): void {
    this.#fenced = new Set(fenced);
    this.#promoted = new Set(promoted);
  }

  get fenced(): ReadonlySet<StreamName> {
    return this.#fenced;
  }

  get promotedStreams(): ReadonlySet<StreamName> {
    return this.#promoted;
  }

  isPromoted(stream: StreamName): boolean {
    return this.#promoted.has(stream);
  }

  fence(stream: StreamName, stored: Stored): void {
    this.#add(this.#fenced, stream, stored);
  }

  promoted(stream: StreamName, stored: Stored): void {
    this.#add(this.#promoted, stream, stored);
  }

  #add(set: Set<StreamName>, stream: StreamName, stored: Stored): void {
    if (set.has(stream)) {
      stored(undefined);
      return;
    }
    set.add(stream);
    this.#save((problem) => {
      if (problem !== undefined) set.delete(stream);
      stored(problem);
    });
  }
}
