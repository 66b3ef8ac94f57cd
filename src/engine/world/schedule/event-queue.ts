/** What is due when, in order: a binary heap over time and, at one time, the order of arrival. */
import type { Life } from './life.ts';

/** Something that happens at a time. */
export abstract class ScheduledEvent {
  /** Whose event it is: it does not happen once that life has ended. */
  readonly life: Life;
  /** Whom it concerns, for the trace: the number of a life. */
  readonly concerns: number;
  cancelled = false;

  constructor(life: Life, concerns = life.id) {
    this.life = life;
    this.concerns = concerns;
  }

  abstract fire(): void;
}

/**
 * The keys lie in typed arrays beside the events: comparing then touches no object, whose many shapes
 * would make it slow.
 */
export class EventQueue {
  #times = new Float64Array(1024);
  #orders = new Float64Array(1024);
  #events: ScheduledEvent[] = [];
  #nextOrder = 0;
  #cancelled = 0;

  get size(): number {
    return this.#events.length;
  }

  /** When the first event is due; infinity where there is none. */
  get nextTime(): number {
    return this.#events.length > 0 ? (this.#times[0] ?? Infinity) : Infinity;
  }

  push(time: number, event: ScheduledEvent): void {
    const at = this.#events.length;
    if (at === this.#times.length) this.#grow();
    this.#events.push(event);
    this.#rise(at, time, this.#nextOrder++, event);
  }

  /** Takes the first event. To be called only while there is one. */
  pop(): ScheduledEvent {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (!first || !last) throw new RangeError('the event queue is empty');
    const { length } = events;
    if (length > 0) this.#sink(0, this.#times[length] ?? 0, this.#orders[length] ?? 0, last);
    if (first.cancelled) this.#cancelled--;
    return first;
  }

  /**
   * Marks an event as cancelled. It keeps its place until it is due or until such events are most of
   * the queue: time-outs that are set and cancelled with every message do not pile up.
   */
  cancel(event: ScheduledEvent): void {
    event.cancelled = true;
    this.#cancelled++;
    if (this.#cancelled > 1024 && this.#cancelled * 2 > this.#events.length) this.#sweep();
  }

  #sweep(): void {
    const events = this.#events;
    let kept = 0;
    for (let at = 0; at < events.length; at++) {
      const event = events[at];
      if (!event || event.cancelled) continue;
      events[kept] = event;
      this.#times[kept] = this.#times[at] ?? 0;
      this.#orders[kept] = this.#orders[at] ?? 0;
      kept++;
    }
    events.length = kept;
    this.#cancelled = 0;
    for (let at = (kept >>> 1) - 1; at >= 0; at--) {
      const event = events[at];
      if (event) this.#sink(at, this.#times[at] ?? 0, this.#orders[at] ?? 0, event);
    }
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
    const orders = new Float64Array(this.#orders.length * 2);
    orders.set(this.#orders);
    this.#orders = orders;
  }

  #rise(from: number, time: number, order: number, event: ScheduledEvent): void {
    const times = this.#times;
    const orders = this.#orders;
    const events = this.#events;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      // A new event has the greatest order, so among equals it stays below.
      const aboveTime = times[above] ?? 0;
      if (aboveTime <= time) break;
      times[at] = aboveTime;
      orders[at] = orders[above] ?? 0;
      const moved = events[above];
      if (moved) events[at] = moved;
      at = above;
    }
    times[at] = time;
    orders[at] = order;
    events[at] = event;
  }

  #sink(from: number, time: number, order: number, event: ScheduledEvent): void {
    const times = this.#times;
    const orders = this.#orders;
    const events = this.#events;
    const { length } = events;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      let belowTime = times[below] ?? 0;
      let belowOrder = orders[below] ?? 0;
      if (below + 1 < length) {
        const otherTime = times[below + 1] ?? 0;
        const otherOrder = orders[below + 1] ?? 0;
        if (otherTime < belowTime || (otherTime === belowTime && otherOrder < belowOrder)) {
          below++;
          belowTime = otherTime;
          belowOrder = otherOrder;
        }
      }
      if (time < belowTime || (time === belowTime && order < belowOrder)) break;
      times[at] = belowTime;
      orders[at] = belowOrder;
      const moved = events[below];
      if (moved) events[at] = moved;
      at = below;
    }
    times[at] = time;
    orders[at] = order;
    events[at] = event;
  }
}
