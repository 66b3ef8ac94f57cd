/** A process in a simulated universe: it can be killed and started again over the same files. */
import type { Site } from '../../../topology/model.ts';
import type { Endpoint } from '../../../topology/reachability.ts';
import type { EngineProcess, KillOptions, ProcessOptions, SharedCpu } from '../universe.ts';
import type { Clock, Codec, Instant, Random, Timer, World } from '../world.ts';
import type { Datastore } from './datastore.ts';
import type { Watch } from './harm.ts';
import type { Kernel } from './kernel.ts';
import type { Life } from '../schedule/life.ts';
import { NetworkStation, CarriedNetwork } from '../network/network.ts';
import type { NetworkHub } from '../network/network.ts';
import { SimulatedStorage } from './storage.ts';

const day = 86_400_000;

/** A site's clock: off by this many milliseconds, and by more of them with each that passes. */
export interface SiteClock {
  offset: number;
  /** Milliseconds per millisecond since `since`. */
  drift: number;
  since: Instant;
}

export function clockShows(clock: SiteClock, now: Instant): Instant {
  if (clock.drift === 0) return now + clock.offset;
  return now + clock.offset + (now - clock.since) * clock.drift;
}

/** What a process gets from its universe. */
export interface ProcessSurroundings {
  readonly kernel: Kernel;
  readonly hub: NetworkHub;
  readonly clock: SiteClock;
  readonly datastores: ReadonlyMap<string, Datastore>;
  readonly random: Random;
  readonly codec: Codec;
  readonly endpoint: Endpoint | undefined;
  readonly watch: Watch;
}

export class SimulatedProcess implements EngineProcess {
  readonly name: string;
  readonly site: Site;
  readonly endpoint: Endpoint | undefined;
  readonly #around: ProcessSurroundings;
  readonly #station: NetworkStation;
  readonly #cpu: SharedCpu;
  readonly #endings: (() => void)[] = [];
  #world: SimulatedWorld;
  #lives = 1;

  constructor(name: string, options: ProcessOptions, around: ProcessSurroundings) {
    this.name = name;
    this.site = options.site;
    this.endpoint = around.endpoint;
    this.#around = around;
    this.#cpu = options.cpu ?? { taken: 0 };
    const life = around.kernel.beginLife();
    this.#station = new NetworkStation(name, around.endpoint, options.packetSize ?? 0, life);
    around.hub.register(this.#station);
    this.#world = this.#begin(life);
  }

  /** The World of the present life, or of the last one. */
  get world(): World {
    return this.#world;
  }

  get alive(): boolean {
    return this.#world.life.alive;
  }

  /** Calls back whenever the process ends, in the order of registration. */
  onEnd(run: () => void): void {
    this.#endings.push(run);
  }

  /** Ends the process. One that has ended already can still lose the power of its machine. */
  kill(options: KillOptions = {}): void {
    const silent = options.silent ?? false;
    const { life } = this.#world;
    const wasAlive = life.alive;
    if (!wasAlive && !silent) return;
    const { kernel, datastores, random } = this.#around;
    // Before the life ends, for a closing connection is its last act.
    this.#station.down(silent);
    life.alive = false;
    const chance = random.fork(`end ${this.#lives}`);
    for (const datastore of datastores.values()) {
      datastore.ownerEnded(this.name, silent, kernel.now, chance);
    }
    if (!wasAlive) return;
    for (const run of this.#endings) run();
  }

  /**
   * Breaks all its connections. With `halfOpen` only this side hears of it: the other one believes in them
   * until it notices that nothing comes back.
   */
  breakConnections(options: { readonly halfOpen: boolean }): void {
    this.#station.breakConnections(options.halfOpen);
  }

  /** Starts the process anew, killing it first where it runs. Its machine has power again. */
  restart(): World {
    if (this.alive) this.kill();
    this.#lives++;
    const life = this.#around.kernel.beginLife();
    this.#station.up(life);
    this.#world = this.#begin(life);
    return this.#world;
  }

  #begin(life: Life): SimulatedWorld {
    const { kernel, hub, clock, datastores, random, codec, watch } = this.#around;
    const cpu = this.#cpu;
    const owner = { name: this.name, kernel, life, datastores, watch };
    return {
      name: this.name,
      life,
      clock: new SimulatedClock(kernel, life, clock),
      network: new CarriedNetwork(hub, this.#station, life),
      storage: new SimulatedStorage(owner),
      random: random.fork(`life ${this.#lives}`),
      codec,
      cpu: { load: () => cpu.taken },
    };
  }
}

interface SimulatedWorld extends World {
  readonly life: Life;
}

class SimulatedClock implements Clock {
  readonly #kernel: Kernel;
  readonly #life: Life;
  readonly #site: SiteClock;

  constructor(kernel: Kernel, life: Life, site: SiteClock) {
    this.#kernel = kernel;
    this.#life = life;
    this.#site = site;
  }

  now(): Instant {
    return clockShows(this.#site, this.#kernel.now);
  }

  timeOfDay(): number {
    return ((this.now() % day) + day) % day;
  }

  elapsed(): Instant {
    return this.#kernel.now;
  }

  after(delay: number, run: () => void): Timer {
    return this.#kernel.after(delay, this.#life, run);
  }

  beat(delay: number, period: number, run: (leftOut: number) => void): Timer {
    return this.#kernel.beat(delay, period, this.#life, run);
  }
}
