/** The lab of a drill: see {@link Lab}. */
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
import type { Image, JournalError } from '../journal/journal.ts';
import type { Payload } from '../world/payload.ts';
import { SimulatedUniverse } from '../world/simulated.ts';
import type { Timer } from '../world/world.ts';
import { Corruption } from './corruption.ts';
import { Estate } from './estate.ts';
import { RecoveredMachine } from './guests.ts';
import type { GuestMachine } from './guests.ts';
import { ZvmMachine } from './machines.ts';
import { Leaper } from './leap/leaper.ts';
import { Markers } from './markers.ts';
import { journalFolder, vraName } from './plan.ts';
import { copyPreseeds } from './preseed.ts';
import { answerTime, patienceOf, takerOf, unanswered } from './requests.ts';
import { Shift } from './snapshots.ts';
import { LabError } from './types.ts';
import type { Containment, Lab, LabOptions, LinkChange, Marker, WriteRequest } from './types.ts';
import { TraceWorkload } from './trace-workload.ts';
import { Workload } from './workload.ts';

/** What is lived through event by event in one step, in milliseconds. */
const longestStep = 10 * 60_000;
/** How long the lab waits at its start for every VPG to be in sync. */
const startTime = 30_000;
const day = 86_400_000;
/** How long a guest takes to shut down, in milliseconds of virtual time. */
const shutdownTime = 30_000;

export class RunningLab implements Lab {
  readonly #topology: Topology;
  readonly #universe: SimulatedUniverse;
  readonly #estate: Estate;
  /** Ends of the loads on hosts. */
  readonly #loads = new Map<Host, Timer>();
  readonly #markers: Markers;
  readonly #corruption: Corruption;
  /** Undefined: all of time is lived through. */
  readonly #leaper: Leaper | undefined;
  /** What the clocks show more than the universe: see {@link LabOptions.warmUp}. */
  readonly #clockBase: number;
  readonly #begin: number;
  #origin = 0;
  /** Whether volumes that were carried over are put in place at the origin. */
  readonly #preseeds: boolean;

