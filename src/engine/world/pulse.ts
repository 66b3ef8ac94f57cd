/**
 * The beat of a process, by which it knows that time passes: once every interval, and where nothing can
 * become due before, several beats at once.
 */
import type { Clock, Instant, Timer } from './world.ts';

/** Of a span, what times are off by for having been added up. */
const rounding = 1e-6;

export class Pulse {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #beat: (count: number) => number;
  /** Up to when beats have been counted. */
  #counted: Instant = 0;
  /** Beats that the timer waits for. */
  #span = 0;
  #timer: Timer | undefined;
  /** Woken within a beat: what is due with the next one may not be known yet. */
  #woken = false;

  /**
   * `interval` in milliseconds. `beat` is told how many beats have passed since it was told last, one at
   * least, and answers in how many, again one at least, it has to be told of the next.
   */
  constructor(clock: Clock, interval: number, beat: (count: number) => number) {
    this.#clock = clock;
    this.#interval = interval;
    this.#beat = beat;
  }

  /** Has it beat from now on, for the first time at once. */
  start(): void {
    this.#fire(1);
  }

  /**
   * Something may become due with every beat again: the next comes at its time. Answers the beats that have
   * passed and were not told of, nearly always none.
   */
  wake(): number {
    this.#woken = true;
    if (this.#span <= 1) return 0;
    this.#timer?.cancel();
    const interval = this.#interval;
    const since = this.#clock.elapsed() - this.#counted;
    // Where time has leapt, the timer is that many spans later.
    const spans = Math.max(1, Math.ceil(since / (this.#span * interval) - rounding));
    const passed = Math.min(spans * this.#span - 1, Math.floor(since / interval));
    this.#counted += passed * interval;
    this.#wait(1, Math.max(0, interval - (since - passed * interval)));
    return passed;
  }

  #fire(count: number): void {
    this.#counted = this.#clock.elapsed();
    this.#span = 0;
    this.#woken = false;
    const span = this.#atMost(this.#beat(count));
    this.#wait(span, span * this.#interval);
  }

  #atMost(span: number): number {
    return this.#woken ? 1 : span;
  }

  #wait(span: number, delay: number): void {
    this.#span = span;
    this.#timer = this.#clock.beat(delay, span * this.#interval, (leftOut) => {
      this.#fire((1 + leftOut) * span);
    });
  }
}
