/** The lab: see {@link Lab}. */
import type {
  Component,
  Datastore,
  Host,
  Link,
  PowerVerb,
  Site,
  Topology,
  Vm,
  Vpg,
} from '../../topology/model.ts';
import { checkpointInterval } from '../../topology/limits.ts';
import type { LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type { ProtectedMachine } from '../disk/write-tap.ts';
import type { Image } from '../journal/contract.ts';
import type { Payload } from '../world/payload.ts';
import { SimulatedUniverse } from '../world/simulated.ts';
import type { Timer } from '../world/world.ts';
import type { Copy } from '../vra/copies.ts';
import type { Vra } from '../vra/vra.ts';
import { deployedWhole, missingForWhole } from '../zvm/deployment.ts';
import { nothingDeployed } from '../zvm/state.ts';
import { checkAddresses } from './addresses.ts';
import type { GuestMachine } from './guests.ts';
import { HostMachine } from './host-machine.ts';
import { VraMachine, ZvmMachine } from './machines.ts';
import { Corruption } from './corruption.ts';
import { Markers } from './markers.ts';
import { OutageLog } from './outages.ts';
import { bindVpgs, journalFolder, planOf, vraName } from './plan.ts';
import { Power, PowerUnit } from './power.ts';
import { copyPreseeds } from './preseed.ts';
import { RateRecorder, sampleInterval } from './rates.ts';
import { Shift, snapshotOf } from './snapshots.ts';
import { LabError } from './types.ts';
import type { Containment, Lab, LabOptions, LinkChange, Marker, WriteRequest } from './types.ts';
import { TraceWorkload } from './trace-workload.ts';
import { Workload } from './workload.ts';

/** How long a request waits for its answer, in milliseconds of virtual time. */
const answerTime = 30_000;
/** The same for what drains, promotes or copies: as long as that takes, within reason. */
const longAnswerTime = 4 * 3_600_000;
const longVerbs: ReadonlySet<Request['kind']> = new Set([
  'failover',
  'move',
  'commit',
  'rollback',
  'clone',
  'restore-file',
]);
/** How long the lab waits at its start for every VPG to be in sync. */
const startTime = 30_000;
const day = 86_400_000;

export class RunningLab implements Lab {
  readonly #topology: Topology;
  readonly #universe: SimulatedUniverse;
  readonly #hosts = new Map<Host, HostMachine>();
  readonly #vras = new Map<string, VraMachine>();
  /** VRAs that have been deployed. */
  readonly #installed = new Set<string>();
  readonly #zvms = new Map<string, ZvmMachine>();
  /** Ends of the loads on hosts. */
  readonly #loads = new Map<Host, Timer>();
  /** Hosts that a recovered VM has been started on, the last one last. */
  readonly #homes = new Map<Vm, readonly Host[]>();
  readonly #outages = new OutageLog();
  readonly #power: Power;
  readonly #markers: Markers;
  readonly #corruption: Corruption;
  readonly #rates = new Map<string, RateRecorder>();
  /** What the clocks show more than the universe: see {@link LabOptions.warmUp}. */
  readonly #clockBase: number;
  readonly #begin: number;
  #origin = 0;
  /** Whether volumes that were carried over are put in place at the origin. */
  readonly #preseeds: boolean;

  constructor(topology: Topology, options: LabOptions) {
    this.#topology = topology;
    this.#preseeds = options.begin === 'new';
    checkAddresses(topology);
    this.#universe = new SimulatedUniverse(topology, { seed: options.seed });
    this.#power = new Power(this.#universe, this.#outages);
    this.#markers = new Markers(this.#universe, this.#machineOf);
    this.#corruption = new Corruption(this.#universe);
    const warmUp = options.warmUp ?? 0;
    const bound = bindVpgs(topology);

    // The origin is a midnight by the clocks, so that what a ZVM says of a time reads as an offset.
    const start = options.begin === 'protected' ? checkpointInterval : 0;
    this.#clockBase = Math.ceil((warmUp + start) / day) * day - warmUp - start;
    for (const site of topology.sites.values()) {
      this.#universe.skewClock(site, this.#clockBase);
      this.#addSite(site);
    }
    for (const site of topology.sites.values()) {
      const plan = planOf(site, topology, bound, (host) => this.#vra(vraName(host)).address);
      if (!plan || site.datastores.size === 0) continue;
      const missing = options.begin === 'protected' ? missingForWhole(plan) : [];
      if (missing.length > 0) {
        const list = missing.join('; ');
        throw new LabError('not-deployable', `The topology cannot be run. It lacks: ${list}`);
      }
      const fresh = options.begin === 'protected' ? deployedWhole(plan) : nothingDeployed;
      const installVra = (vra: string, done: (problem: string | undefined) => void): void => {
        this.#install(vra, done);
      };
      const runScript = (
        vpg: string,
        which: 'pre' | 'post',
        done: (exit: number) => void,
      ): void => {
        const script = topology.vpgs.get(vpg)?.scripts[which];
        // Nothing is executed in a drill: how long it takes and how it ends stand in the file.
        this.#universe.schedule(this.#universe.now + (script?.takes ?? 0), () => {
          done(script?.exit ?? 0);
        });
      };
      const zvm = new ZvmMachine(this.#universe, site, { plan, fresh, installVra, runScript });
      this.#zvms.set(site.name, zvm);
      const unit = this.#power.unit(site.name);
      this.#power.add(new PowerUnit('zvm', `${site.name}/zvm`, unit, zvm));
    }
    if (options.begin === 'protected') {
      for (const vra of this.#vras.keys()) this.#installed.add(vra);
    } else {
      for (const vra of this.#vras.keys()) this.#power.unit(`${vra}/vra`).on = false;
    }
    for (const site of topology.sites.values()) this.#power.settle(this.#power.unit(site.name));
    if (options.begin === 'protected') this.#awaitSync(start);
    this.#origin = this.#universe.now;
    this.#begin = this.#universe.now;
    for (const name of this.#vras.keys()) this.#rates.set(name, new RateRecorder());
    this.#universe.schedule(this.#begin + sampleInterval, this.#sample);
    for (const site of topology.sites.values()) {
      for (const vm of site.vms.values()) this.#setToWork(vm, options, this.#begin + warmUp);
    }
  }

  get now(): number {
    return this.#universe.now - this.#origin;
  }

  /** Events of the simulation so far, for measurements. */
  get eventCount(): number {
    return this.#universe.eventCount;
  }

  /** The guest's side of a running VM, for load that a topology cannot describe. */
  machine(vm: Vm): ProtectedMachine | undefined {
    const host = this.#homeOf(vm);
    return host && this.#hosts.get(host)?.machines.get(vm.name);
  }

  /** The world that it lives in, for harm that a drill cannot do. */
  get universe(): SimulatedUniverse {
    return this.#universe;
  }

  /** @throws LabError `unknown-image` */
  image(id: string): Image {
    for (const machine of this.#vras.values()) {
      const image = machine.vra?.image(id);
      if (image) return image;
    }
    throw new LabError('unknown-image', `There is no open image ${id}`);
  }

  setOrigin(): void {
    if (this.#preseeds) copyPreseeds(this.#universe, this.#topology);
    this.#origin = this.#universe.now;
  }

  run(until: number): void {
    const at = until + this.#origin;
    if (at > this.#universe.now) this.#universe.run(at);
  }

  // --- Harm and repair -------------------------------------------------------------------------

  power(component: Component, verb: PowerVerb): void {
    this.#power.turn(nameOf(component), verb);
  }

  cutLink(link: Link): void {
    this.#universe.cut(link);
    this.#outages.begin(link.name, 'cut', this.#universe.now);
  }

  healLink(link: Link): void {
    this.#universe.heal(link);
    this.#outages.end(link.name, this.#universe.now);
  }

  degradeLink(link: Link, change: LinkChange): void {
    this.#universe.degrade(link, change);
    this.#outages.begin(link.name, 'degraded', this.#universe.now);
  }

  write(request: WriteRequest): void {
    this.#markers.write(request);
  }

  corruptJournal(vpg: Vpg, vm: Vm): void {
    const protectedVm = vpg.vms.get(vm.name);
    const site = vpg.to.target;
    const folder = protectedVm && journalFolder(vpg, protectedVm);
    if (!site || folder === undefined) {
      throw new LabError('no-journal', `VM ${vm.name} has no journal in VPG ${vpg.name}`);
    }
    this.#corruption.journal(site, folder);
  }

  fill(datastore: Datastore, free: number): void {
    this.#universe.fill(datastore.site, datastore.name, free);
  }

  load(host: Host, cpu: number, duration: number): void {
    const machine = this.#hosts.get(host);
    if (!machine) throw new LabError('unknown-component', `${vraName(host)} is not in this lab`);
    this.#loads.get(host)?.cancel();
    machine.cpu.taken = cpu;
    const ended = this.#universe.schedule(this.#universe.now + duration, () => {
      machine.cpu.taken = 0;
    });
    this.#loads.set(host, ended);
  }

  snapshotVra(host: Host): void {
    const name = vraName(host);
    this.#vra(name).breakDown();
    this.#outages.begin(`${name}/vra`, 'snapshot', this.#universe.now);
  }

  skewClock(site: Site, by: number): void {
    this.#universe.skewClock(site, by);
  }

  // --- Requests --------------------------------------------------------------------------------

  request(site: Site | undefined, request: Request): Reply {
    const asked = this.#whom(site, request);
    if (!(asked instanceof ZvmMachine)) return asked;
    const shift = this.#shift;
    let reply: Reply | undefined;
    asked.last?.ask(shift.request(request), (answer) => {
      reply = answer;
    });
    const patience = longVerbs.has(request.kind) ? longAnswerTime : answerTime;
    this.#universe.runWhile(() => reply === undefined, this.#universe.now + patience);
    if (reply) return shift.reply(reply);
    const reason = `The ZVM of ${asked.site.name} did not answer within ${patience / 1000} s`;
    return { result: 'refused', reason, missing: [`an answer of the ZVM of ${asked.site.name}`] };
  }

  /** Whose ZVM takes a request, or the refusal where none can. */
  #whom(site: Site | undefined, request: Request): ZvmMachine | Reply {
    const vpg = 'vpg' in request ? this.#topology.vpgs.get(request.vpg) : undefined;
    const ends = vpg ? [vpg.to.target, vpg.from.target] : [...this.#topology.sites.values()];
    const names = [...new Set(ends.flatMap((end) => (end ? [end.name] : [])))];
    const wanted = site ? [site.name] : names;
    for (const name of wanted) {
      const zvm = this.#zvms.get(name);
      if (zvm?.running) return zvm;
    }
    const other = names.find((name) => this.#zvms.get(name)?.running);
    if (site && other !== undefined) {
      const reason = `The ZVM of ${site.name} is down; that of ${other} can be asked instead`;
      return { result: 'refused', reason, missing: [`the ZVM of ${site.name}`] };
    }
    const missing = names.map((name) => `the ZVM of ${name}`);
    const reason = `No ZVM is up: at least one is needed, of ${names.join(' or ')}`;
    return { result: 'refused', reason, missing };
  }

  // --- Views -----------------------------------------------------------------------------------

  snapshot(): LabSnapshot {
    return snapshotOf({
      topology: this.#topology,
      now: this.#universe.now,
      clockOf: (site) => this.#universe.clockOf(site),
      spaceOf: (site, datastore) => this.#universe.space(site, datastore),
      shift: this.#shift,
      zvms: this.#zvms,
      vras: this.#vras,
      rates: this.#rates,
      outages: this.#outages.all,
    });
  }

  timeline(): Timeline {
    return {
      from: this.#begin - this.#origin,
      to: this.now,
      snapshot: this.snapshot(),
      rates: [...this.#rates].map(([name, recorder]) => ({
        name,
        samples: recorder.samples.map((sample) => ({ ...sample, at: sample.at - this.#origin })),
      })),
    };
  }

  get #shift(): Shift {
    return new Shift(this.#origin, this.#clockBase);
  }

  // --- What was recovered ----------------------------------------------------------------------

  get markers(): readonly string[] {
    return this.#markers.names;
  }

  marker(name: string): Marker | undefined {
    const marker = this.#markers.find(name);
    if (!marker) return undefined;
    const to = marker.to === undefined ? undefined : marker.to - this.#origin;
    return { ...marker, from: marker.from - this.#origin, to };
  }

  imageContains(images: Readonly<Record<string, string>>, marker: string): Containment {
    const found = this.#markers.find(marker);
    const image = found && images[`${found.vm}/${found.disk}`];
    // A marker on a VM of another VPG, or that nobody has written, is in none of these images.
    if (image === undefined) return 'none';
    return this.#markers.containment(image, marker, (id, disk, offset, length) =>
      this.readImage(id, disk, offset, length),
    );
  }

  readImage(image: string, disk: string, offset: number, length: number): Payload {
    const copy = this.#copy(image);
    const opened = copy ?? this.image(image);
    const index = opened.disks.findIndex((candidate) => candidate.name === disk);
    if (index < 0) throw new LabError('unknown-disk', `Image ${image} has no disk ${disk}`);
    let data: Payload | undefined;
    let problem: string | undefined;
    let answered = false;
    const answer = (why: string | undefined, payload: Payload | undefined): void => {
      answered = true;
      data = payload;
      problem = why;
    };
    if (copy) copy.read(index, offset, length, answer);
    else
      this.image(image).read(index, offset, length, (error, payload) => {
        answer(error?.message, payload);
      });
    this.#universe.runWhile(() => !answered, this.#universe.now + answerTime);
    if (data) return data;
    const why = problem ?? 'its VRA did not answer';
    throw new LabError('read-failed', `Image ${image}, disk ${disk}, cannot be read: ${why}`);
  }

  #copy(id: string): Copy | undefined {
    for (const machine of this.#vras.values()) {
      const copy = machine.vra?.copy(id);
      if (copy) return copy;
    }
    return undefined;
  }

  // --- Building --------------------------------------------------------------------------------

  #addSite(site: Site): void {
    const unit = new PowerUnit('site', site.name, undefined, undefined);
    this.#power.add(unit);
    for (const host of site.hosts.values()) {
      const vms = [...site.vms.values()].filter((vm) => vm.host.target === host && isRunnable(vm));
      const hostName = vraName(host);
      const machine = new HostMachine(this.#universe, host, vms, {
        opened: () => {
          // The VRA needs the drivers, so it waits for them.
          if (host.vra?.network.target) this.#power.settle(this.#power.unit(`${hostName}/vra`));
        },
        moved: (name, here) => {
          this.#moved(host, name, here);
        },
        shutsDown: (name) => this.#vmOn(host, name)?.tools ?? true,
      });
      this.#hosts.set(host, machine);
      const hostUnit = new PowerUnit('host', hostName, unit, machine);
      this.#power.add(hostUnit);
      if (!host.vra?.network.target) continue;
      const vra = new VraMachine(this.#universe, host.vra, machine);
      this.#vras.set(hostName, vra);
      this.#power.add(new PowerUnit('vra', `${hostName}/vra`, hostUnit, vra));
    }
  }

  #vra(name: string): VraMachine {
    const vra = this.#vras.get(name);
    if (!vra) throw new LabError('not-deployable', `There is no VRA on ${name}`);
    return vra;
  }

  #install(name: string, done: (problem: string | undefined) => void): void {
    const problem = this.#installed.has(name) ? undefined : this.#vra(name).missingSpace;
    if (problem !== undefined) {
      this.#universe.schedule(this.#universe.now + 1, () => {
        done(problem);
      });
      return;
    }
    const unit = this.#power.unit(`${name}/vra`);
    // One that was there before, and is asked for again, has failed.
    if (this.#installed.has(name)) this.#vra(name).deployAnew();
    this.#installed.add(name);
    this.#outages.end(unit.name, this.#universe.now);
    this.#outages.end(unit.name, this.#universe.now, 'snapshot');
    unit.boot?.cancel();
    unit.boot = undefined;
    unit.on = true;
    this.#power.settle(unit);
    // Copying the appliance is not simulated; it is up a moment later, where its host is.
    this.#universe.schedule(this.#universe.now + 1, () => {
      done(unit.effective ? undefined : `host ${name} is down`);
    });
  }

  #setToWork(vm: Vm, { traceOf }: LabOptions, origin: number): void {
    if (vm.trace === undefined) {
      new Workload(this.#universe, vm, this.#machineOf);
      return;
    }
    if (!traceOf) throw new LabError('no-trace', `The block trace of ${vm.name} is not at hand`);
    new TraceWorkload(this.#universe, vm, this.#machineOf, traceOf(vm), origin);
  }

  /** Lives on to the first checkpoint tick at which every stream replicates. */
  #awaitSync(first: number): void {
    for (let at = first; at <= startTime; at += checkpointInterval) {
      this.#universe.run(at);
      const snapshot = this.snapshot();
      if (snapshot.vpgs.every((vpg) => vpg.replicating && vpg.subStatus === 'None')) return;
    }
  }

  /** Where a VM was started last, if it runs there. */
  readonly #machineOf = (vm: Vm): GuestMachine | undefined => {
    const host = this.#homeOf(vm);
    return host && this.#hosts.get(host)?.guest(vm.name);
  };

  #homeOf(vm: Vm): Host | undefined {
    return this.#homes.get(vm)?.at(-1) ?? vm.host.target;
  }

  #moved(host: Host, name: string, here: boolean): void {
    const vm = this.#vmOn(host, name);
    if (!vm) return;
    const homes = this.#homes.get(vm) ?? (vm.host.target ? [vm.host.target] : []);
    const others = homes.filter((home) => home !== host);
    this.#homes.set(vm, here ? [...others, host] : others);
  }

  /** Two sites may each have a VM of the name: the one that this host runs or recovers. */
  #vmOn(host: Host, name: string): Vm | undefined {
    for (const vpg of this.#topology.vpgs.values()) {
      const planned = vpg.vms.get(name);
      const vm = planned?.vm.target;
      if (planned?.recoveryHost.target === host || vm?.host.target === host) return vm;
    }
    return host.site.vms.get(name);
  }

  readonly #sample = (): void => {
    const { now } = this.#universe;
    this.#universe.schedule(now + sampleInterval, this.#sample);
    for (const [name, recorder] of this.#rates) {
      const vra: Vra | undefined = this.#vras.get(name)?.vra;
      recorder.read(now - sampleInterval, vra?.load());
    }
  };
}

/** A VM whose disks have a place; one that has not belongs to no VPG that could be bound. */
function isRunnable(vm: Vm): boolean {
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
