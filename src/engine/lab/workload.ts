/**
 * What a VM writes by itself: its change rate, and bursts on top of it.
 *
 * A guest's applications change pages in memory, and its system writes them back in bunches: Linux wakes
 * its flusher every 5 s (vm.dirty_writeback_centisecs = 500), Windows its lazy writer every second. So a
 * VM that changes little writes what it owes every 5 s, and one that changes much more often, as no cache
 * holds back more than a bunch. The sum is the change rate to the byte: what is journaled, what crosses the
 * wire and how fast a buffer fills are the same as with a steady trickle, to within one bunch, and a
 * bunch costs a drill a fraction of it.
 */
import type { Vm } from '../../topology/model.ts';
import { syntheticPayload } from '../world/payloads.ts';
import type { Universe } from '../world/universe.ts';
import type { Random } from '../world/world.ts';
import type { GuestMachine } from './guests.ts';
import { LabError } from './types.ts';

const second = 1000;
const block = 4096;
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

/** Writes that a guest has under way at most: a queue depth of a busy virtual disk. */
export const queueDepth = 256;

/**
 * Every write of a VM has a content of its own, numbered from a place that chance gives the VM: two VMs
 * hardly ever share one, and each has a billion to itself.
 */
const contentRanges = 2 ** 23;

/** Where the numbers of a VM's contents begin. */
export function firstContent(random: Random): number {
  return random.integer(contentRanges) * (2 ** 53 / contentRanges);
}

/** What a workload needs of the universe that it lives in. */
export interface WorkloadGround extends Pick<Universe, 'now' | 'schedule'> {
  readonly random: Pick<Random, 'fork'>;
}

/** What it needs of a running VM. It stays the same object as long as the VM runs. */
export type WorkloadMachine = Pick<GuestMachine, 'write' | 'zero'>;

export type MachineOf<Machine = WorkloadMachine> = (vm: Vm) => Machine | undefined;

export class Workload {
  readonly #universe: WorkloadGround;
  readonly #vm: Vm;
  readonly #machineOf: MachineOf;
  readonly #random: Random;
  readonly #begin: number;
  readonly #disks: readonly { readonly size: number }[];
  /** Bytes from one place of the working set to the next: a power of two that a regular write fits into. */
  readonly #spacing: number;
  /** Where the numbers of this VM's contents begin. */
  readonly #contents: number;
  #content = 0;
  #owed = 0;
  /** Up to when what it changed is owed or written. */
  #accounted: number;
  #underWay = 0;
  #machine: WorkloadMachine | undefined;

  constructor(universe: WorkloadGround, vm: Vm, machineOf: MachineOf) {
    this.#universe = universe;
    this.#vm = vm;
    this.#machineOf = machineOf;
    this.#random = universe.random.fork(`workload ${vm.site.name}/${vm.name}`);
    this.#contents = firstContent(this.#random);
    this.#begin = universe.now;
    this.#accounted = universe.now;
    this.#disks = [...vm.disks.values()];
    const bunch = Math.max(block, (vm.changeRate * this.#pause) / second);
    const regular = bunch / Math.ceil(bunch / largestWrite);
    this.#spacing = 2 ** Math.ceil(Math.log2(roundUp(regular)));
    if (vm.changeRate > 0 || vm.burst) {
      // Guests do not tick in step.
      universe.schedule(universe.now + this.#random.integer(this.#pause), this.#writeBack);
    }
  }

  /** A burst comes `every` so often, for the first time after that, so that a run begins quietly. */
  get #rate(): number {
    const { burst, changeRate } = this.#vm;
    if (!burst) return changeRate;
    const age = this.#universe.now - this.#begin;
    return age >= burst.every && age % burst.every < burst.for ? burst.rate : changeRate;
  }

  /** Milliseconds until the next bunch. */
  get #pause(): number {
    const filled = (largestBunch / this.#rate) * second;
    return Math.max(shortestPause, Math.min(longestPause, Math.floor(filled / second) * second));
  }

  /** Bytes that it changes from one time to another. */
  #changed(from: number, to: number): number {
    const { burst, changeRate } = this.#vm;
    let bursting = 0;
    if (burst) {
      const first = Math.max(1, Math.floor((from - this.#begin) / burst.every));
      for (let count = first; ; count += 1) {
        const begin = this.#begin + count * burst.every;
        if (begin >= to) break;
        bursting += Math.max(0, Math.min(to, begin + burst.for) - Math.max(from, begin));
      }
    }
    const quiet = to - from - bursting;
    return (quiet * changeRate + bursting * (burst?.rate ?? 0)) / second;
  }

  /** All that was changed since the last time, in writes as large as they may be. */
  readonly #writeBack = (): void => {
    const { now } = this.#universe;
    const pause = this.#pause;
    this.#universe.schedule(now + pause, this.#writeBack);
    const changed = this.#changed(this.#accounted, now);
    this.#accounted = now;
    const machine = this.#machineOf(this.#vm);
    if (machine !== this.#machine) {
      // What a machine had under way when it went down is never reported.
      this.#machine = machine;
      this.#underWay = 0;
      this.#owed = 0;
    }
    if (!machine) return;
    this.#owed += changed;
    // In equal parts, so that a regular bunch overwrites what a former one wrote and nothing beside it.
    const parts = Math.ceil(this.#owed / largestWrite);
    const part = Math.min(largestWrite, roundUp(Math.floor(this.#owed / parts)));
    while (this.#owed >= block && this.#underWay < queueDepth) {
      const length = Math.min(part, Math.floor(this.#owed / block) * block);
      this.#owed -= length;
      this.#write(machine, length);
    }
    // A guest that the storage holds up falls behind; it does not owe the lost time for ever.
    this.#owed = Math.min(this.#owed, changed + largestWrite);
  };

  #write(machine: WorkloadMachine, length: number): void {
    const disk = this.#random.integer(this.#disks.length);
    const room = Math.floor((this.#disks[disk]?.size ?? 0) * (1 - markerShare));
    let spacing = this.#spacing;
    while (spacing > room) spacing /= 2;
    if (spacing < block) return;
    const used = workingSet * Math.min(mebibyte, roundUp(this.#vm.changeRate));
    const places = Math.max(1, Math.floor(Math.min(used, room) / spacing));
    const offset = this.#random.integer(places) * spacing;
    const size = Math.min(length, room - offset);
    this.#content += 1;
    const name = this.#contents + this.#content;
    this.#underWay += 1;
    machine.write(disk, offset, syntheticPayload(name, size), (error) => {
      if (machine === this.#machine) this.#underWay -= 1;
      // A full datastore stops the guest's writes, as it would; anything else is a mistake of ours.
      if (error && error.code !== 'no-space') {
        throw new LabError('machine-down', `A write of ${this.#vm.name} failed: ${error.message}`);
      }
    });
  }
}

function roundUp(size: number): number {
  return Math.ceil(size / block) * block;
}
