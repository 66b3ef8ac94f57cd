/**
 * Everything that a topology declares, built in a universe: the machines of every site, who is up, what was
 * done to them, and what they know. How time goes by is for the lab around it.
 */
import type { Component, Host, Link, PowerVerb, Site, Topology, Vm } from '../../topology/model.ts';
import type { ScriptName } from '../../topology/scripts.ts';
import type { LabSnapshot, Outage, Timeline } from '../api.ts';
import type { ProtectedMachine } from '../disk/write-tap.ts';
import type { Image } from '../journal/contract.ts';
import type { Copy } from '../vra/copies.ts';
import type { VraLoad } from '../vra/vra.ts';
import type { Universe } from '../world/universe.ts';
import type { WorldError } from '../world/world.ts';
import { deployedWhole, missingForWhole } from '../zvm/deployment.ts';
import { nothingDeployed } from '../zvm/state.ts';
import type { ScriptDone } from '../zvm/zvm.ts';
import { checkAddresses } from './addresses.ts';
import type { GuestMachine } from './guests.ts';
import { Homes } from './homes.ts';
import { HostMachine } from './host-machine.ts';
import type { HostOptions, KeptGuest } from './host-machine.ts';
import { VraMachine, ZvmMachine } from './machines.ts';
import { OutageLog } from './outages.ts';
import { bindVpgs, planOf, vraName } from './plan.ts';
import { Power, PowerUnit } from './power.ts';
import { protectedPath } from './protected-path.ts';
import { RateRecorder, sampleInterval } from './rates.ts';
import { snapshotOf } from './snapshots.ts';
import type { Shift } from './snapshots.ts';
import { LabError } from './types.ts';
import type { LinkChange } from './types.ts';

/** What hypervisors, switches and links know, as it is kept from one start of a lab to the next. */
export interface KeptEstate {
  /** By VRA that is deployed: how often it was deployed anew. */
  readonly installed: Readonly<Record<string, number>>;
  /** What is switched off by itself. */
  readonly off: readonly string[];
  /** By host. */
  readonly guests: Readonly<Record<string, readonly KeptGuest[]>>;
  readonly degraded: Readonly<Record<string, LinkChange>>;
  readonly outages: readonly Outage[];
}

export interface EstateOptions {
  readonly begin: 'protected' | 'new';
  readonly hosts: HostOptions;
  runScript(vpg: string, which: ScriptName, done: ScriptDone): void;
  /** The disks of a VM cannot be opened, so it does not run. */
  vmFailed(host: Host, vm: string, error: WorldError | undefined): void;
  /** What an earlier lab left. */
  readonly kept?: KeptEstate | undefined;
  /** Keeps it; answers why it could not. Absent: the estate ends with its lab. */
  keep?(estate: KeptEstate): string | undefined;
}

/** Outages that are kept; older ones are forgotten with the lab. */
const keptOutages = 1000;

export class Estate {
  readonly topology: Topology;
  readonly vras = new Map<string, VraMachine>();
  readonly zvms = new Map<string, ZvmMachine>();
  readonly hosts = new Map<Host, HostMachine>();
  readonly outages = new OutageLog();
  readonly #hostsByName = new Map<string, HostMachine>();
  readonly #universe: Universe;
  readonly #options: EstateOptions;
  /** VRAs that have been deployed. */
  readonly #installed = new Set<string>();
  readonly #homes: Homes;
  readonly #power: Power;
  readonly #degraded = new Map<string, LinkChange>();
  readonly #rates = new Map<string, RateRecorder>();
  #nextSample = Infinity;

