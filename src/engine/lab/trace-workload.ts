/** A VM that writes what a recorded block trace says, when it says so. */
import type { Vm } from '../../topology/model.ts';
import { formatSize } from '../../topology/quantities.ts';
import { syntheticPayload } from '../world/payloads.ts';
import type { BlockTrace } from './block-trace.ts';
import { LabError } from './types.ts';
import {
  firstContent,
  queueDepth,
  type MachineOf,
  type WorkloadGround,
  type WorkloadMachine,
} from './workload.ts';

/** When a full queue is looked at again, in milliseconds. */
const retryTime = 10;

/**
 * The trace begins at the lab's origin and again whenever it has come to its end, so that a drill's offsets
 * are the trace's times; during the warm-up the end of it is played. Its addresses go over the VM's disks one
 * behind the other. What is written is made up: a trace does not hold it.
 *
 * Requests that wait for a slow disk are made as soon as they can be, in their order; what a machine that is
 * down would have written is not written later.
 */
export class TraceWorkload {
  readonly #universe: WorkloadGround;
  readonly #vm: Vm;
  readonly #machineOf: MachineOf;
  readonly #trace: BlockTrace;
  #content: number;
  /** Ends of the disks in the trace's addresses. */
  readonly #ends: readonly number[];
  /** The universe's time at which the current round began. */
  #round: number;
  #next = 0;
  #underWay = 0;
  #machine: WorkloadMachine | undefined;

  /**
   * `origin` is the universe's time at which the trace begins.
   *
   * @throws LabError `no-room` where the trace writes behind the end of the last disk
   */
  constructor(
    universe: WorkloadGround,
    vm: Vm,
    machineOf: MachineOf,
    trace: BlockTrace,
    origin: number,
  ) {
    this.#universe = universe;
    this.#vm = vm;
    this.#machineOf = machineOf;
    this.#trace = trace;
    this.#content = firstContent(universe.random.fork(`trace ${vm.site.name}/${vm.name}`));
    let end = 0;
    this.#ends = [...vm.disks.values()].map(({ size }) => (end += size));
    checkRoom(vm, trace, end);
    if (trace.count === 0) {
      this.#round = Infinity;
      return;
    }
    const rounds = Math.ceil((origin - universe.now) / trace.length);
    this.#round = origin - rounds * trace.length;
    while (this.#isOver(this.#next)) this.#next++;
    this.#wait();
  }

  #isOver(index: number): boolean {
    return this.#round + (this.#trace.times[index] ?? Infinity) < this.#universe.now;
  }

  #wait(): void {
    if (this.#next >= this.#trace.count) {
      this.#next = 0;
      this.#round += this.#trace.length;
    }
    const at = this.#round + (this.#trace.times[this.#next] ?? 0);
    this.#universe.schedule(Math.max(at, this.#universe.now), this.#due);
  }

  readonly #due = (): void => {
    const machine = this.#machineOf(this.#vm);
    if (machine !== this.#machine) {
      // What a machine had under way when it went down is never reported.
      this.#machine = machine;
      this.#underWay = 0;
    }
    while (this.#next < this.#trace.count && this.#isDue(this.#next)) {
      if (machine && this.#underWay >= queueDepth) {
        this.#universe.schedule(this.#universe.now + retryTime, this.#due);
        return;
      }
      if (machine) this.#perform(machine, this.#next);
      this.#next++;
    }
    this.#wait();
  };

  #isDue(index: number): boolean {
    return this.#round + (this.#trace.times[index] ?? Infinity) <= this.#universe.now;
  }

  /** A request that lies over the end of a disk is two. */
  #perform(machine: WorkloadMachine, index: number): void {
    const size = this.#trace.sizes[index] ?? 0;
    const to = (this.#trace.offsets[index] ?? 0) + Math.abs(size);
    let from = this.#trace.offsets[index] ?? 0;
    for (let disk = 0; from < to; disk++) {
      const end = this.#ends[disk] ?? to;
      if (from >= end) continue;
      const begin = this.#ends[disk - 1] ?? 0;
      const length = Math.min(to, end) - from;
      this.#underWay++;
      const done = this.#doneOf(machine);
      if (size < 0) machine.zero(disk, from - begin, length, done);
      else {
        this.#content += 1;
        machine.write(disk, from - begin, syntheticPayload(this.#content, length), done);
      }
      from += length;
    }
  }

  #doneOf(machine: WorkloadMachine) {
    return (error: { readonly code: string; readonly message: string } | undefined): void => {
      // A full datastore stops the guest's writes, as it would; anything else is a mistake of ours.
      if (error && error.code !== 'no-space') {
        throw new LabError('machine-down', `A write of ${this.#vm.name} failed: ${error.message}`);
      }
      if (machine === this.#machine) this.#underWay--;
    };
  }
}

function checkRoom(vm: Vm, trace: BlockTrace, room: number): void {
  let end = 0;
  for (let index = 0; index < trace.count; index++) {
    end = Math.max(end, (trace.offsets[index] ?? 0) + Math.abs(trace.sizes[index] ?? 0));
  }
  if (end <= room) return;
  throw new LabError(
    'no-room',
    `The block trace of ${vm.name} writes up to ${formatSize(end)}, and its disks hold ${formatSize(room)}`,
  );
}
