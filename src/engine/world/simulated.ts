/**
 * A universe in virtual time: the topology's links and datastores, and processes that live in it.
 *
 * It is deterministic. Everything that happens follows from the topology, the seed and what is asked of
 * it, in that order; `trace` is a hash of it all.
 */
import type { Link, Site, Topology } from '../../topology/model.ts';
import type { Ground } from './ground.ts';
import type { Payload } from './payload.ts';
import { createSimulatedCodec } from './payload/compressed.ts';
import { createRandom } from './random.ts';
import { Datastore } from './simulated/datastore.ts';
import type { Observer, StorageFaults, Watch } from './simulated/harm.ts';
import { Kernel } from './simulated/kernel.ts';
import { NetworkHub } from './network/network.ts';
import { clockShows, SimulatedProcess } from './simulated/process.ts';
import type { SiteClock } from './simulated/process.ts';
import { SiteGround } from './simulated/site-ground.ts';
import type { LinkChange, ProcessOptions, Universe } from './universe.ts';
import type { Codec, Instant, Random, Timer } from './world.ts';

export type { Observer, StorageCall, StorageFaults, WriteFate } from './simulated/harm.ts';
export { SimulatedProcess } from './simulated/process.ts';
export type { KillOptions, LinkChange, ProcessOptions, SharedCpu } from './universe.ts';

export interface UniverseOptions {
  /** A whole number. */
  readonly seed: number;
  /** Freezes every message when it is sent, so that a test fails where one is changed afterwards. */
  readonly freezeMessages?: boolean;
  /**
   * With false everything that is said or written is an event of its own, so that a process can end
   * between any two of them; by default what belongs to one moment is joined, which is cheaper.
   */
  readonly joinsEvents?: boolean;
  /**
   * Whether connections that are sound are said to be, so that processes spare the heartbeats: true unless given.
   * With false all of them are sent, as on a real machine.
   */
  readonly vouches?: boolean;
  /** Bytes that become one by compression; by default what the linter assumes. */
  readonly compressionRatio?: number;
}

export class SimulatedUniverse implements Universe {
  readonly seed: number;
  readonly topology: Topology;
  /** For what belongs to no process, such as a workload. */
  readonly random: Random;
  readonly #kernel: Kernel;
  readonly #hub: NetworkHub;
  readonly #codec: Codec;
  readonly #clocks = new Map<Site, SiteClock>();
  readonly #datastores = new Map<Site, Map<string, Datastore>>();
  readonly #processes = new Map<string, SimulatedProcess>();
  readonly #watch: Watch = { observer: undefined };

