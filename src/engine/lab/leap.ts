/**
 * Leaps over stretches of time in which nothing happens but the VMs' own writes and a checkpoint every interval.
 *
 * Such a stretch is not lived through event by event. What was going on comes to rest, each part of the engine takes
 * in what the stretch brought, and time is set forward. What is in the journals, on the disks and in the catalogues
 * afterwards is what would be there, down to the bytes of every checkpoint; what would merely have been on its way at
 * the end of the stretch has arrived. So a leap ends a while before anything is due, and life goes on from there.
 */
import { checkpointInterval } from '../../topology/limits.ts';
import type { Site, Vm } from '../../topology/model.ts';
import type { ProtectedMachine } from '../disk/write-tap.ts';
import { NewestWrites } from '../disk/newest-writes.ts';
import type { Journal } from '../journal/journal.ts';
import { QuietStream } from '../vra/quiet-stream.ts';
import type { QuietMarkers } from '../vra/quiet-stream.ts';
import type { QuietVra } from '../vra/quiet-vra.ts';
import type { QuietWrites } from '../vra/quiet-writes.ts';
import { syntheticPayload } from '../world/payloads.ts';
import type { SimulatedUniverse } from '../world/simulated.ts';
import type { Observer } from '../world/simulated/harm.ts';
import type { Instant } from '../world/world.ts';
import type { PlannedStream } from '../zvm/plan.ts';
import type { LeaptVpg, QuietVpg, QuietZvm } from '../zvm/quiet-zvm.ts';
import type { Estate } from './estate.ts';
import { isRoomFor } from './leap-room.ts';
import type { Carried } from './leap-room.ts';
import { vraName } from './plan.ts';
import { noWrites } from './quiet-bunches.ts';
import type { Workload } from './workload.ts';

/** From a checkpoint's tick to a moment at which it is made and the next one far, in milliseconds. */
const restingPlace = checkpointInterval / 2;
/** What is under way then has come to rest after so many milliseconds, or something is wrong. */
const restTime = 2000;
/** Shorter stretches are lived through. */
const leastLeap = 60_000;
/**
 * From the end of a leap to whatever is due next: the figures that are renewed now and then, the list of checkpoints
 * every 30 s, are those of a life without leaps again.
 */
const landing = 40_000;
/** From a leap that was not possible to the next attempt. */
const retryTime = 30_000;

interface Stream {
  readonly vpg: string;
  readonly machine: ProtectedMachine;
  readonly sender: QuietVra;
  readonly receiver: QuietVra;
  readonly journal: Journal;
  readonly to: Site;
  readonly quiet: QuietStream;
}

/** All that a leap changes, found before anything is changed. */
interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
  readonly zvms: readonly QuietZvm[];
  readonly vpgs: readonly LeaptVpg[];
  readonly streams: readonly Stream[];
  readonly disks: readonly WrittenDisks[];
}

/** A VM's own disks, and what it writes to them. */
interface WrittenDisks {
  /** `Site/host`. */
  readonly host: string;
  readonly site: Site;
  readonly machine: ProtectedMachine;
  readonly paths: readonly string[];
  readonly writes: QuietWrites;
}

export class Leaper {
  readonly #universe: SimulatedUniverse;
  readonly #estate: Estate;
  readonly #workloads: readonly Workload[];
  #notBefore: Instant = 0;

  constructor(universe: SimulatedUniverse, estate: Estate, workloads: readonly Workload[]) {
    this.#universe = universe;
    this.#estate = estate;
    this.#workloads = workloads;
  }

  /** The next moment at which {@link leap} may be tried on the way to a time; undefined: none is worth it. */
  opportunity(until: Instant): Instant | undefined {
    const place = this.#restingPlaceFrom(Math.max(this.#universe.now, this.#notBefore));
    return until - place >= leastLeap + landing + restTime ? place : undefined;
  }

