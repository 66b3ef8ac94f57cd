/** What a VM writes by itself: its change rate, and bursts on top of it. */
import type { Vm } from '../../topology/model.ts';
import type { ProtectedMachine } from '../disk/write-tap.ts';
import { syntheticPayload } from '../world/payloads.ts';
import type { SimulatedUniverse } from '../world/simulated.ts';
import type { Random } from '../world/world.ts';
import { LabError, NotSupportedError } from './types.ts';

const second = 1000;
const block = 4096;
/** A guest's system splits what is larger: 1 MiB is the usual most of one request. */
const largestWrite = 1024 * 1024;

/**
 * A workload comes back to a working set of so many pieces of a disk. It bounds the memory of long
 * runs, and is what makes a journal larger than the change of a disk, as with real workloads.
 */
const workingSet = 2048;

/** The part of every disk, at its end, that the workload leaves to markers. */
export const markerShare = 0.5;

/** Writes that a guest has under way at most: a queue depth of a busy virtual disk. */
const queueDepth = 256;

/**
 * Every write of a VM has a content of its own, numbered from a place that chance gives the VM: two VMs
 * hardly ever share one, and each has a billion to itself.
 */
const contentRanges = 2 ** 23;

export type MachineOf = (vm: Vm) => ProtectedMachine | undefined;

export class Workload {
  readonly #universe: SimulatedUniverse;
  readonly #vm: Vm;
  readonly #machineOf: MachineOf;
  readonly #random: Random;
  readonly #begin: number;
  readonly #disks: readonly { readonly size: number }[];
  /** Where the numbers of this VM's contents begin. */
  readonly #contents: number;
  #content = 0;
  #owed = 0;
  #underWay = 0;
  #machine: ProtectedMachine | undefined;

  /** @throws NotSupportedError for a recorded trace. */
  constructor(universe: SimulatedUniverse, vm: Vm, machineOf: MachineOf) {
    if (vm.trace !== undefined) throw new NotSupportedError(`The recorded trace of VM ${vm.name}`);
    this.#universe = universe;
    this.#vm = vm;
    this.#machineOf = machineOf;
    this.#random = universe.random.fork(`workload ${vm.site.name}/${vm.name}`);
    this.#contents = this.#random.integer(contentRanges) * (2 ** 53 / contentRanges);
    this.#begin = universe.now;
    this.#disks = [...vm.disks.values()];
    if (vm.changeRate > 0 || vm.burst) {
      // Guests do not tick in step.
      universe.schedule(universe.now + this.#random.integer(second), this.#second);
    }
  }

  /** A burst comes `every` so often, for the first time after that, so that a run begins quietly. */
  get #rate(): number {
    const { burst, changeRate } = this.#vm;
    if (!burst) return changeRate;
    const age = this.#universe.now - this.#begin;
    return age >= burst.every && age % burst.every < burst.for ? burst.rate : changeRate;
  }

  /** The change of one second, in writes as large as they may be. */
  readonly #second = (): void => {
    this.#universe.schedule(this.#universe.now + second, this.#second);
    const machine = this.#machineOf(this.#vm);
    if (machine !== this.#machine) {
      // What a machine had under way when it went down is never reported.
      this.#machine = machine;
      this.#underWay = 0;
      this.#owed = 0;
    }
    if (!machine) return;
    this.#owed += this.#rate;
    while (this.#owed >= block && this.#underWay < queueDepth) {
      const length = Math.min(largestWrite, Math.floor(this.#owed / block) * block);
      this.#owed -= length;
      this.#write(machine, length);
    }
    // A guest that the storage holds up falls behind; it does not owe the lost time for ever.
    this.#owed = Math.min(this.#owed, this.#rate + largestWrite);
  };

  #write(machine: ProtectedMachine, length: number): void {
    const disk = this.#random.integer(this.#disks.length);
    const room = Math.floor((this.#disks[disk]?.size ?? 0) * (1 - markerShare));
    const piece = Math.min(largestWrite, Math.max(block, roundUp(this.#vm.changeRate)));
    const pieces = Math.min(workingSet, Math.floor(room / piece));
    if (pieces === 0) return;
    const offset = this.#random.integer(pieces) * piece;
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
