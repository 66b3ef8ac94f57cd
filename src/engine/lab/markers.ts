/** Named data that a person can look for in what was recovered. */
import type { Disk, Vm, Vpg } from '../../topology/model.ts';
import { samePayload, syntheticPayload } from '../world/payloads.ts';
import type { Payload } from '../world/payload.ts';
import type { SimulatedUniverse } from '../world/simulated.ts';
import type { GuestMachine } from './guests.ts';
import { LabError, defaultWriteRate } from './types.ts';
import type { Containment, Marker, WriteRequest } from './types.ts';
import type { MachineOf } from './workload.ts';
import { markerShare } from './workload.ts';

/** One write of a copy; markers are looked for in pieces of it, for a piece is recovered whole or not. */
export const markerPiece = 1024 * 1024;

interface Writing {
  readonly name: string | undefined;
  readonly content: string;
  readonly vm: Vm;
  readonly disk: Disk;
  readonly diskIndex: number;
  readonly offset: number;
  readonly size: number;
  readonly rate: number;
  readonly from: number;
  /** What is written to; undefined while it is down. */
  readonly machine: () => GuestMachine | undefined;
  written: number;
  to: number | undefined;
}

export type ReadDisk = (image: string, disk: string, offset: number, length: number) => Payload;

export class Markers {
  readonly #universe: SimulatedUniverse;
  readonly #machineOf: MachineOf<GuestMachine>;
  readonly #testedMachineOf: (vpg: Vpg, vm: Vm) => GuestMachine | undefined;
  readonly #named = new Map<string, Writing>();
  /** Where the next marker goes, by disk. */
  readonly #next = new Map<Disk, number>();
  #count = 0;

  constructor(
    universe: SimulatedUniverse,
    machineOf: MachineOf<GuestMachine>,
    testedMachineOf: (vpg: Vpg, vm: Vm) => GuestMachine | undefined,
  ) {
    this.#universe = universe;
    this.#machineOf = machineOf;
    this.#testedMachineOf = testedMachineOf;
  }

  get names(): readonly string[] {
    return [...this.#named.keys()];
  }

  /** Times are those of the universe. */
  find(name: string): Marker | undefined {
    const writing = this.#named.get(name);
    if (!writing) return undefined;
    const { offset, size, written, from, to } = writing;
    return { name, vm: writing.vm.name, disk: writing.disk.name, offset, size, written, from, to };
  }

  write(request: WriteRequest): void {
    const { vm, size, name } = request;
    const disks = [...vm.disks.values()];
    const disk = request.disk ?? disks.at(-1);
    const diskIndex = disk ? disks.indexOf(disk) : -1;
    if (!disk || diskIndex < 0) {
      throw new LabError('unknown-disk', `VM ${vm.name} has no disk ${request.disk?.name ?? ''}`);
    }
    if (name !== undefined && this.#named.has(name)) {
      throw new LabError('duplicate-name', `There is a write named ${name} already`);
    }
    const machine = this.#machineFor(request);
    const begin = Math.ceil((disk.size * (1 - markerShare)) / markerPiece) * markerPiece;
    const offset = this.#next.get(disk) ?? begin;
    if (offset + size > disk.size) {
      const room = Math.max(0, disk.size - offset);
      throw new LabError(
        'no-room',
        `${size} bytes do not fit on ${vm.name}/${disk.name}: ${room} are left for named writes`,
      );
    }
    this.#next.set(disk, Math.ceil((offset + size) / markerPiece) * markerPiece);
    this.#count += 1;
    const writing: Writing = {
      name,
      content: `marker ${this.#count}`,
      vm,
      disk,
      diskIndex,
      offset,
      size,
      rate: request.rate ?? defaultWriteRate,
      from: this.#universe.now,
      machine,
      written: 0,
      to: undefined,
    };
    if (name !== undefined) this.#named.set(name, writing);
    this.#piece(writing);
  }

  #machineFor({ vm, test }: WriteRequest): () => GuestMachine | undefined {
    const tested = test && this.#testedMachineOf(test, vm);
    if (tested) return () => tested;
    if (test) throw new LabError('machine-down', `No failover test of ${test.name} is running`);
    if (this.#machineOf(vm)) return () => this.#machineOf(vm);
    throw new LabError(
      'machine-down',
      `VM ${vm.name} is down: it is off, or its host ${vm.host.name} is`,
    );
  }

  /** How much of a marker a recovered disk holds. */
  containment(image: string, marker: string, read: ReadDisk): Containment {
    const writing = this.#named.get(marker);
    if (!writing) return 'none';
    const { offset, size, content, disk } = writing;
    let whole = 0;
    let pieces = 0;
    for (let at = 0; at < size; at += markerPiece) {
      const length = Math.min(markerPiece, size - at);
      pieces += 1;
      const held = read(image, disk.name, offset + at, length);
      if (samePayload(held, syntheticPayload(content, length, at))) whole += 1;
    }
    if (whole === 0) return 'none';
    return whole === pieces ? 'whole' : 'partly';
  }

  vmOf(marker: string): string | undefined {
    return this.#named.get(marker)?.vm.name;
  }

  diskOf(marker: string): string | undefined {
    return this.#named.get(marker)?.disk.name;
  }

  /** One piece after the other, as a copy writes: the next when this one is done and its time has come. */
  #piece(writing: Writing): void {
    const machine = writing.machine();
    // The copy dies with its machine; how far it got stays on record.
    if (!machine) return;
    const { content, diskIndex, offset, written, size, rate } = writing;
    const length = Math.min(markerPiece, size - written);
    const due = this.#universe.now + (length / rate) * 1000;
    const payload = syntheticPayload(content, length, written);
    machine.write(diskIndex, offset + written, payload, (error) => {
      if (error?.code === 'no-space') return;
      if (error) throw new LabError('machine-down', `A write failed: ${error.message}`);
      writing.written += length;
      if (writing.written >= size) {
        writing.to = this.#universe.now;
        return;
      }
      this.#universe.schedule(Math.max(due, this.#universe.now), () => {
        this.#piece(writing);
      });
    });
  }
}
