import type { Clock, Timer } from '../world/world.ts';

/** How often it is looked whether there is a client, in milliseconds. */
const interval = 1000;

/** Notices when something has had no client for a while. */
export class Unused {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #patience: number;
  readonly #clients: () => number;
  #timer: Timer | undefined;
  #idle = 0;

  /** `patience` in milliseconds, to a second. */
  constructor(clock: Pick<Clock, 'after'>, patience: number, clients: () => number) {
    this.#clock = clock;
    this.#patience = patience;
    this.#clients = clients;
  }

  start(unused: () => void): void {
    this.#timer = this.#clock.after(interval, () => {
      this.#idle = this.#clients() > 0 ? 0 : this.#idle + interval;
      if (this.#idle >= this.#patience) unused();
      else this.start(unused);
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
