/** Hosts, VRAs and ZVMs as things with a power button. */
import { formatIpv4 } from '../../topology/address.ts';
import { vraDatastoreSpace, vraMtu } from '../../topology/limits.ts';
import type { Site, Vra as PlannedVra } from '../../topology/model.ts';
import type { ScriptName } from '../../topology/scripts.ts';
import { formatSize } from '../../topology/quantities.ts';
import { endpointOfVra, endpointOfZvm } from '../../topology/reachability.ts';
import { startVra } from '../vra/vra.ts';
import type { Vra } from '../vra/vra.ts';
import type { EngineProcess, Universe } from '../world/universe.ts';
import type { ZvmPlan } from '../zvm/plan.ts';
import type { Deployment } from '../zvm/state.ts';
import { startZvm } from '../zvm/zvm.ts';
import type { ScriptDone, Zvm } from '../zvm/zvm.ts';
import type { HostMachine } from './host-machine.ts';
import type { Ending, Machine } from './machine.ts';
import { vraName } from './plan.ts';
import { LabError } from './types.ts';

export class VraMachine implements Machine {
  readonly name: string;
  /** Undefined while it is down. */
  vra: Vra | undefined;
  readonly #universe: Universe;
  readonly #process: EngineProcess;
  readonly #planned: PlannedVra;
  readonly #host: HostMachine;
  /** A snapshot was taken of it: it does not work any more, whatever is done to its power. */
  #broken = false;
  /** How often it was deployed anew. */
  deployments = 0;

  constructor(universe: Universe, planned: PlannedVra, host: HostMachine) {
    this.name = vraName(planned.host);
    this.#universe = universe;
    this.#planned = planned;
    this.#host = host;
    this.#process = universe.createProcess(`vra ${this.name}`, {
      site: planned.site,
      endpoint: endpointOfVra(planned),
      dhcp: planned.address === 'dhcp',
      // A VRA sends unfragmented packets of its own size, whatever the way lets through.
      packetSize: vraMtu,
      cpu: host.cpu,
    });
    this.#process.kill({ silent: true });
  }

  /** Dotted IPv4. */
  get address(): string {
    const [nic] = this.#process.endpoint?.nics ?? [];
    if (!nic) throw new LabError('not-deployable', `The VRA on ${this.name} has no address`);
    return formatIpv4(nic.address.address);
  }

  get running(): boolean {
    return this.vra !== undefined;
  }

  /** Why its datastore cannot take the appliance; undefined where it can (VRA-6). */
  get missingSpace(): string | undefined {
    const { site, datastore } = this.#planned;
    const { free } = this.#universe.space(site, datastore.name);
    if (free >= vraDatastoreSpace) return undefined;
    return (
      `datastore ${datastore.name} has ${formatSize(free)} free, ` +
      `and a VRA takes ${formatSize(vraDatastoreSpace)}`
    );
  }

  /**
   * What a snapshot does to a VRA: it stalls with what it has in its memory, and afterwards neither its
   * disks nor those that it writes for others are what it takes them for. It has to be deployed anew.
   */
  breakDown(): void {
    this.stop('off');
    this.#broken = true;
  }

  /** Puts a new appliance in its place, which knows nothing of what the old one did. */
  deployAnew(): void {
    this.stop('off');
    this.#broken = false;
    this.deployments++;
  }

  start(): void {
    if (this.vra || this.#broken) return;
    const world = this.#process.restart();
    // Every appliance has disks of its own.
    const folder = this.deployments > 0 ? `${this.name} ${this.deployments + 1}` : this.name;
    this.vra = startVra(world, {
      name: this.name,
      memory: this.#planned.memory,
      folder: `${this.#planned.datastore.name}/vras/${folder}`,
      machines: this.#host.machines,
      hypervisor: this.#host,
    });
  }

  stop(ending: Ending): void {
    if (!this.vra) return;
    this.vra = undefined;
    this.#process.kill({ silent: ending === 'off' });
    for (const machine of this.#host.machines.values()) machine.detachAll();
    this.#host.imagesLost();
  }
}

export interface ZvmSetUp {
  readonly plan: ZvmPlan;
  readonly fresh: Deployment;
  runScript(vpg: string, which: ScriptName, done: ScriptDone): void;
  installVra(vra: string, done: (problem: string | undefined) => void): void;
}

export class ZvmMachine implements Machine {
  readonly site: Site;
  readonly #process: EngineProcess;
  readonly #setUp: ZvmSetUp;
  #running = false;
  #zvm: Zvm | undefined;

  constructor(universe: Universe, site: Site, setUp: ZvmSetUp) {
    this.site = site;
    this.#setUp = setUp;
    const endpoint = site.zvm && endpointOfZvm(site.zvm);
    this.#process = universe.createProcess(`zvm ${site.name}`, { site, endpoint });
    this.#process.kill({ silent: true });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The present life, or the last one: what it knew when it went down. */
  get last(): Zvm | undefined {
    return this.#zvm;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const [datastore] = this.site.datastores.keys();
    const folder = `${datastore ?? ''}/zvm/${this.site.name}`;
    const before = this.#zvm;
    const started = startZvm(this.#process.restart(), { ...this.#setUp, folder });
    // Until it has read its state, what the last life knew is what there is to show.
    this.#zvm = before?.core ? new Returning(before, started) : started;
  }

  stop(ending: Ending): void {
    if (!this.#running) return;
    this.#running = false;
    this.#process.kill({ silent: ending === 'off' });
  }
}

class Returning implements Zvm {
  readonly #before: Zvm['core'];
  readonly #now: Zvm;

  constructor(before: Zvm, now: Zvm) {
    this.#before = before.core;
    this.#now = now;
  }

  get core(): Zvm['core'] {
    return this.#now.core ?? this.#before;
  }

  get failure(): string | undefined {
    return this.#now.failure;
  }

  ask(...request: Parameters<Zvm['ask']>): void {
    this.#now.ask(...request);
  }

  quiet(): ReturnType<Zvm['quiet']> {
    return this.#now.quiet();
  }
}
