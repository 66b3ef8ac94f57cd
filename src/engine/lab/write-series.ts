/**
 * The writes that a VM makes by itself, one bunch after the other. They follow from its change rate and from chance
 * alone, so that they can be told without being made, and told again from any copy.
 */
import type { Vm } from '../../topology/model.ts';
import type { Instant, Random } from '../world/world.ts';

const second = 1000;
/** Sectors of a guest's file system, in bytes. */
export const block = 4096;
const mebibyte = 1024 * 1024;
/** A guest's system splits what is larger; hypervisors pass on requests of up to 32 MiB. */
const largestWrite = 4 * mebibyte;

/** Milliseconds from one bunch of writes to the next: at most, and at least. */
const longestPause = 5 * second;
const shortestPause = second;
/** Bytes of a bunch that make its system write back before its time. */
const largestBunch = 16 * mebibyte;

/**
 * A workload comes back to a working set: so many seconds of its change on each disk, of a mebibyte a
 * second at most. It bounds the memory of long runs, and is what makes a journal larger than the change
 * of a disk, as with real workloads.
 */
const workingSet = 2048;

/** The part of every disk, at its end, that the workload leaves to markers. */
export const markerShare = 0.5;

/**
 * Every write of a VM has a content of its own, numbered from a place that chance gives the VM: two VMs
 * hardly ever share one, and each has a billion to itself.
 */
const contentRanges = 2 ** 23;

/** Writes that a guest has under way at most: a queue depth of a busy virtual disk. */
export const queueDepth = 256;

/** Where the numbers of a VM's contents begin. */
export function firstContent(random: Random): number {
  return random.integer(contentRanges) * (2 ** 53 / contentRanges);
}

/** Where the workload may write on a disk. */
interface Area {
  /** Bytes from the beginning. */
  readonly room: number;
  /** Bytes from one place of the working set to the next. */
  readonly spacing: number;
  readonly places: number;
}

/** What stays the same for all copies. */
interface Habits {
  readonly changeRate: number;
  readonly burst: Vm['burst'];
  readonly begin: Instant;
  readonly areas: readonly Area[];
  /** Where the numbers of this VM's contents begin. */
  readonly contents: number;
}

export class WriteSeries {
  /** The last bunch: the first `count` of each are its writes. */
  count = 0;
  readonly disks: number[] = [];
  /** Bytes. */
  readonly offsets: number[] = [];
  readonly lengths: number[] = [];
  /** Names of synthetic payloads. */
  readonly contents: number[] = [];
  readonly #habits: Habits;
  readonly #random: Random;
  #content = 0;
  #owed = 0;
  /** Up to when what it changed is owed or written. */
  #accounted: Instant;

  private constructor(habits: Habits, random: Random, accounted: Instant) {
    this.#habits = habits;
    this.#random = random;
    this.#accounted = accounted;
  }

  /** The series of a VM that begins now. It draws from `random` and nobody else may. */
  static of(vm: Vm, random: Random, now: Instant): WriteSeries {
    const { changeRate, burst } = vm;
    const contents = firstContent(random);
    const bunch = Math.max(block, (changeRate * pauseAt(changeRate)) / second);
    const regular = bunch / Math.ceil(bunch / largestWrite);
    const areas = [...vm.disks.values()].map(({ size }) => areaOf(size, changeRate, regular));
    return new WriteSeries({ changeRate, burst, begin: now, areas, contents }, random, now);
  }

  /** Bytes per second. A burst comes `every` so often, for the first time after that, so that a run begins quietly. */
  rateAt(now: Instant): number {
    const { burst, changeRate, begin } = this.#habits;
    if (!burst) return changeRate;
    const age = now - begin;
    return age >= burst.every && age % burst.every < burst.for ? burst.rate : changeRate;
  }

  /** Milliseconds from a bunch to the next. */
  pauseAt(now: Instant): number {
    return pauseAt(this.rateAt(now));
  }

