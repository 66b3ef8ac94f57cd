/**
 * A host: its VMs, their disks and drivers. It answers its VRA as the hypervisor that runs the VMs
 * ({@link Hypervisor}); what it knows of them outlives a loss of power, recovered VMs on images do not.
 */
import type { Host } from '../../topology/model.ts';
import { openProtectedMachine } from '../disk/protected-machine.ts';
import type { DiskFile } from '../disk/open-disks.ts';
import type { ProtectedMachine } from '../disk/write-tap.ts';
import type { Image } from '../journal/journal.ts';
import type { Hypervisor } from '../vra/hypervisor.ts';
import type { EngineProcess, SharedCpu, Universe } from '../world/universe.ts';
import type { WorldError } from '../world/world.ts';
import { RecoveredMachine } from './guests.ts';
import type { Guest, GuestMachine } from './guests.ts';
import type { Ending, Machine } from './machine.ts';
import { vraName } from './plan.ts';

export interface HostOptions {
  /**
   * Whether a guest's write is durable when it is done. Without it that takes a flush, as with a disk that
   * has a write cache.
   */
  readonly writeThrough: boolean;
  /**
   * Whether it keeps an activity log beside each VM's disks, so that only what was active has to be compared after a
   * crash. Without it all of the disks is, as in the product that drills rehearse.
   */
  readonly activityLog: boolean;
  /** How long a guest takes to shut down, in milliseconds. */
  readonly shutdownTime: number;
}

export interface HostEvents {
  /** All disks are open, which is when a VRA can start. */
  opened(): void;
  /** A recovered VM has begun to run here, or a VM belongs here no more. */
  moved(vm: string, here: boolean): void;
  /** Whether a guest has what a graceful shutdown needs. */
  shutsDown(vm: string): boolean;
  /** The disks of a VM cannot be opened, so it does not run. */
  failed(vm: string, error: WorldError | undefined): void;
  /** Keeps which VMs are here for the next start of the lab; answers why it could not. */
  remember(): string | undefined;
}

/** A VM of a host, as it is kept from one start of the lab to the next. */
export interface KeptGuest {
  readonly name: string;
  readonly on: boolean;
  readonly disks: readonly DiskFile[];
}

export class HostMachine implements Machine, Hypervisor {
  readonly host: Host;
  /** By VM name; filled when the disks are open, emptied when the host goes down. */
  readonly machines = new Map<string, ProtectedMachine>();
  /** Of which the VRA gets what VMs and a drill's load leave. */
  readonly cpu: SharedCpu = { taken: 0 };
  readonly #process: EngineProcess;
  readonly #universe: Universe;
  readonly #options: HostOptions;
  readonly #guests = new Map<string, Guest>();
  readonly #events: HostEvents;
  /** VMs whose disks did not open. */
  readonly #failed = new Set<string>();
  #running = false;
  #begun = false;

