/** Flushes one at a time: whoever asks while one is under way is served by the next, all of them by the same. */
import type { JournalDone } from './contract.ts';

export class FlushQueue {
  readonly #flush: (done: JournalDone) => void;
  #isUnderWay = false;
  #next: JournalDone[] = [];
  #behind: (() => void)[] = [];

  constructor(flush: (done: JournalDone) => void) {
    this.#flush = flush;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  ask(done: JournalDone): void {
    this.#next.push(done);
    if (!this.#isUnderWay) this.#begin();
  }

  /** Runs something when no flush is under way and nobody waits for one. */
  afterAll(run: () => void): void {
    if (this.#isUnderWay) this.#behind.push(run);
    else run();
  }

  #begin(): void {
    const asked = this.#next;
    this.#next = [];
    this.#isUnderWay = true;
    this.#flush((error) => {
      for (const done of asked) done(error);
      if (this.#next.length > 0) {
        this.#begin();
        return;
      }
      this.#isUnderWay = false;
      const behind = this.#behind;
      this.#behind = [];
      for (const run of behind) run();
    });
  }
}
