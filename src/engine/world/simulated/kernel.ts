import { mix32 } from '../hash.ts';
import type { Instant, Timer } from '../world.ts';
import { EventQueue } from '../schedule/event-queue.ts';
import type { ScheduledEvent } from '../schedule/event-queue.ts';
import { Life } from '../schedule/life.ts';
import type { OpenEvent, Schedule } from '../schedule/schedule.ts';
import { TimerEvent } from '../schedule/timer-event.ts';

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

  /** Lets the next event happen. To be called only while one is pending. */
  step(): void {
    this.now = this.nextTime;
    const event = this.#queue.pop();
    if (event.cancelled || !event.life.alive) return;
    this.count++;
    const moment = Math.floor(this.now * 1000);
    this.trace = mix32(this.trace ^ (moment | 0)) + event.concerns;
    event.fire();
  }

  /** Lets everything happen that is due up to and including `until`, which becomes the time. */
  run(until: Instant): void {
    while (this.nextTime <= until) this.step();
    if (until > this.now) this.now = until;
  }
}