  constructor(topology: Topology, options: UniverseOptions) {
    this.seed = options.seed;
    this.topology = topology;
    this.#kernel = new Kernel(options.joinsEvents);
    this.random = createRandom(options.seed);
    const network = this.random.fork('network');
    this.#hub = new NetworkHub(topology, this.#kernel, network, {
      freezeMessages: options.freezeMessages ?? false,
      vouches: options.vouches ?? true,
      listening: this.#watch,
    });
    this.#codec = createSimulatedCodec(options.compressionRatio);
    for (const site of topology.sites.values()) {
      this.#clocks.set(site, { offset: 0, drift: 0, since: 0 });
      const datastores = new Map<string, Datastore>();
      for (const { name, capacity, free } of site.datastores.values()) {
        datastores.set(name, new Datastore(name, capacity, free));
      }
      this.#datastores.set(site, datastores);
    }
  }

  /** Milliseconds since the universe began; every site's clock agrees until it is skewed. */
  get now(): Instant {
    return this.#kernel.now;
  }

  /** Events that have happened. */
  get eventCount(): number {
    return this.#kernel.count;
  }

  /** A hash over all events so far (time, order, owner): equal runs have equal traces. */
  get trace(): number {
    return this.#kernel.trace >>> 0;
  }

  /**
   * Lets everything happen that is due up to and including a time, which then is `now`. What a process
   * throws comes out here: it is a mistake of ours, and the universe is in no state to go on.
   */
  run(until: Instant): void {
    this.#kernel.run(until);
  }

  /**
   * Lets things happen, one by one, for as long as the condition holds and nothing beyond `limit` would
   * have to happen. Answers whether the condition has ended.
   */
  runWhile(condition: () => boolean, limit: Instant): boolean {
    while (condition()) {
      if (this.#kernel.nextTime > limit) {
        this.#kernel.run(limit);
        return false;
      }
      this.#kernel.step();
    }
    return true;
  }

  /** Calls back at a time; one that has passed counts as now. No process's end takes it back. */
  schedule(at: Instant, run: () => void): Timer {
    return this.#kernel.after(at - this.#kernel.now, this.#kernel.always, run);
  }

  beat(at: Instant, period: number, run: () => void): Timer {
    return this.#kernel.beat(at - this.#kernel.now, period, this.#kernel.always, run);
  }

  /**
   * Starts a process. Its name, unique in the universe, seeds its randomness and owns its unsynced
   * writes. Throws a RangeError for a name or an address that is taken.
   */
  createProcess(name: string, options: ProcessOptions): SimulatedProcess {
    if (this.#processes.has(name)) throw new RangeError(`there is a process ${name} already`);
    const { site } = options;
    const clock = this.#clocks.get(site);
    const datastores = this.#datastores.get(site);
    if (!clock || !datastores) throw new RangeError(`site ${site.name} is not of this topology`);
    const process = new SimulatedProcess(name, options, {
      kernel: this.#kernel,
      hub: this.#hub,
      clock,
      datastores,
      random: this.random.fork(`process ${name}`),
      codec: this.#codec,
      endpoint: options.dhcp ? this.#hub.leased(options.endpoint) : options.endpoint,
      watch: this.#watch,
    });
    this.#processes.set(name, process);
    return process;
  }

  /** Nothing crosses the link any more. What was under way waits, and nobody is told. */
  cut(link: Link): void {
    this.#hub.links.cut(link);
    this.#hub.linksChanged();
  }

  /** The link is as the topology says again, after a cut as after a change. */
  heal(link: Link): void {
    this.#hub.links.heal(link, this.#kernel.now);
    this.#hub.linksChanged();
  }

  degrade(link: Link, change: LinkChange): void {
    this.#hub.links.degrade(link, change, this.#kernel.now);
    this.#hub.linksChanged();
  }

  /** Sets a site's clock forward (or back) by milliseconds, on top of what was done before. */
  skewClock(site: Site, by: number): void {
    const clock = this.#clocks.get(site);
    if (!clock) throw new RangeError(`site ${site.name} is not of this topology`);
    clock.offset += by;
    // Who waits for a time by this clock looks at it anew.
    this.#hub.doubt();
  }

  /** Lets a site's clock run fast (or slow) from now on, by so many milliseconds in a million. */
  driftClock(site: Site, partsPerMillion: number): void {
    const clock = this.#clocks.get(site);
    if (!clock) throw new RangeError(`site ${site.name} is not of this topology`);
    clock.offset = clockShows(clock, this.#kernel.now) - this.#kernel.now;
    clock.since = this.#kernel.now;
    clock.drift = partsPerMillion / 1_000_000;
    this.#hub.doubt();
  }

  /** Whether a site's clock runs faster or slower than it should. */
  get clocksDrift(): boolean {
    for (const { drift } of this.#clocks.values()) if (drift !== 0) return true;
    return false;
  }

  /**
   * What a site's clock shows more than {@link now}, in milliseconds: exactly, unlike the difference of two times. Of a
   * clock that drifts, what it showed more when it began to.
   */
  clockOffset(site: Site): number {
    return this.#clocks.get(site)?.offset ?? 0;
  }

  /** What a site's clock shows. */
  clockOf(site: Site): Instant {
    const clock = this.#clocks.get(site);
    return clock ? clockShows(clock, this.#kernel.now) : this.#kernel.now;
  }

  /**
   * Lets something outside the simulation take all but `free` bytes of a datastore, or give back what
   * it took. Space that simulated files take stays taken.
   */
  fill(site: Site, datastore: string, free: number): void {
    this.#datastore(site, datastore).fill(free);
  }

  // --- For stretches of time in which nothing happens but beats ---------------------------------

  /**
   * Lets everything happen that is due up to a time but the beats. Those are held until it is over and keep their
   * times, even where these have passed by then: a leap puts such a beat right, otherwise it comes late. Time ends
   * at the last thing that has happened.
   */
  settle(limit: Instant): void {
    this.#kernel.settle(limit);
  }

  /** When the first thing happens that is not a beat; infinity where there is none. */
  get quietUntil(): Instant {
    return this.#kernel.quietUntil;
  }

  /**
   * Sets time forward, past nothing but beats: each of those that were due until then, or are then, comes at the
   * first of its steady times behind it.
   *
   * @throws RangeError where anything but a beat is due until then, or that time has come already
   */
  leap(to: Instant): void {
    this.#kernel.leap(to);
  }

  /** The files of a site, for a stretch of time that is leapt over. */
  ground(site: Site): Ground {
    return new SiteGround(this.#kernel, (path) => this.#datastore(site, datastoreOf(path)));
  }

  // --- For tests that torture the engine ---------------------------------------------------------

  /** Has everything observed from now on; undefined: nothing any more. */
  observe(observer: Observer | undefined): void {
    this.#watch.observer = observer;
  }

  get observer(): Observer | undefined {
    return this.#watch.observer;
  }

  /** A process by its name. */
  process(name: string): SimulatedProcess | undefined {
    return this.#processes.get(name);
  }

  /** Nothing crosses the link any more in one direction: from the first network that it joins, or back. */
  cutOneWay(link: Link, forward: boolean): void {
    this.#hub.links.cutOneWay(link, forward);
    this.#hub.linksChanged();
  }

  /** Sets what goes wrong on a datastore; undefined: nothing. */
  setFaults(site: Site, datastore: string, faults: StorageFaults | undefined): void {
    this.#datastore(site, datastore).faults = faults;
  }

  /** Makes everything on a datastore take so many times as long. */
  slow(site: Site, datastore: string, factor: number): void {
    this.#datastore(site, datastore).slowness = factor;
  }

  /** Paths of the files below a folder (`datastore/...`), relative to it, sorted. */
  files(site: Site, folder: string): readonly string[] {
    return this.#datastore(site, datastoreOf(folder)).list(folder);
  }

  /** What a file holds, as a reader sees it; undefined where there is no such file. */
  peek(site: Site, path: string): Payload | undefined {
    const content = this.#datastore(site, datastoreOf(path)).file(path)?.content;
    return content?.read(0, content.size);
  }

  /** Flips a bit of a file, at rest. */
  rot(site: Site, path: string, offset: number): void {
    this.#datastore(site, datastoreOf(path)).file(path)?.content.damage(offset);
  }

  /** Lets a file vanish from its folder. Who has it open keeps it. */
  lose(site: Site, path: string): void {
    this.#datastore(site, datastoreOf(path)).lose(path);
  }

  /** Bytes. */
  space(site: Site, datastore: string): { readonly capacity: number; readonly free: number } {
    const { capacity, free } = this.#datastore(site, datastore);
    return { capacity, free };
  }

  #datastore(site: Site, name: string): Datastore {
    const datastore = this.#datastores.get(site)?.get(name);
    if (!datastore) throw new RangeError(`site ${site.name} has no datastore ${name}`);
    return datastore;
  }
}

function datastoreOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}
