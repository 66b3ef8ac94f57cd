/** What waits for a journal that is being opened: right after its VRA has started it can only be said later. */
import type { StreamName } from '../journal/frame.ts';

interface Waiting {
  readonly stream: StreamName;
  readonly run: () => void;
}

export class JournalWaits {
  /** By what it is for, such as an image. */
  readonly #waiting = new Map<string, Waiting>();

  add(what: string, stream: StreamName, run: () => void): void {
    this.#waiting.set(what, { stream, run });
  }

  /** It is not wanted any more. */
  drop(what: string): void {
    this.#waiting.delete(what);
  }

  /** The journal is open, or did not open: whoever waited for it looks again. */
  settled(stream: StreamName): void {
    for (const [what, waiting] of [...this.#waiting]) {
      if (waiting.stream !== stream) continue;
      this.#waiting.delete(what);
      waiting.run();
    }
  }
}