  /** @throws LabError `not-deployable` */
  constructor(universe: Universe, options: EstateOptions) {
    const { topology } = universe;
    this.topology = topology;
    this.#universe = universe;
    this.#options = options;
    checkAddresses(topology);
    this.#power = new Power(universe, this.outages);
    this.#homes = new Homes(topology);
    const bound = bindVpgs(topology);
    for (const site of topology.sites.values()) this.#addSite(site);
    for (const site of topology.sites.values()) {
      const plan = planOf(site, topology, bound, (host) => this.vra(vraName(host)).address);
      if (!plan || site.datastores.size === 0) continue;
      const missing = options.begin === 'protected' ? missingForWhole(plan) : [];
      if (missing.length > 0) {
        const list = missing.join('; ');
        throw new LabError('not-deployable', `The topology cannot be run. It lacks: ${list}`);
      }
      const zvm = new ZvmMachine(universe, site, {
        plan,
        fresh: options.begin === 'protected' ? deployedWhole(plan) : nothingDeployed,
        installVra: (vra, done) => {
          this.#install(vra, done);
        },
        runScript: (vpg, which, done) => {
          options.runScript(vpg, which, done);
        },
      });
      this.zvms.set(site.name, zvm);
      const unit = this.#power.unit(site.name);
      this.#power.add(new PowerUnit('zvm', `${site.name}/zvm`, unit, zvm));
    }
    if (options.begin === 'protected') {
      for (const vra of this.vras.keys()) this.#installed.add(vra);
    } else {
      for (const vra of this.vras.keys()) this.#power.unit(`${vra}/vra`).on = false;
    }
    if (options.kept) this.#restore(options.kept);
  }

  /** Lets everything come up that is switched on. */
  powerUp(): void {
    for (const { name } of this.topology.sites.values()) this.#power.settle(this.#power.unit(name));
  }

  // --- Harm and repair -------------------------------------------------------------------------

  power(component: Component, verb: PowerVerb): void {
    this.#power.turn(nameOf(component), verb);
    this.#keep();
  }

