/** What a VM writes in a stretch of time in which nothing else happens to it: bunches at steady times. */
import type { Instant } from '../world/world.ts';

export interface QuietWrites {
  /** When the next bunch comes, by the universe's time; infinity: no more. */
  readonly nextAt: Instant;
  /** Moves to the next bunch; false where there is none. */
  next(): boolean;
  /** When the present bunch came. */
  readonly at: Instant;
  /** The present bunch: the first `count` of each, until the next call. Offsets and lengths in bytes. */
  readonly count: number;
  readonly disks: readonly number[];
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  /** Names of synthetic payloads. */
  readonly contents: readonly number[];
  /** Another one that stands at the same bunch. */
  copy(): QuietWrites;
}
