/**
 * Lets the VMs of a lab on the real machine write what their topology says that they do, through the disks that
 * are served to everybody else.
 */
import type { Topology, Vm } from '../../topology/model.ts';
import type { ExportedDisk } from '../nbd/exported-disk.ts';
import type { Payload } from '../world/payload.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { Random, Timer } from '../world/world.ts';
import type { BlockTrace } from './block-trace.ts';
import type { LabProblem } from './real-lab.ts';
import { TraceWorkload } from './trace-workload.ts';
import { Workload, type WorkloadMachine } from './workload.ts';

/** Milliseconds between two looks at the clock. */
const beat = 1000;
/** Milliseconds that pass at most between two looks: a machine that slept owes nothing for that time. */
const longestBeat = 5000;

export interface LiveWorkloadParts {
  readonly now: () => number;
  readonly schedule: (at: number, run: () => void) => Timer;
  readonly random: Random;
  /** What a VM is at present; the same as long as it runs. */
  readonly guestOf: (vm: Vm) => object | undefined;
  readonly disksOf: (vm: Vm) => readonly ExportedDisk[];
  readonly traceOf: ((vm: Vm) => BlockTrace) | undefined;
  report(problem: LabProblem): void;
}

/**
 * VMs with an image of the user's own are left alone: what is in it matters to somebody.
 *
 * @throws LabError `no-trace` or `no-room`
 */
export function startWorkloads(topology: Topology, parts: LiveWorkloadParts): void {
  const time = new WakingTime(parts);
  for (const site of topology.sites.values()) {
    for (const vm of site.vms.values()) {
      if (!writesByItself(vm)) continue;
      const machines = new ServedMachines(vm, parts);
      const ground = {
        get now() {
          return time.now;
        },
        schedule: (at: number, run: () => void) => time.schedule(at, run),
        // Nobody leaps over time that is real.
        beat: (at: number, _period: number, run: (leftOut: number) => void) =>
          time.schedule(at, () => {
            run(0);
          }),
        random: parts.random,
      };
      const machineOf = (): WorkloadMachine | undefined => machines.current();
      if (vm.trace === undefined) new Workload(ground, vm, machineOf);
      else if (parts.traceOf) new TraceWorkload(ground, vm, machineOf, parts.traceOf(vm), time.now);
    }
  }
}

/** Whether the topology gives a VM a workload that may be run on its disks. */
export function writesByItself(vm: Vm): boolean {
  const isDeclared = vm.trace !== undefined || vm.burst !== undefined || vm.changeRate > 0;
  return isDeclared && [...vm.disks.values()].every(({ image }) => image === undefined);
}

/** The time for which the machine was awake. */
class WakingTime {
  readonly #parts: Pick<LiveWorkloadParts, 'now' | 'schedule'>;
  #now = 0;
  #last: number;

  constructor(parts: Pick<LiveWorkloadParts, 'now' | 'schedule'>) {
    this.#parts = parts;
    this.#last = parts.now();
    this.#look();
  }

  get now(): number {
    const real = this.#parts.now();
    this.#now += Math.min(Math.max(0, real - this.#last), longestBeat);
    this.#last = real;
    return this.#now;
  }

  schedule(at: number, run: () => void): Timer {
    const { now } = this;
    return this.#parts.schedule(this.#parts.now() + Math.max(0, at - now), run);
  }

  readonly #look = (): void => {
    const { now } = this;
    this.schedule(now + beat, this.#look);
  };
}

/** A VM, as long as it runs, by the disks that it is served with. */
class ServedMachines {
  readonly #vm: Vm;
  readonly #parts: LiveWorkloadParts;
  #guest: object | undefined;
  #machine: WorkloadMachine | undefined;
  #isReported = false;

  constructor(vm: Vm, parts: LiveWorkloadParts) {
    this.#vm = vm;
    this.#parts = parts;
  }

  current(): WorkloadMachine | undefined {
    const guest = this.#parts.guestOf(this.#vm);
    if (guest === this.#guest) return this.#machine;
    this.#guest = guest;
    this.#machine = guest && this.#machineOver(this.#parts.disksOf(this.#vm));
    return this.#machine;
  }

  #machineOver(disks: readonly ExportedDisk[]): WorkloadMachine {
    return {
      write: (disk, offset, payload: Payload, done) => {
        // What a workload says it writes is made up on the spot; the disks keep bytes.
        disks[disk]?.write(offset, bytesPayload(payload.bytes()), false, this.#answer(done));
      },
      zero: (disk, offset, length, done) => {
        const options = { fua: false, mayTrim: true };
        disks[disk]?.zero(offset, length, options, this.#answer(done));
      },
    };
  }

  /** A write that fails is one that the guest's system would report; nobody is there to be told. */
  #answer(done: (error: undefined) => void) {
    return (error: { readonly code: string; readonly message: string } | undefined): void => {
      if (error && error.code !== 'closed' && !this.#isReported) {
        this.#isReported = true;
        const message = `A write of its workload failed: ${error.message}`;
        this.#parts.report({ subject: this.#vm.name, message });
      }
      done(undefined);
    };
  }
}
