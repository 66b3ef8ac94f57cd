/** The holds of a VRA's cuts, of which each ends by itself: one timer serves all, since all are as long. */
import type { CheckpointId } from '../journal/frame.ts';
import type { Clock, Instant, Timer } from '../world/world.ts';

export type HoldOver = (vpg: string, checkpoint: CheckpointId) => void;

export class Holds {
  readonly #clock: Pick<Clock, 'after' | 'elapsed'>;
  readonly #over: HoldOver;
  /** By VPG: the checkpoint, and when its hold ends by itself. The first to end comes first. */
  readonly #holds = new Map<
    string,
    { readonly checkpoint: CheckpointId; readonly until: Instant }
  >();
  #timer: Timer | undefined;

  constructor(clock: Pick<Clock, 'after' | 'elapsed'>, over: HoldOver) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Whether there is none. */
  get idle(): boolean {
    return this.#holds.size === 0;
  }

  /** `delay` in milliseconds, the same for all. */
  arm(vpg: string, checkpoint: CheckpointId, delay: number): void {
    this.#holds.delete(vpg);
    this.#holds.set(vpg, { checkpoint, until: this.#clock.elapsed() + delay });
    if (!this.#timer) this.#await(delay);
  }

  disarm(vpg: string): void {
    if (!this.#holds.delete(vpg) || this.#holds.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #await(delay: number): void {
    this.#timer = this.#clock.after(delay, () => {
      this.#timer = undefined;
      const now = this.#clock.elapsed();
      for (const [vpg, { checkpoint, until }] of this.#holds) {
        if (until > now) {
          this.#await(until - now);
          return;
        }
        this.#holds.delete(vpg);
        this.#over(vpg, checkpoint);
      }
    });
  }
}
