/**
 * The gap log of one VPG: stretches longer than two intervals without a checkpoint, each with its
 * cause. Where a gap begins and ends is given by the catalogue alone (law 5); only why is found out
 * here, from evidence that may be wrong at first and is corrected when better evidence comes.
 */
import type { Gap, GapCause } from '../api.ts';
import type { Instant } from '../world/world.ts';
import { gapThreshold } from './timing.ts';

/**
 * Of what sort a piece of evidence is. The sort that began a gap explains it: that a bitmap sync
 * follows a cut link does not make the gap one of a bitmap sync. Within its sort, evidence is refined.
 */
export type EvidenceSort = 'peer' | 'data-path' | 'stream' | 'person' | 'storage';

export interface Evidence {
  readonly sort: EvidenceSort;
  readonly cause: GapCause;
}

export class GapLog {
  readonly #gaps: Gap[];
  #first: Evidence | undefined;
  #since: Instant = 0;
  #proven = false;

  constructor(gaps: readonly Gap[] = []) {
    this.#gaps = [...gaps];
  }

  /**
   * All gaps, oldest first. One that has not ended yet is in it as soon as it is longer than the
   * threshold: `silence` says for how long no checkpoint has come or was certain to come.
   */
  list(last: Instant | undefined, silence: number): readonly Gap[] {
    if (last === undefined || silence <= gapThreshold) return this.#gaps.slice();
    return [...this.#gaps, { from: last, cause: this.cause }];
  }

  get closed(): readonly Gap[] {
    return this.#gaps;
  }

  /** Why there are no checkpoints now, as far as one can see. */
  get cause(): GapCause {
    // Without any evidence a proposed checkpoint got lost on its way: nobody refused it.
    return this.#first?.cause ?? 'link-down';
  }

  get hasEvidence(): boolean {
    return this.#first !== undefined;
  }

  /** Something keeps checkpoints from being made right now. */
  observe(evidence: Evidence, now: Instant): void {
    if (this.#proven) return;
    const first = this.#first;
    if (!first) {
      this.#since = now;
    } else if (first.sort !== evidence.sort) {
      // Where the peer's ZVM and its VRAs go silent together, which is noticed first is chance: the
      // ZVM says more.
      const together = now - this.#since <= gapThreshold;
      if (!(first.sort === 'data-path' && evidence.sort === 'peer' && together)) return;
    } else if (first.cause === 'zvm-down' || first.cause === 'vra-down') {
      // What is known to be down stays the cause: while it is down, nobody says so for ever (its site
      // may lose power as well), and when it returns its connections come one after the other.
      return;
    }
    this.#first = evidence;
  }

  /** The cause is known for sure, whatever it looked like. */
  prove(evidence: Evidence, now: Instant): void {
    if (this.#first && this.#first.sort !== evidence.sort) return;
    if (!this.#first) this.#since = now;
    this.#first = evidence;
    this.#proven = true;
  }

  /**
   * A checkpoint exists: a gap behind the one before it ends here. Returns it where there was one.
   * `silence` is how long none had come: where that was short and nothing was amiss, the times are apart
   * because somebody set the clock.
   */
  checkpoint(before: Instant | undefined, time: Instant, silence: number): Gap | undefined {
    const cause = this.cause;
    const clockWasSet = this.#first === undefined && silence <= gapThreshold;
    // One that was cut before the trouble began, and arrives after it, does not end it.
    if (time > this.#since) {
      this.#first = undefined;
      this.#proven = false;
    }
    if (before === undefined || time - before <= gapThreshold || clockWasSet) return undefined;
    const gap: Gap = { from: before, to: time, cause };
    this.put(gap);
    return gap;
  }

  /**
   * Checkpoints between two that are left are gone: gaps among them are part of the one that this
   * makes. With `to` undefined it is still open, and the next checkpoint ends it.
   */
  lost(from: Instant | undefined, to: Instant | undefined): Gap | undefined {
    for (let index = this.#gaps.length - 1; index >= 0; index -= 1) {
      const gap = this.#gaps[index];
      const inside = gap && gap.from >= (from ?? -Infinity) && gap.from < (to ?? Infinity);
      if (inside) this.#gaps.splice(index, 1);
    }
    if (from === undefined || to === undefined) return undefined;
    const gap: Gap = { from, to, cause: 'journal-storage' };
    this.put(gap);
    return gap;
  }

  /** Adds a gap or replaces the one that begins at the same time. */
  put(gap: Gap): void {
    const index = this.#gaps.findLastIndex((known) => known.from <= gap.from);
    if (this.#gaps[index]?.from === gap.from) this.#gaps[index] = gap;
    else this.#gaps.splice(index + 1, 0, gap);
  }
}