  cutLink(link: Link): void {
    this.#universe.cut(link);
    this.outages.begin(link.name, 'cut', this.#universe.now);
    this.#keep();
  }

  healLink(link: Link): void {
    this.#universe.heal(link);
    this.outages.end(link.name, this.#universe.now);
    this.#degraded.delete(link.name);
    this.#keep();
  }

  degradeLink(link: Link, change: LinkChange): void {
    this.#universe.degrade(link, change);
    this.outages.begin(link.name, 'degraded', this.#universe.now);
    this.#degraded.set(link.name, { ...this.#degraded.get(link.name), ...change });
    this.#keep();
  }

  snapshotVra(host: Host): void {
    const name = vraName(host);
    this.vra(name).breakDown();
    this.outages.begin(`${name}/vra`, 'snapshot', this.#universe.now);
  }

  // --- Who is where ----------------------------------------------------------------------------

  /** Where a VM was started last. */
  homeOf(vm: Vm): Host | undefined {
    return this.#homes.of(vm);
  }

  /** `Site/host`. */
  hostNamed(name: string): HostMachine | undefined {
    return this.#hostsByName.get(name);
  }

  /** @throws LabError `not-deployable` */
  vra(name: string): VraMachine {
    const vra = this.vras.get(name);
    if (!vra) throw new LabError('not-deployable', `There is no VRA on ${name}`);
    return vra;
  }

  /** Where a VM was started last, if it runs there. */
  readonly guestOf = (vm: Vm): GuestMachine | undefined => {
    const host = this.#homes.of(vm);
    return host && this.hosts.get(host)?.guest(vm.name);
  };

  /** The driver of a VM's disks, if its host runs. */
  machineOf(vm: Vm): ProtectedMachine | undefined {
    const host = this.#homes.of(vm);
    return host && this.hosts.get(host)?.machines.get(vm.name);
  }

  image(id: string): Image | undefined {
    for (const machine of this.vras.values()) {
      const image = machine.vra?.image(id);
      if (image) return image;
    }
    return undefined;
  }

  mount(id: string): Image | undefined {
    for (const machine of this.vras.values()) {
      const image = machine.vra?.mount(id);
      if (image) return image;
    }
    return undefined;
  }

  takeMount(id: string): Image | undefined {
    for (const machine of this.vras.values()) {
      const image = machine.vra?.takeMount(id);
      if (image) return image;
    }
    return undefined;
  }

  /** One that is gone with its VRA is as closed as it should be. */
  closeMount(id: string): void {
    for (const machine of this.vras.values()) machine.vra?.closeMount(id);
  }

  takeCopy(id: string): Copy | undefined {
    for (const machine of this.vras.values()) {
      const copy = machine.vra?.takeCopy(id);
      if (copy) return copy;
    }
    return undefined;
  }

  copy(id: string): Copy | undefined {
    for (const machine of this.vras.values()) {
      const copy = machine.vra?.copy(id);
      if (copy) return copy;
    }
    return undefined;
  }

  // --- Views -----------------------------------------------------------------------------------

  /** From now on the traffic of every VRA is kept on record. */
  beginSampling(): void {
    for (const name of this.vras.keys()) this.#rates.set(name, new RateRecorder());
    this.#awaitSample();
  }

  /**
   * The samples of a stretch that time has leapt over, up to now. `loads`: what each VRA had done when it began, at
   * `from`.
   */
  sampleLeap(from: number, loads: ReadonlyMap<string, VraLoad>): void {
    const { now } = this.#universe;
    const first = this.#nextSample;
    while (this.#nextSample <= now) this.#nextSample += sampleInterval;
    for (const [name, recorder] of this.#rates) {
      const [before, after] = [loads.get(name), this.vras.get(name)?.vra?.load()];
      if (!before || !after) continue;
      recorder.readEvenly(first, { at: from, counters: before }, { at: now, counters: after });
    }
  }

  snapshot(shift: Shift): LabSnapshot {
    return snapshotOf({
      topology: this.topology,
      now: this.#universe.now,
      clockOf: (site) => this.#universe.clockOf(site),
      spaceOf: (site, datastore) => this.#universe.space(site, datastore),
      shift,
      zvms: this.zvms,
      vras: this.vras,
      rates: this.#rates,
      outages: this.outages.all,
    });
  }

  /** From a time of the universe on. */
  timeline(from: number, shift: Shift): Timeline {
    const { origin } = shift;
    return {
      from: from - origin,
      to: this.#universe.now - origin,
      snapshot: this.snapshot(shift),
      rates: [...this.#rates].map(([name, recorder]) => ({
        name,
        samples: recorder.samples.map((sample) => ({ ...sample, at: sample.at - origin })),
      })),
    };
  }

  readonly #sample = (): void => {
    const { now } = this.#universe;
    this.#awaitSample();
    for (const [name, recorder] of this.#rates) {
      recorder.read(now - sampleInterval, this.vras.get(name)?.vra?.load());
    }
  };

  #awaitSample(): void {
    this.#nextSample = this.#universe.now + sampleInterval;
    this.#universe.beat(this.#nextSample, sampleInterval, this.#sample);
  }

  // --- Building --------------------------------------------------------------------------------

  #addSite(site: Site): void {
    const unit = new PowerUnit('site', site.name, undefined, undefined);
    this.#power.add(unit);
    for (const host of site.hosts.values()) {
      const hostName = vraName(host);
      const machine = new HostMachine(
        this.#universe,
        host,
        this.#guestsOf(host),
        this.#options.hosts,
        {
          opened: () => {
            // The VRA needs the drivers, so it waits for them.
            if (host.vra?.network.target) this.#power.settle(this.#power.unit(`${hostName}/vra`));
          },
          moved: (name, here) => {
            this.#homes.moved(host, name, here);
          },
          shutsDown: (name) => this.#homes.vmOn(host, name)?.tools ?? true,
          failed: (vm, error) => {
            this.#options.vmFailed(host, vm, error);
          },
          remember: () => this.#keep(),
        },
      );
      this.hosts.set(host, machine);
      this.#hostsByName.set(hostName, machine);
      const hostUnit = new PowerUnit('host', hostName, unit, machine);
      this.#power.add(hostUnit);
      if (!host.vra?.network.target) continue;
      const vra = new VraMachine(this.#universe, host.vra, machine);
      this.vras.set(hostName, vra);
      this.#power.add(new PowerUnit('vra', `${hostName}/vra`, hostUnit, vra));
    }
  }

  /** The VMs of a host: those that the topology gives it, unless they have moved since. */
  #guestsOf(host: Host): readonly KeptGuest[] {
    const kept = this.#options.kept?.guests;
    const here = kept?.[vraName(host)] ?? [];
    const elsewhere = new Set(
      Object.entries(kept ?? {}).flatMap(([name, guests]) =>
        name === vraName(host) ? [] : guests.map((guest) => guest.name),
      ),
    );
    const guests: KeptGuest[] = [];
    for (const vm of host.site.vms.values()) {
      if (vm.host.target !== host || !isRunnable(vm)) continue;
      const known = here.find(({ name }) => name === vm.name);
      if (!known && elsewhere.has(vm.name)) continue;
      const disks = [...vm.disks.values()].map((disk) => ({
        name: disk.name,
        size: disk.size,
        path: protectedPath(vm, disk.name, disk.datastore.name),
      }));
      guests.push({ name: vm.name, on: known?.on ?? true, disks });
    }
    const own = new Set(guests.map(({ name }) => name));
    return [...guests, ...here.filter(({ name }) => !own.has(name) && this.#isPlanned(host, name))];
  }

  /** Whether the topology still has the VM, so that it may run on this host. */
  #isPlanned(host: Host, name: string): boolean {
    return this.#homes.vmOn(host, name) !== undefined;
  }

  #restore(kept: KeptEstate): void {
    this.#installed.clear();
    for (const [name, deployments] of Object.entries(kept.installed)) {
      const vra = this.vras.get(name);
      if (!vra) continue;
      this.#installed.add(name);
      vra.deployments = deployments;
    }
    this.#power.restore(kept.off);
    for (const host of this.hosts.values()) {
      for (const { name } of host.guests) {
        const vm = this.#homes.vmOn(host.host, name);
        if (!vm || vm.host.target === host.host) continue;
        if (vm.host.target) this.#homes.moved(vm.host.target, name, false);
        this.#homes.moved(host.host, name, true);
      }
    }
    this.outages.restore(kept.outages);
    for (const { component, kind, to } of kept.outages) {
      const link = this.topology.links.get(component);
      if (!link || to !== undefined) continue;
      const change = kept.degraded[component];
      if (kind === 'cut') this.#universe.cut(link);
      if (!change) continue;
      this.#universe.degrade(link, change);
      this.#degraded.set(component, change);
    }
  }

