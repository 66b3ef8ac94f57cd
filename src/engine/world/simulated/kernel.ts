import { mix32 } from '../hash.ts';
import type { Instant, Timer } from '../world.ts';
import { EventQueue } from '../schedule/event-queue.ts';
import type { ScheduledEvent } from '../schedule/event-queue.ts';
import { Life } from '../schedule/life.ts';
import type { OpenEvent, Schedule } from '../schedule/schedule.ts';
import { TimerEvent } from '../schedule/timer-event.ts';

/** Tells a leap from an event at that time, in the trace. */
const leapMark = 0x1ea9;

/** Virtual time: events happen one after the other, and time jumps from one to the next. */
export class Kernel implements Schedule {
  now: Instant = 0;
  /** Events that have happened. */
  count = 0;
  /**
   * A hash over every event so far, its time and the process that it concerns: two runs in which anything
   * happened at another time, in another order or to another process differ in it, but for chance.
   */
  trace = 0;
  /** The life of the universe itself, which never ends. */
  readonly always = new Life(0);
  /**
   * Whether what one process says to another, or writes, within one event arrives or is reported in one
   * event as well, as packets and finished requests come in groups on real machines.
   */
  readonly joins: boolean;
  readonly #queue = new EventQueue();
  /** What may still be put off. */
  readonly #open: OpenEvent[] = [];
  #lives = 0;

  constructor(joins = true) {
    this.joins = joins;
  }

  /** Events that are still to come, cancelled ones included as long as they are held. */
  get pending(): number {
    return this.#queue.size + this.#open.length;
  }

  get nextTime(): Instant {
    if (this.#open.length > 0) this.#close();
    return this.#queue.nextTime;
  }

  /** Tells one event from another, and what is done between two events from either. */
  isSameMoment(count: number, time: Instant): boolean {
    return this.joins && count === this.count && time === this.now;
  }

  beginLife(): Life {
    return new Life(++this.#lives);
  }

  push(time: Instant, event: ScheduledEvent): void {
    this.#queue.push(time, event);
  }

  pushOpen(event: OpenEvent): void {
    this.#open.push(event);
  }

  #close(): void {
    for (const event of this.#open) this.#queue.push(event.at, event);
    this.#open.length = 0;
  }

  /** Takes back an event that is still to come. */
  cancel(event: ScheduledEvent): void {
    this.#queue.cancel(event);
  }

  /** Calls back in `delay` milliseconds, at once (but not within this call) where it is not positive. */
  after(delay: number, life: Life, run: () => void): Timer {
    const event = new TimerEvent(life, run, this.#queue);
    if (life.alive) this.#queue.push(this.now + (delay > 0 ? delay : 0), event);
    return event;
  }

  /**
   * The same for what is done at steady times, one every `period` milliseconds.
   *
   * @throws RangeError for a period that is not positive
   */
  beat(delay: number, period: number, life: Life, run: (leftOut: number) => void): Timer {
    if (!(period > 0)) throw new RangeError(`there is no beat every ${period} ms`);
    const event = new TimerEvent(life, run, this.#queue, period);
    if (life.alive) this.#queue.push(this.now + (delay > 0 ? delay : 0), event);
    return event;
  }

  /** Lets the next event happen. To be called only while one is pending. */
  step(): void {
    const due = this.nextTime;
    const event = this.#queue.pop();
    if (due >= this.now) this.now = due;
    else event.leaveOut?.(Math.floor((this.now - due) / event.period));
    if (!event.happens) return;
    this.count++;
    this.trace = mix32(this.trace ^ momentOf(this.now)) + event.concerns;
    event.fire();
  }

  /** Lets everything happen that is due up to and including `until`, which becomes the time. */
  run(until: Instant): void {
    while (this.nextTime <= until) this.step();
    if (until > this.now) this.now = until;
  }

  /**
   * Lets everything happen that is due up to a time but the beats, which keep their times even where these have
   * passed by then. Time ends at the last event that happened.
   */
  settle(limit: Instant): void {
    const queue = this.#queue;
    while (this.nextTime <= limit) {
      const next = queue.first;
      if (next && next.period > 0) queue.hold();
      else if (next?.happens) this.step();
      else queue.pop();
    }
    queue.release();
  }

  /** When the first event is due that is not a beat; infinity where there is none. */
  get quietUntil(): Instant {
    let first = this.#queue.quietUntil;
    for (const event of this.#open) if (event.at < first && event.happens) first = event.at;
    return first;
  }

  /**
   * Sets the time forward, past nothing but beats.
   *
   * @throws RangeError where anything else is due until then, or that time has come already
   */
  leap(to: Instant): void {
    if (!(to > this.now)) throw new RangeError(`${to} ms is not behind ${this.now} ms`);
    const { quietUntil } = this;
    if (quietUntil <= to) {
      throw new RangeError(
        `something is due at ${quietUntil} ms, which a leap to ${to} ms would pass`,
      );
    }
    this.#queue.leap(to);
    this.now = to;
    this.trace = mix32(this.trace ^ momentOf(to)) ^ leapMark;
  }
}

/** Microseconds, as what the trace is mixed of. */
function momentOf(time: Instant): number {
  return Math.floor(time * 1000) | 0;
}
