/**
 * The throttle windows of the way to a peer: how much data may go out at a time of day.
 *
 * A leaky bucket: what was sent drains at the rate of the present window, and the next frame goes when
 * the bucket is empty. Nothing is saved up. A frame that is larger than what a window lets through in a
 * second goes whole, and then there is silence for as long as it should have taken.
 */
import type { Instant } from '../world/world.ts';
import type { ThrottleWindow } from './messages.ts';

/** Milliseconds after which a closed throttle is looked at again: its window may have ended. */
const longestWait = 1000;

export class Throttle {
  windows: readonly ThrottleWindow[] = [];
  /** Bytes that have been sent and not drained. */
  #owed = 0;
  #last: Instant = 0;

  /** Bytes per second at a time of day, in milliseconds from midnight; Infinity outside of all windows. */
  rateAt(timeOfDay: number): number {
    let rate = Infinity;
    for (const window of this.windows) {
      if (isWithin(window, timeOfDay)) rate = Math.min(rate, window.rate);
    }
    return rate;
  }

  /** Milliseconds until the next frame may go; 0: it may go now. */
  wait(timeOfDay: number, now: Instant): number {
    if (this.windows.length === 0) return 0;
    const rate = this.rateAt(timeOfDay);
    // A clock that was set back drains nothing, one that was set forward drains all: both pass.
    const drained = Math.max(0, now - this.#last) * (rate / 1000);
    this.#last = now;
    this.#owed = rate === Infinity ? 0 : Math.max(0, this.#owed - drained);
    if (rate === 0) return longestWait;
    if (this.#owed === 0) return 0;
    return Math.max(1, Math.min(longestWait, Math.ceil((this.#owed / rate) * 1000)));
  }

  sent(bytes: number): void {
    if (this.windows.length > 0) this.#owed += bytes;
  }
}

/** A window that ends before it begins runs over midnight. One that ends when it begins lasts all day. */
function isWithin({ from, to }: ThrottleWindow, timeOfDay: number): boolean {
  return from < to ? timeOfDay >= from && timeOfDay < to : timeOfDay >= from || timeOfDay < to;
}
