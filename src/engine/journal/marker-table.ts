/**
 * The checkpoint markers of one segment. Ids and times come at steady steps, so they are kept as
 * runs; the places, which are not steady, take 10 bytes each. Thirty days of a marker every 5 s
 * (518 400) fit into about 5 MB.
 */
import type { CheckpointRun, Marker } from './contract.ts';
import type { CheckpointId } from './frame.ts';
import { growingShorts, growingWords } from './growing.ts';
import type { Place } from './place.ts';

interface Run {
  readonly first: number;
  readonly checkpoint: CheckpointId;
  readonly time: number;
  count: number;
  step: number;
  interval: number;
}

export class MarkerTable {
  readonly #segment: number;
  readonly #runs: Run[] = [];
  readonly #frames = growingWords();
  readonly #sizes = growingWords();
  readonly #entries = growingShorts();

  constructor(segment: number) {
    this.#segment = segment;
  }

  get count(): number {
    return this.#frames.count;
  }

  /** Makes room for so many in all. */
  reserve(count: number): void {
    this.#frames.reserve(count);
    this.#sizes.reserve(count);
    this.#entries.reserve(count);
  }

  /** Ids have to grow; whoever appends checks that. */
  append({ checkpoint, time }: Marker, { frame, frameEnd, entry }: Place): void {
    this.add(checkpoint, time, frame, frameEnd - frame, entry);
  }

  /** The same without an object for either. `size`: bytes of the frame. */
  add(checkpoint: CheckpointId, time: number, frame: number, size: number, entry: number): void {
    const index = this.#frames.count;
    this.#frames.push(frame);
    this.#sizes.push(size);
    this.#entries.push(entry);
    const run = this.#runs[this.#runs.length - 1];
    if (run === undefined || !extend(run, checkpoint, time)) {
      this.#runs.push({ first: index, checkpoint, time, count: 1, step: 0, interval: 0 });
    }
  }

  marker(index: number): Marker | undefined {
    const run = this.#runs[this.#lastRun((each) => each.first <= index)];
    if (run === undefined || index < 0 || index >= this.count) return undefined;
    const within = index - run.first;
    return {
      checkpoint: run.checkpoint + within * run.step,
      time: run.time + within * run.interval,
    };
  }

  place(index: number): Place {
    const frame = this.#frames.at(index);
    const frameEnd = frame + this.#sizes.at(index);
    return { segment: this.#segment, frame, frameEnd, entry: this.#entries.at(index) };
  }

  /** Index of a checkpoint, or undefined. */
  find(checkpoint: CheckpointId): number | undefined {
    const run = this.#runs[this.#lastRun((each) => each.checkpoint <= checkpoint)];
    if (run === undefined) return undefined;
    const within = run.step === 0 ? 0 : (checkpoint - run.checkpoint) / run.step;
    const there = run.checkpoint + within * run.step === checkpoint;
    return there && Number.isInteger(within) && within < run.count ? run.first + within : undefined;
  }

  /** Index of the first marker at or behind a place of this segment; `count` where there is none. */
  firstFrom(frame: number, entry: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const before = this.#frames.at(middle) - frame || this.#entries.at(middle) - entry;
      if (before < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The markers from index `from` to `to` (exclusive), as runs. */
  *runs(from = 0, to = this.count): Generator<CheckpointRun> {
    for (
      let index = Math.max(
        0,
        this.#lastRun((each) => each.first <= from),
      );
      ;
      index += 1
    ) {
      const run = this.#runs[index];
      if (run === undefined || run.first >= to) return;
      const skip = Math.max(0, from - run.first);
      const count = Math.min(run.count, to - run.first) - skip;
      if (count <= 0) continue;
      const checkpoint = run.checkpoint + skip * run.step;
      const time = run.time + skip * run.interval;
      const steady = count > 1;
      const step = steady ? run.step : 0;
      yield { checkpoint, time, count, step, interval: steady ? run.interval : 0 };
    }
  }

  /** Index of the last run that fulfils a condition which holds up to some run and not beyond; or -1. */
  #lastRun(holds: (run: Run) => boolean): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const run = this.#runs[middle];
      if (run !== undefined && holds(run)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function extend(run: Run, checkpoint: CheckpointId, time: number): boolean {
  if (run.count === 1) {
    run.step = checkpoint - run.checkpoint;
    run.interval = time - run.time;
  } else if (
    checkpoint !== run.checkpoint + run.count * run.step ||
    time !== run.time + run.count * run.interval
  ) {
    return false;
  }
  run.count += 1;
  return true;
}

/** Joins runs that go on steadily from one to the next. */
export function joinRuns(runs: Iterable<CheckpointRun>): CheckpointRun[] {
  const joined: Run[] = [];
  for (const next of runs) {
    const run = joined.at(-1);
    const follows =
      run !== undefined &&
      (next.count === 1 ||
        run.count === 1 ||
        (next.step === run.step && next.interval === run.interval));
    const steady =
      follows &&
      (next.count === 1 ||
        (next.step === next.checkpoint - lastOf(run).checkpoint &&
          next.interval === next.time - lastOf(run).time)) &&
      extend(run, next.checkpoint, next.time);
    if (steady) run.count += next.count - 1;
    else joined.push({ first: 0, ...next });
  }
  return joined.map(({ checkpoint, time, count, step, interval }) => ({
    checkpoint,
    time,
    count,
    step,
    interval,
  }));
}

function lastOf(run: Run): Marker {
  const steps = run.count - 1;
  return { checkpoint: run.checkpoint + steps * run.step, time: run.time + steps * run.interval };
}