  /** When its rate changes next; infinity: never. */
  rateChangesAfter(now: Instant): Instant {
    const { burst, begin } = this.#habits;
    if (!burst) return Infinity;
    const age = now - begin;
    const round = Math.floor(age / burst.every);
    const ends = begin + round * burst.every + burst.for;
    return round > 0 && now < ends ? ends : begin + (round + 1) * burst.every;
  }

  /** Whoever wrote is gone, and what it owed with it. */
  forget(): void {
    this.#owed = 0;
  }

  /** Time passes and nobody writes. */
  skip(now: Instant): void {
    this.#accounted = now;
    this.count = 0;
  }

  /** The next bunch: all that was changed since the last one, in writes as large as they may be, `most` of them. */
  bunch(now: Instant, most: number): void {
    const changed = this.#changed(this.#accounted, now);
    this.#accounted = now;
    this.#owed += changed;
    // In equal parts, so that a regular bunch overwrites what a former one wrote and nothing beside it.
    const parts = Math.ceil(this.#owed / largestWrite);
    const part = Math.min(largestWrite, roundUp(Math.floor(this.#owed / parts)));
    this.count = 0;
    while (this.#owed >= block && this.count < most) {
      const length = Math.min(part, Math.floor(this.#owed / block) * block);
      this.#owed -= length;
      this.#write(length);
    }
    // A guest that the storage holds up falls behind; it does not owe the lost time for ever.
    this.#owed = Math.min(this.#owed, changed + largestWrite);
  }

  /** Another series that goes on as this one will, at the same bunch. */
  copy(): WriteSeries {
    const copy = new WriteSeries(this.#habits, this.#random.copy(), this.#accounted);
    copy.#content = this.#content;
    copy.#owed = this.#owed;
    copy.count = this.count;
    for (let index = 0; index < this.count; index++) {
      copy.disks.push(this.disks[index] ?? 0);
      copy.offsets.push(this.offsets[index] ?? 0);
      copy.lengths.push(this.lengths[index] ?? 0);
      copy.contents.push(this.contents[index] ?? 0);
    }
    return copy;
  }

  #write(length: number): void {
    const { areas, contents } = this.#habits;
    const disk = this.#random.integer(areas.length);
    const area = areas[disk];
    if (!area || area.places === 0) return;
    const offset = this.#random.integer(area.places) * area.spacing;
    const at = this.count++;
    this.disks[at] = disk;
    this.offsets[at] = offset;
    this.lengths[at] = Math.min(length, area.room - offset);
    this.contents[at] = contents + ++this.#content;
  }

  /** Bytes that it changes from one time to another. */
  #changed(from: Instant, to: Instant): number {
    const { burst, changeRate, begin: start } = this.#habits;
    let bursting = 0;
    if (burst) {
      const first = Math.max(1, Math.floor((from - start) / burst.every));
      for (let count = first; ; count += 1) {
        const begin = start + count * burst.every;
        if (begin >= to) break;
        bursting += Math.max(0, Math.min(to, begin + burst.for) - Math.max(from, begin));
      }
    }
    const quiet = to - from - bursting;
    return (quiet * changeRate + bursting * (burst?.rate ?? 0)) / second;
  }
}

function areaOf(size: number, changeRate: number, regular: number): Area {
  const room = Math.floor(size * (1 - markerShare));
  // A power of two that a regular write fits into.
  let spacing = 2 ** Math.ceil(Math.log2(roundUp(regular)));
  while (spacing > room) spacing /= 2;
  if (spacing < block) return { room, spacing, places: 0 };
  const used = workingSet * Math.min(mebibyte, roundUp(changeRate));
  return { room, spacing, places: Math.max(1, Math.floor(Math.min(used, room) / spacing)) };
}

function pauseAt(rate: number): number {
  const filled = (largestBunch / rate) * second;
  return Math.max(shortestPause, Math.min(longestPause, Math.floor(filled / second) * second));
}

function roundUp(size: number): number {
  return Math.ceil(size / block) * block;
}