  constructor(topology: Topology, options: LabOptions) {
    this.#topology = topology;
    this.#preseeds = options.begin === 'new';
    this.#universe = new SimulatedUniverse(topology, {
      seed: options.seed,
      vouches: options.heartbeats !== true,
    });
    const warmUp = options.warmUp ?? 0;

    // The origin is a midnight by the clocks, so that what a ZVM says of a time reads as an offset.
    const start = options.begin === 'protected' ? checkpointInterval : 0;
    this.#clockBase = Math.ceil((warmUp + start) / day) * day - warmUp - start;
    for (const site of topology.sites.values()) this.#universe.skewClock(site, this.#clockBase);
    this.#estate = new Estate(this.#universe, {
      begin: options.begin,
      hosts: { writeThrough: true, activityLog: options.activityLog ?? false, shutdownTime },
      runScript: (vpg, which, done) => {
        const script = topology.vpgs.get(vpg)?.scripts[which];
        // Nothing is executed in a drill: how long it takes and how it ends stand in the file.
        this.#universe.schedule(this.#universe.now + (script?.takes ?? 0), () => {
          done(script?.exit ?? 0);
        });
      },
      vmFailed: (_host, vm, error) => {
        const why = `The disks of ${vm} cannot be opened: ${error?.message ?? 'no reason given'}`;
        throw new LabError('machine-down', why);
      },
    });
    this.#markers = new Markers(this.#universe, this.#estate.guestOf, this.#testedMachineOf);
    this.#corruption = new Corruption(this.#universe);
    this.#estate.powerUp();
    if (options.begin === 'protected') this.#awaitSync(start);
    this.#origin = this.#universe.now;
    this.#begin = this.#universe.now;
    this.#estate.beginSampling();
    const workloads: Workload[] = [];
    for (const site of topology.sites.values()) {
      for (const vm of site.vms.values()) {
        workloads.push(...this.#setToWork(vm, options, this.#begin + warmUp));
      }
    }
    if (options.leaps === true) {
      this.#leaper = new Leaper(this.#universe, this.#estate, workloads);
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
    return this.#estate.machineOf(vm);
  }

  /** What a guest writes to where the VM was started last, recovered or not; undefined where it is off. */
  guest(vm: Vm): GuestMachine | undefined {
    return this.#estate.guestOf(vm);
  }

  /** The world that it lives in, for harm that a drill cannot do. */
  get universe(): SimulatedUniverse {
    return this.#universe;
  }

  /** @throws LabError `unknown-image` */
  image(id: string): Image {
    const image = this.#estate.image(id);
    if (image) return image;
    throw new LabError('unknown-image', `There is no open image ${id}`);
  }

  setOrigin(): void {
    if (this.#preseeds) copyPreseeds(this.#universe, this.#topology);
    this.#origin = this.#universe.now;
  }

  run(until: number): void {
    while (this.now < until) this.advance(until);
  }

  advance(until: number): void {
    const { now } = this.#universe;
    const at = until + this.#origin;
    if (at <= now) return;
    const step = Math.min(at, now + longestStep);
    const place = this.#leaper?.opportunity(at);
    if (place === undefined || place > step) {
      this.#universe.run(step);
    } else {
      this.#universe.run(place);
      this.#leaper?.leap(at);
    }
  }

  // --- Harm and repair -------------------------------------------------------------------------

  power(component: Component, verb: PowerVerb): void {
    this.#estate.power(component, verb);
  }

  cutLink(link: Link): void {
    this.#estate.cutLink(link);
  }

  healLink(link: Link): void {
    this.#estate.healLink(link);
  }

  degradeLink(link: Link, change: LinkChange): void {
    this.#estate.degradeLink(link, change);
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
    const machine = this.#estate.hosts.get(host);
    if (!machine) throw new LabError('unknown-component', `${vraName(host)} is not in this lab`);
    this.#loads.get(host)?.cancel();
    machine.cpu.taken = cpu;
    const ended = this.#universe.schedule(this.#universe.now + duration, () => {
      machine.cpu.taken = 0;
    });
    this.#loads.set(host, ended);
  }

  snapshotVra(host: Host): void {
    this.#estate.snapshotVra(host);
  }

  skewClock(site: Site, by: number): void {
    this.#universe.skewClock(site, by);
  }

  // --- Requests --------------------------------------------------------------------------------

  request(site: Site | undefined, request: Request): Reply {
    const asked = takerOf(request, site, this.#topology, this.#estate.zvms);
    if (!(asked instanceof ZvmMachine)) return asked;
    let reply: Reply | undefined;
    this.#ask(asked, request, (answer) => {
      reply = answer;
    });
    const patience = patienceOf(request);
    this.#universe.runWhile(() => reply === undefined, this.#universe.now + patience);
    return reply ?? unanswered(asked, patience);
  }

  /**
   * Asks and does not wait: the world goes on while the answer is on its way, and a ZVM that goes down
   * never gives one. Answers the site whose ZVM was asked; undefined where none could be, and refused.
   */
  ask(
    site: Site | undefined,
    request: Request,
    answer: (reply: Reply) => void,
  ): string | undefined {
    const asked = takerOf(request, site, this.#topology, this.#estate.zvms);
    if (!(asked instanceof ZvmMachine)) {
      answer(asked);
      return undefined;
    }
    this.#ask(asked, request, answer);
    return asked.site.name;
  }

  #ask(zvm: ZvmMachine, request: Request, answer: (reply: Reply) => void): void {
    const shift = this.#shift;
    zvm.last?.ask(shift.request(request), (reply) => {
      answer(shift.reply(reply));
    });
  }

  // --- Views -----------------------------------------------------------------------------------

  snapshot(): LabSnapshot {
    return this.#estate.snapshot(this.#shift);
  }

  timeline(): Timeline {
    return this.#estate.timeline(this.#begin, this.#shift);
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
    const copy = this.#estate.copy(image);
    const opened = copy ?? this.#estate.takeMount(image) ?? this.image(image);
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
    opened.read(index, offset, length, (why: JournalError | string | undefined, payload) => {
      answer(typeof why === 'object' ? why.message : why, payload);
    });
    this.#universe.runWhile(() => !answered, this.#universe.now + answerTime);
    if (data) return data;
    const why = problem ?? 'its VRA did not answer';
    throw new LabError('read-failed', `Image ${image}, disk ${disk}, cannot be read: ${why}`);
  }

  // --- Building --------------------------------------------------------------------------------

  #setToWork(vm: Vm, { traceOf }: LabOptions, origin: number): readonly Workload[] {
    const { guestOf } = this.#estate;
    if (vm.trace === undefined) return [new Workload(this.#universe, vm, guestOf)];
    if (!traceOf) throw new LabError('no-trace', `The block trace of ${vm.name} is not at hand`);
    new TraceWorkload(this.#universe, vm, guestOf, traceOf(vm), origin);
    return [];
  }

  /** Lives on to the first checkpoint tick at which every stream replicates. */
  #awaitSync(first: number): void {
    for (let at = first; at <= startTime; at += checkpointInterval) {
      this.#universe.run(at);
      const snapshot = this.snapshot();
      if (snapshot.vpgs.every((vpg) => vpg.replicating && vpg.subStatus === 'None')) return;
    }
  }

  /** A VM in the failover test of a VPG that runs, as its guest would use it. */
  readonly #testedMachineOf = (vpg: Vpg, vm: Vm): GuestMachine | undefined => {
    const test = this.snapshot().operations.findLast(
      ({ verb, vpg: name, result, ended }) =>
        verb === 'failover-test' &&
        name === vpg.name &&
        result === 'success' &&
        ended === undefined,
    );
    return test && new RecoveredMachine(vm.name, this.image(`${test.id}/${vm.name}`));
  };
}
