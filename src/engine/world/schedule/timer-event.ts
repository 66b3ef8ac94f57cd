import type { Timer } from '../world.ts';
import { ScheduledEvent } from './event-queue.ts';
import type { EventQueue } from './event-queue.ts';
import type { Life } from './life.ts';

/** A call at a time, or with a period at one of its steady times, which can be taken back. */
export class TimerEvent extends ScheduledEvent implements Timer {
  readonly #run: (leftOut: number) => void;
  readonly #queue: EventQueue;
  #leftOut = 0;
  #over = false;

  constructor(life: Life, run: (leftOut: number) => void, queue: EventQueue, period = 0) {
    super(life, life.id, period);
    this.#run = run;
    this.#queue = queue;
  }

  fire(): void {
    this.#over = true;
    this.#run(this.#leftOut);
  }

  override leaveOut(times: number): void {
    this.#leftOut += times;
  }

  cancel(): void {
    if (this.#over || !this.life.alive) return;
    this.#over = true;
    this.#queue.cancel(this);
  }
}