  constructor(
    universe: Universe,
    host: Host,
    guests: readonly KeptGuest[],
    options: HostOptions,
    events: HostEvents,
  ) {
    this.host = host;
    this.#universe = universe;
    this.#options = options;
    this.#events = events;
    for (const guest of guests) {
      this.#guests.set(guest.name, { ...guest, orders: 0, recovered: undefined });
    }
    this.#process = universe.createProcess(`host ${vraName(host)}`, { site: host.site });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Its VMs but those that run on an image, which ends with its VRA. */
  get guests(): readonly KeptGuest[] {
    const own = [...this.#guests.values()].filter(({ recovered }) => !recovered);
    return own.map(({ name, on, disks }) => ({ name, on, disks }));
  }

  /** Whether the disks can be written. */
  get ready(): boolean {
    if (!this.#running) return false;
    for (const guest of this.#guests.values()) {
      if (!guest.recovered && !this.machines.has(guest.name)) return false;
    }
    return true;
  }

  /** Whether each VM's disks are open, or known not to open. */
  get settled(): boolean {
    for (const guest of this.#guests.values()) {
      const open = guest.recovered !== undefined || this.machines.has(guest.name);
      if (!open && !this.#failed.has(guest.name)) return false;
    }
    return true;
  }

  /** A VM that runs here, as its guest uses it. */
  guest(vm: string): GuestMachine | undefined {
    const guest = this.#guests.get(vm);
    if (!this.#running || guest?.on !== true) return undefined;
    return guest.recovered ?? this.machines.get(vm);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    if (this.#begun) this.#process.restart();
    this.#begun = true;
    for (const guest of this.#guests.values()) {
      this.#open(guest, (error) => {
        if (this.#failed.has(guest.name)) this.#events.failed(guest.name, error);
      });
    }
    if (this.#guests.size === 0) this.#events.opened();
  }

  stop(ending: Ending): void {
    if (!this.#running) return;
    this.#running = false;
    this.machines.clear();
    this.#failed.clear();
    this.#process.kill({ silent: ending === 'off' });
    this.imagesLost();
  }

  /** The VRA is gone, and the images with it: VMs that ran on them are no more. */
  imagesLost(): void {
    for (const guest of this.#guests.values()) {
      if (!guest.recovered) continue;
      this.#guests.delete(guest.name);
      this.#events.moved(guest.name, false);
    }
  }

  /** Without an error and without a machine the VM is not here any more. */
  #open(guest: Guest, opened: (error: WorldError | undefined) => void): void {
    const { name, disks } = guest;
    const { writeThrough } = this.#options;
    const activityLog = this.#options.activityLog ? logPath(disks) : undefined;
    const options = { name, disks, writeThrough, activityLog };
    openProtectedMachine(this.#process.world, options, (error, machine) => {
      const isHere = this.#guests.get(name) === guest;
      if (machine && isHere) {
        this.#failed.delete(name);
        this.machines.set(name, machine);
      } else if (isHere) {
        this.#failed.add(name);
      } else {
        machine?.leave();
      }
      opened(error);
      if (machine && isHere && this.ready) this.#events.opened();
    });
  }

  // --- For the VRA -----------------------------------------------------------------------------

  power(vm: string, to: 'shut-down' | 'off' | 'on', done: (problem: string | undefined) => void) {
    const guest = this.#guests.get(vm);
    if (!guest) {
      done(`${vm} is not a VM of ${vraName(this.host)}`);
      return;
    }
    guest.orders += 1;
    if (to !== 'shut-down' || !guest.on) {
      guest.on = to === 'on';
      done(this.#events.remember());
    } else {
      const shuts = this.#events.shutsDown(vm);
      const { orders } = guest;
      this.#universe.schedule(this.#universe.now + this.#options.shutdownTime, () => {
        if (guest.orders !== orders) {
          done(`${vm} was switched on or off meanwhile`);
          return;
        }
        if (shuts) guest.on = false;
        done(
          shuts
            ? this.#events.remember()
            : `the guest of ${vm} did not shut down: it has no guest tools`,
        );
      });
    }
  }

  run(vm: string, image: Image, done: (problem: string | undefined) => void): void {
    const known = this.#guests.get(vm);
    if (known && known.recovered?.image !== image) {
      if (!known.recovered) {
        done(`${vraName(this.host)} has a VM named ${vm} already`);
        return;
      }
    }
    if (known?.recovered?.image !== image) {
      const recovered = new RecoveredMachine(vm, image);
      this.#guests.set(vm, { name: vm, disks: [], on: true, orders: 0, recovered });
      this.#events.moved(vm, true);
    }
    done(undefined);
  }

  discard(vm: string, done: (problem: string | undefined) => void): void {
    if (this.#guests.get(vm)?.recovered) {
      this.#guests.delete(vm);
      this.#events.moved(vm, false);
    }
    done(undefined);
  }

  hold(vm: string, done: (problem: string | undefined) => void): void {
    const recovered = this.#guests.get(vm)?.recovered;
    if (recovered)
      recovered.hold(() => {
        done(undefined);
      });
    else done(undefined);
  }

  settle(
    vm: string,
    disks: readonly DiskFile[],
    done: (problem: string | undefined) => void,
  ): void {
    const before = this.#guests.get(vm);
    let guest = before;
    if (!guest || guest.recovered) {
      guest = { name: vm, disks, on: true, orders: 0, recovered: undefined };
      guest.arriving = before?.recovered;
      this.#guests.set(vm, guest);
      this.#events.moved(vm, true);
    } else if (this.machines.has(vm)) {
      done(undefined);
      return;
    }
    const unkept = this.#events.remember();
    if (unkept !== undefined) {
      done(unkept);
      return;
    }
    const { arriving } = guest;
    this.#open(guest, (error) => {
      const machine = this.machines.get(vm);
      if (!machine) {
        done(`the disks of ${vm} cannot be opened: ${error?.message ?? 'it is gone'}`);
        return;
      }
      arriving?.handOver(machine);
      done(undefined);
    });
  }

  release(vm: string): void {
    const guest = this.#guests.get(vm);
    if (!guest || guest.recovered) return;
    this.#guests.delete(vm);
    this.machines.get(vm)?.leave();
    this.machines.delete(vm);
    this.#events.moved(vm, false);
    this.#events.remember();
  }
}

/** In the folder of its first disk. */
function logPath([disk]: readonly DiskFile[]): string | undefined {
  return disk && `${disk.path.slice(0, disk.path.lastIndexOf('/'))}/activity`;
}
