/** What is due when, in order: a binary heap over time and, at one time, the order of arrival. */
import type { Life } from './life.ts';

/** Something that happens at a time. */
export abstract class ScheduledEvent {
  /** Whose event it is: it does not happen once that life has ended. */
  readonly life: Life;
  /** Whom it concerns, for the trace: the number of a life. */
  readonly concerns: number;
  /** Milliseconds between the steady times of a beat, of which the next one will do as well; 0: no beat. */
  readonly period: number;
  cancelled = false;

  constructor(life: Life, concerns = life.id, period = 0) {
    this.life = life;
    this.concerns = concerns;
    this.period = period;
  }

  /** Whether it will, as things are. */
  get happens(): boolean {
    return !this.cancelled && this.life.alive;
  }

  abstract fire(): void;

  /** So many of its steady times were left out. */
  leaveOut?(times: number): void;
}

interface Held {
  readonly time: number;
  readonly order: number;
  readonly event: ScheduledEvent;
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
  /** Less than any order in use. */
  #leastOrder = 0;
  /** Among those in the queue and those that are held. */
  #cancelled = 0;
  readonly #held: Held[] = [];

  get size(): number {
    return this.#events.length + this.#held.length;
  }

  /** When the first event is due; infinity where there is none. */
  get nextTime(): number {
    return this.#events.length > 0 ? (this.#times[0] ?? Infinity) : Infinity;
  }

  get first(): ScheduledEvent | undefined {
    return this.#events[0];
  }

  push(time: number, event: ScheduledEvent): void {
    const at = this.#events.length;
    if (at === this.#times.length) this.#grow();
    this.#events.push(event);
    this.#rise(at, time, this.#nextOrder++, event);
  }

  /** Puts it at the end, in no order as yet. */
  #insert(time: number, order: number, event: ScheduledEvent): void {
    const at = this.#events.length;
    if (at === this.#times.length) this.#grow();
    this.#events.push(event);
    this.#times[at] = time;
    this.#orders[at] = order;
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

  /** When the first event is due that happens and is not a beat; infinity where there is none. */
  get quietUntil(): number {
    const events = this.#events;
    let first = Infinity;
    // Nothing below an event is due before it.
    const below = [0];
    for (let at = below.pop(); at !== undefined; at = below.pop()) {
      const event = events[at];
      const time = this.#times[at] ?? Infinity;
      if (!event || time >= first) continue;
      if (event.period === 0 && event.happens) first = time;
      else below.push(2 * at + 1, 2 * at + 2);
    }
    return first;
  }

  /** Takes the first event out and keeps it, with its time and its place among those of that time. */
  hold(): void {
    const time = this.nextTime;
    const order = this.#orders[0] ?? 0;
    const event = this.pop();
    if (event.cancelled) return;
    this.#held.push({ time, order, event });
  }

  /** Puts back all that is held. */
  release(): void {
    if (this.#held.length === 0) return;
    for (const { time, order, event } of this.#held) this.#insert(time, order, event);
    this.#held.length = 0;
    this.#heapify();
  }

  /**
   * Puts off every beat that is due up to a time to the first of its steady times behind it. At one time those come
   * first that were put off, in the order in which they would have come before. To be called only while nothing
   * else is due until then and nothing is held.
   */
  leap(to: number): void {
    this.#sweep();
    const events = this.#events;
    const putOff: number[] = [];
    for (let at = 0; at < events.length; at++) {
      if ((this.#times[at] ?? Infinity) <= to) putOff.push(at);
    }
    const times = this.#times;
    const orders = this.#orders;
    putOff.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || (orders[a] ?? 0) - (orders[b] ?? 0));
    this.#leastOrder -= putOff.length;
    let order = this.#leastOrder;
    for (const at of putOff) {
      const event = events[at];
      const due = times[at] ?? 0;
      if (!event) continue;
      let leftOut = Math.floor((to - due) / event.period) + 1;
      // A period that is no binary fraction may be rounded to the time itself.
      while (due + leftOut * event.period <= to) leftOut++;
      times[at] = due + leftOut * event.period;
      orders[at] = order++;
      event.leaveOut?.(leftOut);
    }
    this.#heapify();
  }

  /** Forgets what does not happen. */
  #sweep(): void {
    const events = this.#events;
    let kept = 0;
    for (let at = 0; at < events.length; at++) {
      const event = events[at];
      if (!event?.happens) continue;
      events[kept] = event;
      this.#times[kept] = this.#times[at] ?? 0;
      this.#orders[kept] = this.#orders[at] ?? 0;
      kept++;
    }
    events.length = kept;
    this.#cancelled = 0;
    for (const { event } of this.#held) if (event.cancelled) this.#cancelled++;
    this.#heapify();
  }

  #heapify(): void {
    const events = this.#events;
    for (let at = (events.length >>> 1) - 1; at >= 0; at--) {
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
