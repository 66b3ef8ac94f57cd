import { WorldError } from '../world/world.ts';
import type { Answer } from '../world/world.ts';

interface Call {
  /** Who was asked. */
  readonly of: object;
  end(error: WorldError): void;
}

/**
 * Calls on something that may end before it answers: a process that was killed calls nobody back. Whoever
 * asked has to hear that, once.
 */
export class PendingCalls {
  readonly #subject: string;
  readonly #calls = new Set<Call>();

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** What the callee is to call: nothing comes of it once the call has ended otherwise. */
  begin<T>(of: object, done: Answer<T>): Answer<T> {
    const finish = (error: WorldError | undefined, value: T | undefined): void => {
      if (this.#calls.delete(call)) done(error, value);
    };
    const call: Call = {
      of,
      end: (error) => {
        finish(error, undefined);
      },
    };
    this.#calls.add(call);
    return finish;
  }

  /** Ends all calls but those on `present`. */
  sweep(present: object | undefined, why: string): void {
    if (this.#calls.size === 0) return;
    for (const call of [...this.#calls]) {
      if (call.of !== present) call.end(this.closed(why));
    }
  }

  closed(why: string): WorldError {
    return new WorldError('closed', this.#subject, why);
  }
}