  #keep(): string | undefined {
    if (!this.#options.keep) return undefined;
    const installed = [...this.#installed].map(
      (name) => [name, this.vras.get(name)?.deployments ?? 0] as const,
    );
    const guests = [...this.hosts].map(
      ([host, machine]) => [vraName(host), machine.guests] as const,
    );
    return this.#options.keep({
      installed: Object.fromEntries(installed),
      off: this.#power.off,
      guests: Object.fromEntries(guests),
      degraded: Object.fromEntries(this.#degraded),
      outages: this.outages.all.slice(-keptOutages),
    });
  }

  #install(name: string, done: (problem: string | undefined) => void): void {
    const problem = this.#installed.has(name) ? undefined : this.vra(name).missingSpace;
    if (problem !== undefined) {
      this.#universe.schedule(this.#universe.now + 1, () => {
        done(problem);
      });
      return;
    }
    const unit = this.#power.unit(`${name}/vra`);
    // One that was there before, and is asked for again, has failed.
    if (this.#installed.has(name)) this.vra(name).deployAnew();
    this.#installed.add(name);
    this.outages.end(unit.name, this.#universe.now);
    this.outages.end(unit.name, this.#universe.now, 'snapshot');
    unit.boot?.cancel();
    unit.boot = undefined;
    unit.on = true;
    this.#power.settle(unit);
    this.#keep();
    // Copying the appliance takes no time here; it is up a moment later, where its host is.
    this.#universe.schedule(this.#universe.now + 1, () => {
      done(unit.effective ? undefined : `host ${name} is down`);
    });
  }
}

/** A VM whose disks have a place; one that has not belongs to no VPG that could be bound. */
export function isRunnable(vm: Vm): boolean {
  return vm.disks.size > 0 && [...vm.disks.values()].every((disk) => disk.datastore.target);
}

function nameOf(component: Component): string {
  switch (component.kind) {
    case 'site':
      return component.site.name;
    case 'zvm':
      return `${component.site.name}/zvm`;
    case 'host':
      return vraName(component.host);
    case 'vra':
      return `${vraName(component.host)}/vra`;
  }
}
