/** Does to a lab what a scenario says, and takes it back when its time has come. */
import type { RunningLab } from '../../src/engine/lab/running-lab.ts';
import type { StorageCall, StorageFaults, WriteFate } from '../../src/engine/world/simulated.ts';
import { checkpointInterval } from '../../src/topology/limits.ts';
import type { Component, Link, Site, Topology } from '../../src/topology/model.ts';
import { datastores } from './scenario.ts';
import type { Act, ActOf, FileKind, IoFault, Scenario } from './scenario.ts';
import type { RecoveryAct } from './recoveries.ts';
import { plainData } from './journal-data.ts';
import type { Lies } from './lies.ts';
import type { Witness } from './witness.ts';

interface ActiveFault {
  readonly fault: IoFault;
  readonly on: FileKind;
  left: number;
}

export type HarmAct = Exclude<
  Act,
  { do: 'writes' | 'chain' | 'tag' | 'test' | 'pause' | RecoveryAct['do'] }
>;

export class Harm {
  readonly #scenario: Scenario;
  readonly #topology: Topology;
  readonly #lab: RunningLab;
  readonly #witness: Witness;
  readonly #faults = new Map<string, ActiveFault[]>();
  /** What is still to be taken back. */
  readonly #endings = new Set<() => void>();
  #forgets = false;
  #clockDoubt = 0;
  /** Bytes that are free on a datastore for recovery that nobody fills. */
  readonly #space: number = 0;
  /** What right clocks show more than the universe. */
  readonly #clockBase: number;

  constructor(scenario: Scenario, topology: Topology, lab: RunningLab, witness: Witness) {
    this.#scenario = scenario;
    this.#topology = topology;
    this.#lab = lab;
    this.#witness = witness;
    const [site] = topology.sites.values();
    if (site) this.#space = lab.universe.space(site, datastores.recovery).free;
    this.#clockBase = site ? lab.universe.clockOf(site) - lab.universe.now : 0;
  }

  /** A datastore has lied or lost something: what was acknowledged may be gone. */
  get mayForget(): boolean {
    return this.#forgets;
  }

  /** A datastore failed: what was about to be given up may be kept after all. */
  get mayRetreat(): boolean {
    return this.#forgets || this.#faults.size > 0;
  }

  /** By how much two clocks can be apart, in milliseconds. */
  get clockDoubt(): number {
    // Besides, after a clock was set back the next checkpoint is dated a whole interval after the last one.
    return this.#clockDoubt === 0 ? 0 : this.#clockDoubt + checkpointInterval;
  }

