/** A process of the engine on the real machine: a World that ends with it, over files that stay. */
import type { Site } from '../../../topology/model.ts';
import type { Endpoint } from '../../../topology/reachability.ts';
import { CarriedNetwork, NetworkStation } from '../network/network.ts';
import type { NetworkHub } from '../network/network.ts';
import type { Life } from '../schedule/life.ts';
import type { EngineProcess, KillOptions, ProcessOptions } from '../universe.ts';
import type { Clock, Cpu, Instant, Random, Timer, World } from '../world.ts';
import { createNodeCodec } from './codec.ts';
import type { Inodes } from './inode.ts';
import type { Places } from './places.ts';
import type { RealTime } from './real-time.ts';
import { NodeStorage } from './storage.ts';

const minute = 60_000;
const day = 86_400_000;

/** What a process gets from its universe. */
export interface NodeSurroundings {
  readonly time: RealTime;
  readonly hub: NetworkHub;
  readonly places: Places;
  readonly inodes: Inodes;
  readonly random: Random;
  readonly cpu: Cpu;
  readonly endpoint: Endpoint | undefined;
}

interface NodeWorld extends World {
  readonly life: Life;
  readonly storage: NodeStorage;
}

export class NodeProcess implements EngineProcess {
  readonly name: string;
  readonly site: Site;
  readonly endpoint: Endpoint | undefined;
  readonly #around: NodeSurroundings;
  readonly #options: ProcessOptions;
  readonly #station: NetworkStation;
  #world: NodeWorld;
  #lives = 1;

  constructor(name: string, options: ProcessOptions, around: NodeSurroundings) {
    this.name = name;
    this.site = options.site;
    this.endpoint = around.endpoint;
    this.#around = around;
    this.#options = options;
    const life = around.time.beginLife();
    this.#station = new NetworkStation(name, around.endpoint, options.packetSize ?? 0, life);
    around.hub.register(this.#station);
    this.#world = this.#begin(life, undefined);
  }

  get world(): World {
    return this.#world;
  }

  get alive(): boolean {
    return this.#world.life.alive;
  }

  kill(options: KillOptions = {}): void {
    const silent = options.silent ?? false;
    const { life, storage } = this.#world;
    if (!life.alive && !silent) return;
    // Before the life ends, for a closing connection is its last act.
    this.#station.down(silent);
    life.alive = false;
    storage.end();
  }

  restart(): World {
    if (this.alive) this.kill();
    this.#lives++;
    const life = this.#around.time.beginLife();
    this.#station.up(life);
    this.#world = this.#begin(life, this.#world.storage);
    return this.#world;
  }

  /** Calls back when the system has answered all that the last life asked for; its files are closed then. */
  whenIdle(run: () => void): void {
    this.#world.storage.whenIdle(run);
  }

  #begin(life: Life, before: NodeStorage | undefined): NodeWorld {
    const { time, hub, places, inodes, random, cpu } = this.#around;
    const shared = this.#options.cpu;
    return {
      name: this.name,
      life,
      clock: new NodeClock(time, life),
      network: new CarriedNetwork(hub, this.#station, life),
      storage: new NodeStorage(life, places, inodes, before),
      random: random.fork(`life ${this.#lives}`),
      codec: createNodeCodec(life),
      // The real load, and what somebody says to be taken on top of it.
      cpu: { load: () => Math.min(1, cpu.load() + (shared?.taken ?? 0)) },
    };
  }
}

/** The time of day is the machine's, what is waited for goes by a clock that nobody sets. */
class NodeClock implements Clock {
  readonly #time: RealTime;
  readonly #life: Life;

  constructor(time: RealTime, life: Life) {
    this.#time = time;
    this.#life = life;
  }

  now(): Instant {
    return Date.now();
  }

  timeOfDay(): number {
    const now = new Date();
    const local = now.getTime() - now.getTimezoneOffset() * minute;
    return ((local % day) + day) % day;
  }

  elapsed(): Instant {
    return this.#time.now;
  }

  after(delay: number, run: () => void): Timer {
    return this.#time.after(delay, this.#life, run);
  }

  /** Real time never leaps. */
  beat(delay: number, _period: number, run: (leftOut: number) => void): Timer {
    return this.after(delay, () => {
      run(0);
    });
  }
}
