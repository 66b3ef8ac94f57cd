/**
 * The checkpoints of one VPG that can be recovered to, as far as its ZVM knows.
 *
 * Kept as runs at steady intervals: thirty days of 5 s checkpoints without an outage are one entry, and
 * every outage adds one. Ids and times grow together, so both are searched by bisection.
 */
import type { CheckpointRun, CheckpointSelector, TaggedCheckpoint } from '../api.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { Instant } from '../world/world.ts';

export interface Checkpoint {
  readonly id: CheckpointId;
  readonly time: Instant;
}

/** Checkpoints that a journal had and has no more: those behind `after` (0: all) up to `upTo`. */
export interface LostCheckpoints {
  readonly after: CheckpointId;
  readonly upTo: CheckpointId;
}

interface GrowingRun {
  from: Instant;
  to: Instant;
  interval: number;
  count: number;
  firstId: CheckpointId;
}

export class Catalogue {
  /** Oldest first. */
  #runs: GrowingRun[] = [];
  readonly #tags = new Map<CheckpointId, TaggedCheckpoint>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get oldest(): Checkpoint | undefined {
    const run = this.#runs[0];
    return run && { id: run.firstId, time: run.from };
  }

  get newest(): Checkpoint | undefined {
    const run = this.#runs.at(-1);
    return run && { id: run.firstId + run.count - 1, time: run.to };
  }

  get runs(): readonly CheckpointRun[] {
    return this.#runs.map((run) => ({ ...run }));
  }

  /** By time, oldest first. */
  get tagged(): readonly TaggedCheckpoint[] {
    return [...this.#tags.values()].sort((a, b) => a.id - b.id);
  }

  /** Adds the newest checkpoint. One that is not newer than all others is known already: no change. */
  add(id: CheckpointId, time: Instant, tag?: string): boolean {
    const last = this.#runs.at(-1);
    if (last && (id < last.firstId + last.count || time <= last.to)) return false;
    this.#count += 1;
    if (tag !== undefined) this.#tags.set(id, { id, time, tag });
    if (last && id === last.firstId + last.count) {
      const interval = time - last.to;
      if (last.count === 1 || interval === last.interval) {
        last.interval = interval;
        last.to = time;
        last.count += 1;
        return true;
      }
    }
    this.#runs.push({ from: time, to: time, interval: 0, count: 1, firstId: id });
    return true;
  }

  /** Tags a checkpoint that exists; false where it does not. */
  tag(id: CheckpointId, tag: string, application = false): boolean {
    const checkpoint = this.find(id);
    if (!checkpoint) return false;
    this.#tags.set(id, { ...checkpoint, tag, ...(application && { application }) });
    return true;
  }

  /** Forgets everything before the checkpoint with this id; true where that was anything. */
  trim(oldest: CheckpointId): boolean {
    const before = this.#count;
    let whole = 0;
    for (const run of this.#runs) {
      if (run.firstId + run.count > oldest) break;
      this.#count -= run.count;
      whole += 1;
    }
    if (whole > 0) this.#runs.splice(0, whole);
    const first = this.#runs[0];
    if (first && first.firstId < oldest) {
      const gone = oldest - first.firstId;
      first.from += gone * first.interval;
      first.firstId = oldest;
      first.count -= gone;
      this.#count -= gone;
      if (first.count === 1) first.interval = 0;
    }
    if (this.#count === before) return false;
    for (const id of this.#tags.keys()) if (id < oldest) this.#tags.delete(id);
    return true;
  }

  /** Takes the checkpoints behind `after` up to `upTo` away; true where there was any. */
  withdraw({ after, upTo }: LostCheckpoints): boolean {
    const before = this.#count;
    const left: GrowingRun[] = [];
    for (const run of this.#runs) {
      const head = Math.min(run.count, Math.max(0, after + 1 - run.firstId));
      const tail = Math.max(head, Math.min(run.count, upTo + 1 - run.firstId));
      if (head > 0) left.push(growing(partOf(run, 0, head)));
      if (tail < run.count) left.push(growing(partOf(run, tail)));
    }
    this.#runs = left;
    this.#count = left.reduce((sum, run) => sum + run.count, 0);
    if (this.#count === before) return false;
    for (const id of this.#tags.keys()) if (id > after && id <= upTo) this.#tags.delete(id);
    return true;
  }

  /**
   * What of it a journal does not hold, as stretches, oldest first. Looks up to the newest that is
   * held, and on to `known`: whatever was listed when the journal was asked.
   */
  missingFrom(
    held: readonly { readonly first: CheckpointId; readonly last: CheckpointId }[],
    known: CheckpointId,
  ): LostCheckpoints[] {
    const missing: LostCheckpoints[] = [];
    const end = Math.max(held.at(-1)?.last ?? 0, known);
    let at = 0;
    for (const run of this.#runs) {
      const last = Math.min(run.firstId + run.count - 1, end);
      let next = run.firstId;
      while (next <= last) {
        while ((held[at]?.last ?? Infinity) < next) at += 1;
        const { first, last: until } = held[at] ?? { first: Infinity, last: Infinity };
        if (first > next) missing.push({ after: next - 1, upTo: Math.min(last, first - 1) });
        next = until + 1;
      }
    }
    return missing;
  }

  find(id: CheckpointId): Checkpoint | undefined {
    const run = this.#runs[this.#runAt((candidate) => candidate.firstId <= id)];
    if (!run || id >= run.firstId + run.count) return undefined;
    return { id, time: run.from + (id - run.firstId) * run.interval };
  }

  /** The newest checkpoint that is older than an id, and the oldest one that is newer. */
  beforeId(id: CheckpointId): Checkpoint | undefined {
    const run = this.#runs[this.#runAt((candidate) => candidate.firstId < id)];
    return run && this.find(Math.min(id - 1, run.firstId + run.count - 1));
  }

  behindId(id: CheckpointId): Checkpoint | undefined {
    const inside = this.find(id + 1);
    if (inside) return inside;
    const run = this.#runs[this.#runAt((candidate) => candidate.firstId <= id) + 1];
    return run && { id: run.firstId, time: run.from };
  }

  /** The newest checkpoint before a time or, with `inclusive`, not after it. */
  before(time: Instant, inclusive: boolean): Checkpoint | undefined {
    const fits = (at: Instant): boolean => (inclusive ? at <= time : at < time);
    const run = this.#runs[this.#runAt((candidate) => fits(candidate.from))];
    if (!run) return undefined;
    let steps = run.interval === 0 ? 0 : Math.floor((time - run.from) / run.interval);
    steps = Math.min(steps, run.count - 1);
    if (!fits(run.from + steps * run.interval)) steps -= 1;
    return { id: run.firstId + steps, time: run.from + steps * run.interval };
  }

  select(selector: CheckpointSelector): Checkpoint | undefined {
    switch (selector.kind) {
      case 'latest':
        return this.newest;
      case 'oldest':
        return this.oldest;
      case 'id':
        return this.find(selector.id);
      case 'tag': {
        const found = this.tagged.findLast((candidate) => candidate.tag === selector.tag);
        return found && { id: found.id, time: found.time };
      }
      case 'time':
        return this.before(selector.time, selector.inclusive);
    }
  }

  /**
   * Takes over what another catalogue of the same VPG has behind the newest one of this: the rest is
   * either known here or was cleaned away here. True where that was anything.
   */
  extend(runs: readonly CheckpointRun[], tagged: readonly TaggedCheckpoint[]): boolean {
    const next = (this.newest?.id ?? -Infinity) + 1;
    let changed = false;
    for (const run of runs) {
      const skip = Math.max(0, next - run.firstId);
      if (skip >= run.count) continue;
      this.#append(partOf(run, skip));
      changed = true;
    }
    for (const entry of tagged) {
      if (this.#tags.has(entry.id) || !this.find(entry.id)) continue;
      this.#tags.set(entry.id, entry);
      changed = true;
    }
    return changed;
  }

  /** Replaces everything, as when read back from storage. */
  restore(runs: readonly CheckpointRun[], tagged: readonly TaggedCheckpoint[]): void {
    this.#runs = runs.map((run) => ({ ...run }));
    this.#count = runs.reduce((sum, run) => sum + run.count, 0);
    this.#tags.clear();
    for (const entry of tagged) this.#tags.set(entry.id, entry);
  }

  #append(run: CheckpointRun): void {
    const last = this.#runs.at(-1);
    const joins =
      last &&
      run.firstId === last.firstId + last.count &&
      (last.count === 1 || run.from - last.to === last.interval) &&
      (run.count === 1 || run.from - last.to === run.interval);
    this.#count += run.count;
    if (!joins) {
      this.#runs.push({ ...run });
      return;
    }
    last.interval = run.from - last.to;
    last.to = run.to;
    last.count += run.count;
  }

  /** Index of the last run that fits, where all that fit stand in front; -1 for none. */
  #runAt(fits: (run: GrowingRun) => boolean): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle];
      if (run && fits(run)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function growing(run: CheckpointRun): GrowingRun {
  return { ...run };
}

/** The run from index `skip` to `end` (exclusive). */
function partOf(run: CheckpointRun, skip: number, end = run.count): CheckpointRun {
  const count = end - skip;
  return {
    from: run.from + skip * run.interval,
    to: run.from + (end - 1) * run.interval,
    interval: count === 1 ? 0 : run.interval,
    count,
    firstId: run.firstId + skip,
  };
}