  take(act: HarmAct): void {
    const { universe } = this.#lab;
    switch (act.do) {
      case 'down':
        this.#down(act);
        break;
      case 'cut':
        this.#lab.cutLink(this.#link(act.link));
        this.#healLater(act);
        break;
      case 'cut-one-way':
        universe.cutOneWay(this.#link(act.link), act.forward);
        this.#healLater(act);
        break;
      case 'degrade': {
        const { bandwidth, latency, loss } = act;
        this.#lab.degradeLink(this.#link(act.link), { bandwidth, latency, loss });
        this.#healLater(act);
        break;
      }
      case 'reset':
        universe.process(act.process)?.breakConnections({ halfOpen: act.halfOpen });
        break;
      case 'fill': {
        const site = this.#site(act.site);
        universe.fill(site, act.datastore, act.free);
        this.later(act.for, () => {
          universe.fill(site, act.datastore, this.#space);
        });
        break;
      }
      case 'slow': {
        const site = this.#site(act.site);
        universe.slow(site, act.datastore, act.factor);
        this.later(act.for, () => {
          universe.slow(site, act.datastore, 1);
        });
        break;
      }
      case 'io':
        this.#io(act);
        break;
      case 'rot':
      case 'lose':
        this.#damage(act);
        break;
      case 'rot-data':
        this.#rotData(act);
        break;
      case 'clock':
        universe.skewClock(this.#site(act.site), act.by);
        this.#clockDoubt += Math.abs(act.by);
        break;
      case 'drift':
        universe.driftClock(this.#site(act.site), act.partsPerMillion);
        // Over a trial of ten minutes at most.
        this.#clockDoubt += Math.abs(act.partsPerMillion) * 0.6;
        break;
    }
  }

  /** Takes back after so many milliseconds what was done, or when all harm ends. */
  later(after: number, run: () => void): void {
    const end = (): void => {
      if (this.#endings.delete(end)) run();
    };
    this.#endings.add(end);
    const { universe } = this.#lab;
    universe.schedule(universe.now + after, end);
  }

  endAll(): void {
    for (const end of [...this.#endings]) end();
    this.#witness.ioHooks.clear();
    for (const faults of this.#faults.values()) faults.length = 0;
    for (const link of this.#topology.links.values()) this.#lab.healLink(link);
    this.#setClocks();
    for (const site of this.#topology.sites.values()) {
      for (const datastore of site.datastores.keys()) {
        this.#lab.universe.setFaults(site, datastore, undefined);
      }
    }
  }

  /** Clocks are right again, as a time server would have them. */
  #setClocks(): void {
    const { universe } = this.#lab;
    for (const site of this.#topology.sites.values()) {
      universe.driftClock(site, 0);
      universe.skewClock(site, universe.now + this.#clockBase - universe.clockOf(site));
    }
  }

  // --- Machines --------------------------------------------------------------------------------

  #down(act: ActOf<'down'>): void {
    const component = this.#component(act.what);
    const verb = act.ending === 'off' ? 'powerOff' : 'crash';
    const fall = (): void => {
      this.#lab.power(component, verb);
      this.later(act.for, () => {
        this.#lab.power(component, 'powerOn');
      });
    };
    const { afterIo } = act;
    const process = processOf(act.what);
    if (afterIo === undefined || process === undefined) {
      fall();
      return;
    }
    let left = afterIo;
    this.#witness.ioHooks.set(process, () => {
      if (left-- > 0) return;
      this.#witness.ioHooks.delete(process);
      const { universe } = this.#lab;
      // Right after this I/O has begun, before anything else happens.
      universe.schedule(universe.now, fall);
    });
  }

  #component(path: string): Component {
    const [siteName = '', second, third] = path.split('/');
    const site = this.#site(siteName);
    if (second === undefined) return { kind: 'site', site };
    if (second === 'zvm') return { kind: 'zvm', site };
    const host = site.hosts.get(second);
    if (!host) throw new RangeError(`there is no host ${path}`);
    return third === undefined ? { kind: 'host', site, host } : { kind: 'vra', site, host };
  }

  // --- Network ---------------------------------------------------------------------------------

  #healLater({ link, for: duration }: { readonly link: string; readonly for: number }): void {
    this.later(duration, () => {
      this.#lab.healLink(this.#link(link));
    });
  }

  #link(name: string): Link {
    const link = this.#topology.links.get(name);
    if (!link) throw new RangeError(`there is no link ${name}`);
    return link;
  }

  #site(name: string): Site {
    const site = this.#topology.sites.get(name);
    if (!site) throw new RangeError(`there is no site ${name}`);
    return site;
  }

  // --- Storage ---------------------------------------------------------------------------------

  #io(act: ActOf<'io'>): void {
    const site = this.#site(act.site);
    let faults = this.#faults.get(act.site);
    if (!faults) {
      this.#faults.set(act.site, (faults = []));
      for (const datastore of Object.values(datastores)) {
        this.#lab.universe.setFaults(site, datastore, faultsOf(faults, this.#witness.lies));
      }
    }
    const active = { fault: act.fault, on: act.on, left: act.times };
    faults.push(active);
    if (act.fault === 'sync-lies' || act.fault === 'phantom' || act.fault === 'misdirected') {
      this.#forgets = true;
    }
    this.later(act.for, () => {
      active.left = 0;
    });
  }

  #damage(act: ActOf<'rot'> | ActOf<'lose'>): void {
    const { universe } = this.#lab;
    const site = this.#site(act.site);
    const files = Object.values(datastores).flatMap((datastore) =>
      universe.files(site, datastore).map((path) => `${datastore}/${path}`),
    );
    const fitting = files.filter((path) => kindOf(path) === act.on);
    const path = fitting[act.pick % Math.max(1, fitting.length)];
    if (path === undefined) return;
    this.#forgets = true;
    const { lies } = this.#witness;
    if (act.do === 'lose') {
      lies.told(path, []);
      universe.lose(site, path);
      return;
    }
    const size = universe.peek(site, path)?.length ?? 0;
    if (size === 0) return;
    const offset = (act.pick * 7919) % size;
    lies.told(path, [{ offset, length: 1 }]);
    universe.rot(site, path, offset);
  }