  /** Leaps as far towards a time as it goes; false where it does not, and nothing has been changed. */
  leap(until: Instant): boolean {
    const { now } = this.#universe;
    this.#notBefore = now + retryTime;
    if (this.#estate.outages.anyOpen || !this.#zvms()) return false;
    this.#universe.settle(now + restTime);
    const stretch = this.#stretch(until);
    if (!stretch) return false;
    this.#live(stretch);
    this.#notBefore = 0;
    return true;
  }

  /** The first moment from a time on at which no checkpoint is being made; by all clocks, or they are too different. */
  #restingPlaceFrom(time: Instant): Instant {
    const [offset = 0] = this.#offsets();
    const tick = Math.floor((time - restingPlace + offset) / checkpointInterval);
    const place = tick * checkpointInterval - offset + restingPlace;
    return place >= time ? place : place + checkpointInterval;
  }

  #offsets(): readonly number[] {
    const { now, topology } = this.#universe;
    return [...topology.sites.values()].map((site) => this.#universe.clockOf(site) - now);
  }

  /** Whether the clocks tick at the same moments. */
  get #isInStep(): boolean {
    const [first = 0, ...others] = this.#offsets();
    const isWhole = Number.isInteger(first) && !this.#universe.clocksDrift;
    return isWhole && others.every((offset) => (offset - first) % checkpointInterval === 0);
  }

  /** All ZVMs, where each of them is quiet. */
  #zvms(): ReadonlyMap<Site, QuietZvm> | undefined {
    const zvms = new Map<Site, QuietZvm>();
    for (const { site, last, running } of this.#estate.zvms.values()) {
      const quiet = running ? last?.quiet() : undefined;
      if (!quiet) return undefined;
      zvms.set(site, quiet);
    }
    return zvms.size > 0 ? zvms : undefined;
  }

  // --- Looking ---------------------------------------------------------------------------------

  #stretch(until: Instant): Stretch | undefined {
    const zvms = this.#zvms();
    if (!zvms || !this.#isInStep) return undefined;
    const from = this.#universe.now;
    let horizon = Math.min(until, this.#universe.quietUntil);
    for (const [site, zvm] of zvms) {
      horizon = Math.min(horizon, zvm.until - this.#universe.clockOf(site) + from);
    }
    for (const workload of this.#workloads) horizon = Math.min(horizon, workload.changesAfter);
    const to = this.#restingPlaceFrom(horizon - landing - checkpointInterval);
    if (!(to - from >= leastLeap)) return undefined;
    const written = this.#written(to);
    if (!written) return undefined;
    const found = this.#streams(zvms, written, from, to);
    if (!found || !isRoomFor(this.#universe, found.carried, to - from)) return undefined;
    const { streams, vpgs } = found;
    const disks = [...written.values()];
    return { from, to, zvms: [...zvms.values()], vpgs, streams, disks };
  }

  /** What each VM writes up to a time, by its machine. */
  #written(to: Instant): ReadonlyMap<ProtectedMachine, WrittenDisks> | undefined {
    const written = new Map<ProtectedMachine, WrittenDisks>();
    const telling = new Map<Vm, QuietWrites>();
    for (const workload of this.#workloads) {
      const writes = workload.quiet(to);
      if (!writes) return undefined;
      telling.set(workload.vm, writes);
    }
    const byMachine = new Map<ProtectedMachine, QuietWrites>();
    for (const [vm, writes] of telling) {
      const guest = this.#estate.guestOf(vm);
      const machine = this.#estate.machineOf(vm);
      if (guest && guest !== machine) return undefined;
      if (guest && machine) byMachine.set(machine, writes);
    }
    for (const host of this.#estate.hosts.values()) {
      for (const { name, disks } of host.guests) {
        const machine = host.machines.get(name);
        if (!machine?.quiet) return undefined;
        const paths = disks.map(({ path }) => path);
        const writes = byMachine.get(machine) ?? noWrites;
        const { site } = host.host;
        written.set(machine, { host: vraName(host.host), site, machine, paths, writes });
      }
    }
    return written;
  }

  #streams(
    zvms: ReadonlyMap<Site, QuietZvm>,
    written: ReadonlyMap<ProtectedMachine, WrittenDisks>,
    from: Instant,
    to: Instant,
  ): { streams: Stream[]; vpgs: LeaptVpg[]; carried: Carried[] } | undefined {
    const vras = new Map<string, QuietVra>();
    for (const [name, { vra }] of this.#estate.vras) {
      const quiet = vra?.quiet();
      if (!quiet) return undefined;
      vras.set(name, quiet);
    }
    const streams: Stream[] = [];
    const carried: Carried[] = [];
    const vpgs: LeaptVpg[] = [];
    const named = new Set<string>();
    const newest = new Map<string, number>();
    for (const [site, zvm] of zvms) {
      for (const vpg of zvm.vpgs) {
        const { plan } = vpg;
        const known = newest.get(plan.name) ?? vpg.newest.id;
        if (known !== vpg.newest.id) return undefined;
        newest.set(plan.name, known);
        if (!plan.cutsHere) continue;
        const markers = this.#markers(site, vpg, from, to);
        if (!markers) return undefined;
        vpgs.push(leaptOf(vpg, markers, to));
        for (const planned of plan.streams) {
          const stream = this.#streamOf(planned, vpg, markers, vras, written);
          if (!stream) return undefined;
          named.add(planned.protect.stream);
          streams.push(stream.stream);
          carried.push(stream.carried);
        }
      }
    }
    // A stream that nobody leaps with would miss what its VM writes.
    for (const machine of written.keys()) {
      if (machine.attachedStreams.some((name) => !named.has(name))) return undefined;
    }
    return { streams, vpgs, carried };
  }

  /** The ticks of a VPG's cuts behind `from`. */
  #markers(
    site: Site,
    { newest }: QuietVpg,
    from: Instant,
    to: Instant,
  ): QuietMarkers | undefined {
    const offset = this.#universe.clockOf(site) - from;
    const time = (Math.floor((from + offset) / checkpointInterval) + 1) * checkpointInterval;
    const checkpoint = Math.round(time / checkpointInterval);
    const firstAt = time - offset;
    const lastAt = to - ((to - firstAt) % checkpointInterval);
    const isNext = newest.id === checkpoint - 1 && newest.time === time - checkpointInterval;
    if (!isNext || lastAt < firstAt) return undefined;
    return { firstAt, lastAt, interval: checkpointInterval, checkpoint, time };
  }

  #streamOf(
    planned: PlannedStream,
    vpg: QuietVpg,
    markers: QuietMarkers,
    vras: ReadonlyMap<string, QuietVra>,
    written: ReadonlyMap<ProtectedMachine, WrittenDisks>,
  ): { stream: Stream; carried: Carried } | undefined {
    const { protect, recover, protectedVra, recoveryVra, vm } = planned;
    const [sender, receiver] = [vras.get(protectedVra), vras.get(recoveryVra)];
    const framing = sender?.sending(protect.stream);
    const journal = receiver?.receiving(recover.stream);
    if (!sender || !receiver || !framing || !journal) return undefined;
    const { position } = journal;
    const isTogether =
      position.epoch === framing.epoch &&
      position.sequence === framing.nextSequence - 1 &&
      journal.newest()?.checkpoint === vpg.newest.id;
    if (!isTogether) return undefined;
    const machine = this.#estate.hostNamed(protectedVra)?.machines.get(vm);
    const disks = machine && written.get(machine);
    const to = this.#estate.hostNamed(recoveryVra)?.host.site;
    if (!disks || !to) return undefined;
    const offset = this.#universe.clockOf(disks.site) - this.#universe.now;
    const quiet = new QuietStream(framing, disks.writes.copy(), markers, offset);
    const rate = rateOf(disks.writes);
    return {
      stream: { vpg: vpg.plan.name, machine, sender, receiver, journal, to, quiet },
      carried: { from: disks.site, to, rate, recover, journalBytes: journal.bytes },
    };
  }

  // --- Living ----------------------------------------------------------------------------------

  #live({ from, to, zvms, vpgs, streams, disks }: Stretch): void {
    const loads = new Map(
      [...this.#estate.vras].flatMap(([name, { vra }]) => (vra ? [[name, vra.load()] as const] : [])),
    );
    for (const each of disks) this.#write(each);
    const { observer } = this.#universe;
    if (observer) for (const each of disks) tell(observer, each, streams);
    for (const { sender, receiver, journal, to: site, quiet } of streams) {
      const totals = quiet.totals();
      journal.leap(quiet, receiver.now() + to - from, this.#universe.ground(site));
      sender.sent(quiet.framing.stream, totals);
      receiver.received(totals);
    }
    this.#universe.leap(to);
    for (const workload of this.#workloads) workload.leapt(to);
    for (const zvm of zvms) {
      const own = new Set(zvm.vpgs.map(({ plan }) => plan.name));
      zvm.leapt(vpgs.filter(({ vpg }) => own.has(vpg)));
    }
    this.#estate.sampleLeap(from, loads);
  }

  #write({ site, machine, paths, writes }: WrittenDisks): void {
    const newest = new NewestWrites();
    const told = writes.copy();
    while (told.next()) {
      for (let index = 0; index < told.count; index++) {
        newest.add(
          told.disks[index] ?? 0,
          told.offsets[index] ?? 0,
          told.lengths[index] ?? 0,
          told.contents[index] ?? 0,
        );
      }
    }
    const ground = this.#universe.ground(site);
    newest.each((disk, offset, payload) => {
      const path = paths[disk];
      if (path === undefined) return;
      ground.write(path, offset, payload);
      machine.wrote(disk, offset, payload.length);
    });
  }
}

/** Tells of everything in the order in which it happened to a machine. */
function tell(
  observer: Observer,
  { host, machine, paths, writes }: WrittenDisks,
  streams: readonly Stream[],
): void {
  const own = streams.filter((stream) => stream.machine === machine);
  const told = writes.copy();
  const tellUpTo = (time: Instant): void => {
    while (told.nextAt <= time && told.next()) {
      for (let index = 0; index < told.count; index++) {
        const payload = syntheticPayload(told.contents[index] ?? 0, told.lengths[index] ?? 0);
        const [path = '', offset = 0] = [paths[told.disks[index] ?? 0], told.offsets[index]];
        observer.leaptWrite?.(`host ${host}`, path, offset, payload, told.at);
      }
    }
  };
  const cuts = own.flatMap(({ vpg, quiet }) =>
    quiet.cuts().map((cut) => ({ ...cut, vpg, stream: quiet.framing.stream })),
  );
  cuts.sort((a, b) => a.at - b.at);
  for (const { at, vpg, stream, checkpoint } of cuts) {
    tellUpTo(at);
    observer.leaptMarker?.(`vra ${host}`, vpg, stream, checkpoint, at);
  }
  tellUpTo(Infinity);
}

function leaptOf({ plan }: QuietVpg, markers: QuietMarkers, to: Instant): LeaptVpg {
  const { firstAt, lastAt, interval, checkpoint, time } = markers;
  const count = (lastAt - firstAt) / interval + 1;
  const run = {
    from: time,
    to: time + lastAt - firstAt,
    interval: count === 1 ? 0 : interval,
    count,
    firstId: checkpoint,
  };
  return { vpg: plan.name, run, age: to - lastAt };
}

/** Bytes per second. */
function rateOf(writes: QuietWrites): number {
  const told = writes.copy();
  let bytes = 0;
  let [bunches, first, last] = [0, 0, 0];
  // A few tell of all: they are alike, but for what a block leaves over.
  while (bunches < 8 && told.next()) {
    for (let index = 0; index < told.count; index++) bytes += told.lengths[index] ?? 0;
    if (bunches === 0) first = told.at;
    last = told.at;
    bunches++;
  }
  if (bunches < 2) return bytes;
  return (bytes / bunches) * (1000 / ((last - first) / (bunches - 1)));
}
