import type { Instant, Timer } from '../world.ts';
import type { ScheduledEvent } from './event-queue.ts';
import type { Life } from './life.ts';

/** An event that more may join, and that happens when the last of it does. */
export interface OpenEvent extends ScheduledEvent {
  readonly at: Instant;
}

/** Lets events happen at their time: in virtual time one right behind the other, or in real time. */
export interface Schedule {
  /** Milliseconds since the universe began. It never goes back. */
  readonly now: Instant;
  /** Events that have happened. */
  readonly count: number;
  /** The life of the universe itself, which never ends. */
  readonly always: Life;
  /** A new life of a process. */
  beginLife(): Life;
  push(time: Instant, event: ScheduledEvent): void;
  /** The same for an event that may be put off for as long as what happens now is not over. */
  pushOpen(event: OpenEvent): void;
  /** Takes back an event that is still to come. */
  cancel(event: ScheduledEvent): void;
  /** Calls back in `delay` milliseconds, at once (but not within this call) where it is not positive. */
  after(delay: number, life: Life, run: () => void): Timer;
  /**
   * Tells whether what is done now belongs to the event that was under way at a count and a time, so that
   * both may be joined.
   */
  isSameMoment(count: number, time: Instant): boolean;
}
