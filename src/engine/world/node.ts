/**
 * The real machine as a universe: its clock, its files, its CPU. The processes of the engine share one
 * process of the system and talk by handing messages over, along the links that the topology declares, with
 * the bandwidth, latency and loss that it gives them.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Link, Site, Topology } from '../../topology/model.ts';
import { NetworkHub } from './network/network.ts';
import './node/checksum.ts';
import { MachineCpu } from './node/cpu.ts';
import { toFileName } from './node/file-names.ts';
import { Inodes } from './node/inode.ts';
import { Places } from './node/places.ts';
import type { RemoteOpener } from './node/places.ts';
import { NodeProcess } from './node/process.ts';
import { RealTime } from './node/real-time.ts';
import { DatastoreSpace } from './node/space.ts';
import { createRandom } from './random.ts';
import type { LinkChange, ProcessOptions, Universe } from './universe.ts';
import type { Instant, Random, Space, Timer } from './world.ts';

/** Milliseconds between two measurings of what lies in the datastores. */
const measuringInterval = 30_000;

export interface NodeUniverseOptions {
  /** A folder for the datastores: `site/datastore/...`. It is made where there is none. */
  readonly folder: string;
  /**
   * Files of the user, by site and by the path that stands for each in its datastores. They are opened as
   * they are: never made, resized or removed.
   */
  readonly given?: ReadonlyMap<Site, ReadonlyMap<string, string>>;
  /** What stands for files on other servers, by site and path; each is opened as it is, as a file of the user. */
  readonly remotes?: ReadonlyMap<Site, ReadonlyMap<string, RemoteOpener>> | undefined;
  /** Bytes that have to stay free in every datastore; by default what is usual for its capacity. */
  readonly datastoreFloor?: number | undefined;
  /** A whole number; by default chance gives it. */
  readonly seed?: number | undefined;
}

interface SiteGround {
  readonly places: Places;
  readonly datastores: ReadonlyMap<string, DatastoreSpace>;
}

export class NodeUniverse implements Universe {
  readonly topology: Topology;
  readonly #time = new RealTime();
  readonly #hub: NetworkHub;
  /** Chance, for what lives in the universe beside its processes. */
  readonly random: Random;
  readonly #cpu = new MachineCpu();
  readonly #inodes = new Inodes();
  readonly #sites = new Map<Site, SiteGround>();
  readonly #processes = new Map<string, NodeProcess>();

  /** Throws what the system says where the folders cannot be made. */
  constructor(topology: Topology, options: NodeUniverseOptions) {
    this.topology = topology;
    this.random = createRandom(options.seed ?? randomInt(2 ** 47));
    const network = this.random.fork('network');
    this.#hub = new NetworkHub(topology, this.#time, network, {
      freezeMessages: false,
      vouches: false,
      listening: { observer: undefined },
    });
    for (const site of topology.sites.values()) {
      const folder = join(options.folder, toFileName(site.name));
      const datastores = new Map<string, DatastoreSpace>();
      for (const { name, capacity } of site.datastores.values()) {
        const path = join(folder, toFileName(name));
        mkdirSync(path, { recursive: true, mode: 0o700 });
        datastores.set(name, new DatastoreSpace(path, capacity, options.datastoreFloor));
      }
      const places = new Places(
        folder,
        datastores,
        options.given?.get(site) ?? new Map(),
        options.remotes?.get(site) ?? new Map(),
      );
      this.#sites.set(site, { places, datastores });
    }
    this.#measure();
  }

  /** By the machine's wall clock, which somebody may set. */
  get now(): Instant {
    return Date.now();
  }

  createProcess(name: string, options: ProcessOptions): NodeProcess {
    if (this.#processes.has(name)) throw new RangeError(`there is a process ${name} already`);
    const { places } = this.#ground(options.site);
    const process = new NodeProcess(name, options, {
      time: this.#time,
      hub: this.#hub,
      places,
      inodes: this.#inodes,
      random: this.random.fork(`process ${name}`),
      cpu: this.#cpu,
      endpoint: options.dhcp ? this.#hub.leased(options.endpoint) : options.endpoint,
    });
    this.#processes.set(name, process);
    return process;
  }

  schedule(at: Instant, run: () => void): Timer {
    return this.#time.after(at - this.now, this.#time.always, run);
  }

  /** Real time never leaps. */
  beat(at: Instant, _period: number, run: () => void): Timer {
    return this.schedule(at, run);
  }

  cut(link: Link): void {
    this.#hub.links.cut(link);
    this.#hub.linksChanged();
  }

  heal(link: Link): void {
    this.#hub.links.heal(link, this.#time.now);
    this.#hub.linksChanged();
  }

  degrade(link: Link, change: LinkChange): void {
    this.#hub.links.degrade(link, change, this.#time.now);
    this.#hub.linksChanged();
  }

  clockOf(_site: Site): Instant {
    return this.now;
  }

  space(site: Site, datastore: string): Space {
    const found = this.#ground(site).datastores.get(datastore);
    if (!found) throw new RangeError(`site ${site.name} has no datastore ${datastore}`);
    return found.get();
  }

  /** Ends all processes and calls back when their files are closed. Nothing happens afterwards. */
  stop(done: () => void): void {
    let left = this.#processes.size;
    const finished = (): void => {
      if (--left > 0) return;
      this.#time.stop();
      done();
    };
    left += 1;
    for (const process of this.#processes.values()) {
      process.kill({ silent: true });
      process.whenIdle(finished);
    }
    setImmediate(finished);
  }

  #measure(): void {
    const spaces = [...this.#sites.values()].flatMap(({ datastores }) => [...datastores.values()]);
    let left = spaces.length;
    for (const space of spaces) {
      space.measure(() => {
        if (--left > 0) return;
        this.#time.after(measuringInterval, this.#time.always, () => {
          this.#measure();
        });
      });
    }
  }

  #ground(site: Site): SiteGround {
    const ground = this.#sites.get(site);
    if (!ground) throw new RangeError(`site ${site.name} is not of this topology`);
    return ground;
  }
}
