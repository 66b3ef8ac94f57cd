/**
 * Leaps over stretches of time in which nothing happens but the VMs' own writes and a checkpoint every interval.
 *
 * Such a stretch is not lived through event by event. What was going on comes to rest, each part of the engine takes
 * in what the stretch brought, and time is set forward. What is in the journals, on the disks and in the catalogues
 * afterwards is what would be there, down to the bytes of every checkpoint; what would merely have been on its way at
 * the end of the stretch has arrived. So a leap ends a while before anything is due, and life goes on from there.
 */
import { checkpointInterval } from '../../../topology/limits.ts';
import type { Site } from '../../../topology/model.ts';
import { NewestWrites } from '../../disk/newest-writes.ts';
import type { SimulatedUniverse } from '../../world/simulated.ts';
import type { Instant } from '../../world/world.ts';
import type { QuietZvm } from '../../zvm/quiet-zvm.ts';
import type { Estate } from '../estate.ts';
import type { Workload } from '../workload.ts';
import { StreamFinder } from './find-streams.ts';
import type { QuietZvms } from './find-streams.ts';
import { isRoomOnDatastores, isRoomOnLinks } from './room.ts';
import type { Stretch, WrittenDisks } from './stretch.ts';
import { tell } from './tell.ts';

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
/**
 * From a leap that was not possible to the next attempt: at first, and at most where it never is, since coming to
 * rest holds the guests up for a moment.
 */
const retryTime = 30_000;
const longestRetry = 600_000;

export class Leaper {
  readonly #universe: SimulatedUniverse;
  readonly #estate: Estate;
  readonly #workloads: readonly Workload[];
  readonly #finder: StreamFinder;
  #retry = retryTime;
  #notBefore: Instant = 0;

  constructor(universe: SimulatedUniverse, estate: Estate, workloads: readonly Workload[]) {
    this.#universe = universe;
    this.#estate = estate;
    this.#workloads = workloads;
    this.#finder = new StreamFinder(universe, estate, workloads);
  }

  /** The next moment at which {@link leap} may be tried on the way to a time; undefined: none is worth it. */
  opportunity(until: Instant): Instant | undefined {
    const place = this.#restingPlaceFrom(Math.max(this.#universe.now, this.#notBefore));
    return until - place >= leastLeap + landing + restTime ? place : undefined;
  }

  /** Leaps as far towards a time as it goes; false where it does not. */
  leap(until: Instant): boolean {
    const { now, topology } = this.#universe;
    this.#notBefore = now + retryTime;
    const zvms = this.#zvms();
    if (!zvms || this.#end(zvms, until) === undefined) return false;
    if (!isRoomOnLinks(topology, this.#finder.crossings(zvms))) return false;
    this.#universe.settle(now + restTime);
    const stretch = this.#stretch(until);
    if (!stretch) {
      this.#notBefore = now + this.#retry;
      this.#retry = Math.min(longestRetry, this.#retry * 2);
      return false;
    }
    this.#live(stretch);
    this.#retry = retryTime;
    this.#notBefore = 0;
    return true;
  }

  /** The first moment from a time on at which no checkpoint is being made, as long as all clocks are in step. */
  #restingPlaceFrom(time: Instant): Instant {
    const [offset = 0] = this.#offsets();
    const tick = Math.ceil((time + offset - restingPlace) / checkpointInterval);
    return tick * checkpointInterval + restingPlace - offset;
  }

  /** What the clocks show more than the universe's. */
  #offsets(): readonly number[] {
    const { topology } = this.#universe;
    return [...topology.sites.values()].map((site) => this.#universe.clockOffset(site));
  }

  get #isInStep(): boolean {
    const [first = 0, ...others] = this.#offsets();
    if (!Number.isInteger(first) || this.#universe.clocksDrift) return false;
    return others.every((offset) => (offset - first) % checkpointInterval === 0);
  }

  /** All ZVMs; undefined where one is not quiet, or anything is down. */
  #zvms(): QuietZvms | undefined {
    if (this.#estate.outages.anyOpen || !this.#isInStep) return undefined;
    const zvms = new Map<Site, QuietZvm>();
    for (const { site, last, running } of this.#estate.zvms.values()) {
      const quiet = running ? last?.quiet() : undefined;
      if (!quiet) return undefined;
      zvms.set(site, quiet);
    }
    return zvms.size > 0 ? zvms : undefined;
  }

  /** Where a leap from now on ends; undefined where it is not worth it. */
  #end(zvms: QuietZvms, until: Instant): Instant | undefined {
    const { now } = this.#universe;
    let horizon = until;
    for (const [site, zvm] of zvms) {
      horizon = Math.min(horizon, zvm.until - this.#universe.clockOffset(site));
    }
    for (const workload of this.#workloads) horizon = Math.min(horizon, workload.changesAfter);
    const end = this.#restingPlaceFrom(horizon - landing - checkpointInterval);
    return end - now >= leastLeap ? end : undefined;
  }

  #stretch(until: Instant): Stretch | undefined {
    const zvms = this.#zvms();
    const from = this.#universe.now;
    const to = zvms && this.#end(zvms, Math.min(until, this.#universe.quietUntil));
    const written = to === undefined ? undefined : this.#finder.written(to);
    if (!zvms || to === undefined || !written) return undefined;
    const found = this.#finder.streams(zvms, written, to);
    if (!found || !isRoomOnDatastores(this.#universe, found.kept, to - from)) return undefined;
    const { streams, vpgs } = found;
    return { from, to, zvms: [...zvms.values()], vpgs, streams, disks: [...written.values()] };
  }

  #live({ from, to, zvms, vpgs, streams, disks }: Stretch): void {
    const loads = new Map(
      [...this.#estate.vras].flatMap(([name, { vra }]) => (vra ? [[name, vra.load()]] : [])),
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

  /** What the VM has written is on its disks. */
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
