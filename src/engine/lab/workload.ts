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
import type { QuietWrites } from '../vra/quiet-writes.ts';
import type { Payload } from '../world/payload.ts';
import { syntheticPayload } from '../world/payloads.ts';
import type { Universe } from '../world/universe.ts';
import type { Instant, Random } from '../world/world.ts';
import type { GuestMachine } from './guests.ts';
import { LabError } from './types.ts';
import { noWrites, QuietBunches } from './quiet-bunches.ts';
import { queueDepth, WriteSeries } from './write-series.ts';

export { firstContent, markerShare, queueDepth } from './write-series.ts';

/** What a workload needs of the universe that it lives in. */
export interface WorkloadGround extends Pick<Universe, 'now' | 'schedule' | 'beat'> {
  readonly random: Pick<Random, 'fork'>;
}

/** What it needs of a running VM. It stays the same object as long as the VM runs. */
export type WorkloadMachine = Pick<GuestMachine, 'write' | 'zero'>;

export type MachineOf<Machine = WorkloadMachine> = (vm: Vm) => Machine | undefined;

export class Workload {
  readonly vm: Vm;
  readonly #universe: WorkloadGround;
  readonly #machineOf: MachineOf;
  readonly #series: WriteSeries;
  readonly #writes: boolean;
  /** When the next bunch is due, as long as nobody leaps over it. */
  #next = Infinity;
  #underWay = 0;
  #machine: WorkloadMachine | undefined;

  constructor(universe: WorkloadGround, vm: Vm, machineOf: MachineOf) {
    this.#universe = universe;
    this.vm = vm;
    this.#machineOf = machineOf;
    const random = universe.random.fork(`workload ${vm.site.name}/${vm.name}`);
    this.#series = WriteSeries.of(vm, random, universe.now);
    this.#writes = vm.changeRate > 0 || vm.burst !== undefined;
    // Guests do not tick in step.
    const first = random.integer(this.#series.pauseAt(universe.now));
    if (this.#writes) this.#await(universe.now + first);
  }

  /** Bytes per second. */
  get rate(): number {
    return this.#writes ? this.#series.rateAt(this.#universe.now) : 0;
  }

  /** When what it writes changes next; infinity: never. */
  get changesAfter(): Instant {
    return this.#series.rateChangesAfter(this.#universe.now);
  }

  /**
   * What it would write up to a time at which nothing about it changes. Undefined while writes are under way, or its
   * VM has been started or stopped and it has not noticed.
   */
  quiet(until: Instant): QuietWrites | undefined {
    if (!this.#writes) return noWrites;
    if (this.#underWay > 0 || this.#machineOf(this.vm) !== this.#machine) return undefined;
    const { now } = this.#universe;
    if (!this.#machine) return noWrites;
    return new QuietBunches(this.#series.copy(), this.#next, this.#series.pauseAt(now), until);
  }

  /** It has written what {@link quiet} told up to a time. */
  leapt(until: Instant): void {
    if (!this.#writes) return;
    const pause = this.#series.pauseAt(this.#universe.now);
    for (; this.#next <= until; this.#next += pause) {
      if (this.#machine) this.#series.bunch(this.#next, queueDepth);
      else this.#series.skip(this.#next);
    }
  }

  #await(at: Instant): void {
    this.#next = at;
    this.#universe.beat(at, this.#series.pauseAt(this.#universe.now), this.#writeBack);
  }

  readonly #writeBack = (): void => {
    const { now } = this.#universe;
    this.#await(now + this.#series.pauseAt(now));
    const machine = this.#machineOf(this.vm);
    if (machine !== this.#machine) {
      // What a machine had under way when it went down is never reported.
      this.#machine = machine;
      this.#underWay = 0;
      this.#series.forget();
    }
    if (!machine) {
      this.#series.skip(now);
      return;
    }
    const series = this.#series;
    series.bunch(now, queueDepth - this.#underWay);
    for (let index = 0; index < series.count; index++) {
      this.#write(
        machine,
        series.disks[index] ?? 0,
        series.offsets[index] ?? 0,
        syntheticPayload(series.contents[index] ?? 0, series.lengths[index] ?? 0),
      );
    }
  };

  #write(machine: WorkloadMachine, disk: number, offset: number, payload: Payload): void {
    this.#underWay += 1;
    machine.write(disk, offset, payload, (error) => {
      if (machine === this.#machine) this.#underWay -= 1;
      // A datastore that is full or fails stops the guest's writes, as it would; anything else is a mistake of ours.
      if (error && error.code !== 'no-space' && error.code !== 'input-output') {
        throw new LabError('machine-down', `A write of ${this.vm.name} failed: ${error.message}`);
      }
    });
  }
}