  #rotData({ site: name, vpg, pick, frames }: ActOf<'rot-data'>): void {
    const { universe } = this.#lab;
    const site = this.#site(name);
    const found = universe.files(site, datastores.recovery).flatMap((file) => {
      const [, stream = '', segment] = /^journals\/(.+)\/(\d+)\.seg$/.exec(file) ?? [];
      if (segment === undefined || !stream.startsWith(`${vpg}/`)) return [];
      const path = `${datastores.recovery}/${file}`;
      const content = universe.peek(site, path);
      const places = content ? plainData(content, stream, Number(segment)) : [];
      return places.map((place) => ({ path, ...place }));
    });
    for (let index = 0; index < Math.min(frames, found.length); index++) {
      const chosen = found[(pick * (index + 1)) % found.length];
      if (!chosen) continue;
      const { path, offset, length } = chosen;
      const at = offset + ((pick * 7919) % length);
      this.#forgets = true;
      this.#witness.lies.told(path, [{ offset: at, length: 1 }]);
      universe.rot(site, path, at);
    }
  }

  /** Whether the scenario allows to expect that all heals. */
  get bounded(): boolean {
    return this.#scenario.mode === 'bounded';
  }
}

function processOf(what: string): string | undefined {
  const [site, second, third] = what.split('/');
  if (second === undefined) return undefined;
  if (second === 'zvm') return `zvm ${site}`;
  return third === undefined ? `host ${site}/${second}` : `vra ${site}/${second}`;
}

function kindOf(path: string): FileKind | undefined {
  if (path.endsWith('/watermark')) return 'watermark';
  if (path.includes('/journals/')) return 'segment';
  if (path.includes('/replicas/')) return 'replica';
  if (path.includes('/scratch/')) return 'scratch';
  if (path.includes('/zvm/') || path.includes('/vras/')) return 'state';
  return undefined;
}

function faultsOf(faults: readonly ActiveFault[], lies: Lies): StorageFaults {
  const take = (call: StorageCall, ...wanted: IoFault[]): IoFault | undefined => {
    const kind = kindOf(call.path);
    const found = faults.find(
      ({ fault, on, left }) => left > 0 && on === kind && wanted.includes(fault),
    );
    if (!found) return undefined;
    found.left -= 1;
    return found.fault;
  };
  return {
    write: (call): WriteFate | undefined => {
      const fault = take(call, 'write-fails', 'phantom', 'misdirected');
      if (fault === 'write-fails') return 'failed';
      if (fault === 'phantom') {
        lies.told(call.path, [call]);
        return 'phantom';
      }
      if (fault !== 'misdirected') return undefined;
      const misdirectedTo = Math.max(0, call.offset - 4096);
      lies.told(call.path, [call, { offset: misdirectedTo, length: call.length }]);
      return { misdirectedTo };
    },
    read: (call) => (take(call, 'read-fails') === undefined ? undefined : 'failed'),
    sync: (call) => {
      const fault = take(call, 'sync-fails', 'sync-lies');
      if (fault === 'sync-lies') lies.told(call.path, []);
      return fault === undefined ? undefined : fault === 'sync-fails' ? 'failed' : 'lying';
    },
  };
}
