import type { Timer } from '../world.ts';
import { ScheduledEvent } from './event-queue.ts';
import type { EventQueue } from './event-queue.ts';
import type { Life } from './life.ts';

/** A call at a time, which can be taken back. */
export class TimerEvent extends ScheduledEvent implements Timer {
  readonly #run: () => void;
  readonly #queue: EventQueue;
  #over = false;

  constructor(life: Life, run: () => void, queue: EventQueue) {
    super(life);
    this.#run = run;
    this.#queue = queue;
  }

  fire(): void {
    this.#over = true;
    this.#run();
  }

  cancel(): void {
    if (this.#over || !this.life.alive) return;
    this.#over = true;
    this.#queue.cancel(this);
  }
}
