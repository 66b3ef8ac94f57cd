import { EventQueue } from '../schedule/event-queue.ts';
import type { ScheduledEvent } from '../schedule/event-queue.ts';
import { Life } from '../schedule/life.ts';
import type { OpenEvent, Schedule } from '../schedule/schedule.ts';
import { TimerEvent } from '../schedule/timer-event.ts';
import type { Instant, Timer } from '../world.ts';

/**
 * Milliseconds by which an event may come too early. Timers of the system count whole milliseconds, so
 * waiting for less would be spent in turning round.
 */
const slack = 0.5;
/** Events that happen in a row before files and sockets get their turn. */
const inARow = 1000;

/** Events in real time, by the machine's monotonic clock: it never jumps, whoever sets the wall clock. */
export class RealTime implements Schedule {
  count = 0;
  readonly always = new Life(0);
  readonly #queue = new EventQueue();
  readonly #began = performance.now();
  #lives = 0;
  #latest = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #immediate: NodeJS.Immediate | undefined;
  #stopped = false;

  get now(): Instant {
    this.#latest = Math.max(this.#latest, performance.now() - this.#began);
    return this.#latest;
  }

  beginLife(): Life {
    return new Life(++this.#lives);
  }

  push(time: Instant, event: ScheduledEvent): void {
    if (this.#stopped) return;
    this.#queue.push(time, event);
    this.#arm();
  }

  pushOpen(event: OpenEvent): void {
    this.push(event.at, event);
  }

  cancel(event: ScheduledEvent): void {
    this.#queue.cancel(event);
  }

  after(delay: number, life: Life, run: () => void): Timer {
    const event = new TimerEvent(life, run, this.#queue);
    if (life.alive) this.push(this.now + (delay > 0 ? delay : 0), event);
    return event;
  }

  /** In real time no two things happen in one moment. */
  isSameMoment(): boolean {
    return false;
  }

  /** Nothing happens any more, and nothing keeps the process of the system alive. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #arm(): void {
    if (this.#stopped || this.#immediate) return;
    const next = this.#queue.nextTime;
    if (next === Infinity) return;
    const delay = next - this.now;
    if (delay <= slack) {
      this.#immediate = setImmediate(this.#turn);
      return;
    }
    if (next >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = next;
    this.#timer = setTimeout(this.#wake, Math.min(delay, longestTimer));
  }

  readonly #wake = (): void => {
    this.#timerAt = Infinity;
    this.#timer = undefined;
    this.#turn();
  };

  readonly #turn = (): void => {
    this.#immediate = undefined;
    const queue = this.#queue;
    const until = this.now + slack;
    try {
      for (let left = inARow; left > 0 && queue.nextTime <= until; left--) {
        const time = queue.nextTime;
        const event = queue.pop();
        if (event.cancelled || !event.life.alive) continue;
        // For whoever asks, an event that came early came in time.
        this.#latest = Math.max(this.#latest, time);
        this.count++;
        event.fire();
      }
    } finally {
      this.#arm();
    }
  };
}

/** Milliseconds; the system's timers take no more than 2^31. */
const longestTimer = 1_000_000_000;
