/** Makes a scenario up from a seed. */
import { createRandom } from '../../src/engine/world/random.ts';
import type { Random } from '../../src/engine/world/world.ts';
import { annexOf, datastores, wanOf } from './scenario.ts';
import type {
  Act,
  FileKind,
  Rest,
  Scenario,
  ScenarioHost,
  ScenarioSite,
  ScenarioVm,
  ScenarioVpg,
} from './scenario.ts';

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

export function generate(seed: number): Scenario {
  return new Generator(seed).scenario();
}

class Generator {
  readonly #seed: number;
  #random: Random;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed).fork('scenario');
  }

  scenario(): Scenario {
    const mode = this.#chance(0.8) ? 'bounded' : 'unbounded';
    const harm = this.#between(25, 70) * 1000;
    const sites = this.#sites();
    const vms = this.#vms(sites);
    const vpgs = this.#vpgs(sites, vms);
    const wan = {
      bandwidth: this.#pick([250_000, 1_250_000, 12_500_000]),
      latency: this.#pick([1, 5, 12, 60]),
    };
    const acts: Act[] = [];
    for (const vm of vms) this.#workload(vm, harm, acts);
    this.#operations(vpgs, harm, acts);
    this.#chains(sites, vpgs, vms, harm, acts);
    // Some trials are about one kind of harm, most about several; a few are about none.
    const kinds = this.#kinds(mode, { seed: this.#seed, mode, harm, sites, wan, vms, vpgs, acts });
    const count = this.#pick([0, 1, 2, 3, 4, 6, 9]);
    const chosen = [this.#pick(kinds), this.#pick(kinds), this.#pick(kinds)];
    for (let index = 0; index < count; index++) {
      const at = this.#between(0, harm * 0.9);
      const made = this.#pick(chosen)(at);
      if (made) acts.push(made);
    }
    // From a random of its own, so that the rest of a seed is what it was.
    this.#random = createRandom(this.#seed).fork('recoveries');
    if (this.#chance(0.4)) this.#recoveries(vpgs, harm, kinds, acts);
    this.#random = createRandom(this.#seed).fork('rot');
    if (mode === 'unbounded') this.#rot(vpgs, harm, acts);
    this.#random = createRandom(this.#seed).fork('rest');
    const rest = this.#chance(1 / 3) ? this.#rest(sites, wan, vms) : undefined;
    const kept = rest && this.#chance(0.6) ? this.#longer(vpgs) : vpgs;
    acts.sort((a, b) => a.at - b.at);
    // Where syncs lie, a log lies as well: it is believed only by those who can believe their datastore.
    // And time leaps over nothing that is noted.
    const activityLog = mode === 'bounded' && this.#seed % 2 === 0 && !rest;
    return {
      seed: this.#seed,
      mode,
      activityLog,
      ...(rest && { rest }),
      harm,
      sites,
      wan,
      vms,
      vpgs: kept,
      acts,
    };
  }

  // --- What there is ---------------------------------------------------------------------------

  #sites(): ScenarioSite[] {
    const names = this.#chance(0.2) ? ['A', 'B', 'C'] : ['A', 'B'];
    return names.map((name) => {
      const hosts = this.#between(1, 3);
      return {
        name,
        hosts: Array.from({ length: hosts }, (_, index) => ({
          name: `h${index}`,
          pool: this.#pick([256 * kib, mib, 4 * mib, 64 * mib]),
          annex: index > 0 && this.#chance(0.5) ? this.#pick([2, 8, 25]) : 0,
        })),
      };
    });
  }

  #vms(sites: readonly ScenarioSite[]): ScenarioVm[] {
    const count = this.#between(1, 4);
    return Array.from({ length: count }, (_, index) => {
      // Most are at the first site, so that VPGs have several of them.
      const site = this.#chance(0.75) ? sites[0] : this.#pick(sites);
      const disks = this.#chance(0.25) ? 2 : 1;
      return {
        name: `vm${index}`,
        site: site?.name ?? 'A',
        host: this.#hostFor(site?.hosts ?? [], index).name,
        disks: Array.from({ length: disks }, () =>
          this.#pick([256 * kib, mib, mib, 4 * mib + 512, 16 * mib]),
        ),
      };
    });
  }

  /** Mostly one after the other, so that VPGs span hosts. */
  #hostFor(hosts: readonly ScenarioHost[], index: number): ScenarioHost {
    return (this.#chance(0.7) ? hosts[index % hosts.length] : undefined) ?? this.#pick(hosts);
  }

  #vpgs(sites: readonly ScenarioSite[], vms: readonly ScenarioVm[]): ScenarioVpg[] {
    const vpgs: ScenarioVpg[] = [];
    for (const from of sites) {
      let members = vms.filter((vm) => vm.site === from.name);
      while (members.length > 0 && vpgs.length < 3) {
        const to = this.#pick(sites.filter((site) => site !== from));
        const last = vpgs.length === 2 || this.#chance(0.6);
        const taken = last ? members : members.slice(0, this.#between(1, members.length));
        members = members.slice(taken.length);
        vpgs.push({
          name: `g${vpgs.length}`,
          from: from.name,
          to: to.name,
          vms: taken.map((vm) => ({ vm: vm.name, recoveryHost: this.#pick(to.hosts).name })),
          history: this.#pick([10_000, 20_000, 45_000, 3_600_000]),
          ...(this.#chance(0.2) && { hardLimit: this.#pick([mib, 8 * mib]) }),
          ...(this.#chance(0.3) && { scratchLimit: this.#pick([256 * kib, 2 * mib]) }),
          compression: this.#chance(0.7),
        });
      }
    }
    return vpgs;
  }

  #rest(
    sites: readonly ScenarioSite[],
    { bandwidth }: Scenario['wan'],
    vms: readonly ScenarioVm[],
  ): Rest {
    const idle = this.#chance(0.2);
    // What all VMs write in 5 s at once has to fit into the buffer of any VRA, or nothing ever comes to rest.
    const pool = Math.min(...sites.flatMap(({ hosts }) => hosts.map((host) => host.pool)));
    const most = Math.min(pool / 40, bandwidth / 16);
    const rates = [512, 4 * kib, 16 * kib, 64 * kib].filter((rate) => rate <= most);
    const change = vms.map(({ name }) => {
      const isIdle = idle && this.#chance(0.5);
      return [name, isIdle ? 0 : this.#pick(rates)] as const;
    });
    const before = this.#pick([3, 5, 12, 30, 75, 180]) * 60_000;
    return {
      change: Object.fromEntries(change),
      before: before + this.#between(0, 10_000),
      lands: this.#chance(0.5),
      after: this.#chance(0.5) ? this.#between(120_000, 1_800_000) : 0,
    };
  }

  /** With a history of more than what is lived through behind a leap, so that its checkpoints are there. */
  #longer(vpgs: readonly ScenarioVpg[]): ScenarioVpg[] {
    return vpgs.map((vpg) => ({
      ...vpg,
      history: Math.max(vpg.history, this.#pick([2, 4, 10, 25]) * 60_000),
    }));
  }

  // --- What is done ----------------------------------------------------------------------------

  #workload(vm: ScenarioVm, harm: number, acts: Act[]): void {
    // Everything once, so that there is something to lose.
    const size = Math.max(...vm.disks);
    const common = { do: 'writes', vm: vm.name } as const;
    acts.push({
      ...common,
      at: this.#between(0, 2000),
      seed: this.#seedOf(),
      count: this.#between(3, 12),
      every: this.#between(1, 200),
      largest: Math.min(size, mib),
      zeroes: 0,
      within: 0,
    });
    const rounds = this.#between(2, 7);
    for (let index = 0; index < rounds; index++) {
      acts.push({
        ...common,
        at: this.#between(0, harm),
        seed: this.#seedOf(),
        count: this.#pick([1, 5, 20, 60, 150]),
        every: this.#pick([0, 1, 7, 40, 150]),
        largest: this.#pick([512, 4096, 64 * kib, 256 * kib, mib + 4096]),
        zeroes: this.#pick([0, 0, 5, 30]),
        within: this.#pick([0, 0, 64 * kib, 256 * kib]),
      });
    }
  }

  /** Chains of writes across VMs that run through a cut, some while one of the hosts hears of it late. */
  #chains(
    sites: readonly ScenarioSite[],
    vpgs: readonly ScenarioVpg[],
    vms: readonly ScenarioVm[],
    harm: number,
    acts: Act[],
  ): void {
    for (const { name: vpg, from, vms: members } of vpgs) {
      if (members.length < 2) continue;
      const hosts = new Set(
        members.map((member) => vms.find(({ name }) => name === member.vm)?.host ?? ''),
      );
      const site = sites.find(({ name }) => name === from);
      const far = site?.hosts.filter(({ name, annex }) => annex > 0 && hosts.has(name)) ?? [];
      for (let index = this.#between(1, 4); index > 0; index--) {
        const tick = this.#between(1, harm / 5000) * 5000;
        const at = tick - this.#between(0, 20);
        acts.push({ vpg, do: 'chain', at, count: this.#pick([60, 200, 600]) });
        if (far.length === 0 || hosts.size < 2 || !this.#chance(0.3)) continue;
        const link = annexOf(from, this.#pick(far).name);
        const latency = this.#pick([120, 300, 700]);
        acts.push({ do: 'degrade', at: tick - 1000, link, for: 4000, latency });
      }
    }
  }

  #operations(vpgs: readonly ScenarioVpg[], harm: number, acts: Act[]): void {
    for (const { name: vpg } of vpgs) {
      const common = { vpg } as const;
      if (this.#chance(0.4)) acts.push({ ...common, do: 'tag', at: this.#between(0, harm) });
      for (let index = this.#between(0, 3); index > 0; index--) {
        acts.push({
          ...common,
          do: 'test',
          at: this.#between(6000, harm),
          pick: this.#random.next(),
          writes: this.#pick([0, 0, 4, 30]),
          for: this.#pick([0, 0, 500, 8000]),
        });
      }
      if (this.#chance(0.15)) {
        const at = this.#between(0, harm);
        acts.push({ ...common, do: 'pause', at, for: this.#between(500, 15_000) });
      }
    }
  }

  /** Recoveries and copies, some with harm in their middle. */
  #recoveries(
    vpgs: readonly ScenarioVpg[],
    harm: number,
    kinds: readonly ((at: number) => Act | undefined)[],
    acts: Act[],
  ): void {
    const harmSoon = (at: number): void => {
      if (!this.#chance(0.5)) return;
      const made = this.#pick(kinds)(at + this.#pick([0, 1, 5, 30, 300, 3000, 20_000]));
      if (made) acts.push(made);
    };
    const siteOf = ({ from, to }: ScenarioVpg): { site?: string } =>
      this.#chance(0.5) ? {} : { site: this.#chance(0.5) ? from : to };
    for (const vpg of vpgs) {
      const common = { vpg: vpg.name } as const;
      const at = (): number => this.#between(6000, harm);
      if (this.#chance(0.7)) {
        const from = this.#between(6000, harm * 0.7);
        const verb = this.#chance(0.6) ? 'failover' : 'move';
        acts.push({
          ...common,
          do: 'recover',
          at: from,
          verb,
          pick: this.#random.next(),
          shutdown: this.#pick(['none', 'none', 'shutdown', 'force']),
          policy: this.#pick(['none', 'none', 'commit', 'rollback']),
          wait: this.#between(1000, 20_000),
          reverse: this.#chance(0.5),
          ...siteOf(vpg),
        });
        harmSoon(from);
        for (let index = this.#between(0, 3); index > 0; index--) {
          const late = from + this.#pick([100, 2000, 8000, 35_000]) + this.#between(0, 4000);
          const choice = this.#random.next();
          if (choice < 0.7) {
            const commit = this.#chance(0.6);
            acts.push({ ...common, do: 'decide', at: late, commit, ...siteOf(vpg) });
            harmSoon(late);
          } else acts.push({ ...common, do: 'reverse', at: late });
        }
      }
      if (this.#chance(0.4)) {
        const pick = this.#random.next();
        acts.push({ ...common, do: this.#chance(0.5) ? 'clone' : 'restore', at: at(), pick });
      }
      if (this.#chance(0.2)) acts.push({ ...common, do: 'force-sync', at: at() });
    }
  }

  /** Data rots in a journal, and right behind that somebody reads it. */
  #rot(vpgs: readonly ScenarioVpg[], harm: number, acts: Act[]): void {
    for (const { name: vpg, to: site, compression } of vpgs) {
      if (!this.#chance(compression ? 0.2 : 0.8)) continue;
      for (let index = this.#between(1, 3); index > 0; index--) {
        const at = this.#between(8000, harm);
        const pick = this.#seedOf();
        acts.push({ do: 'rot-data', at, site, vpg, pick, frames: this.#pick([1, 2, 5]) });
        const newest = this.#chance(0.5) ? 0.999 : this.#random.next();
        acts.push({ do: 'test', at: at + 1, vpg, pick: newest, writes: 0, for: 0 });
      }
    }
  }

  /** Ways to do harm in this scenario. */
  #kinds(mode: Scenario['mode'], made: Scenario): ((at: number) => Act | undefined)[] {
    const { sites, vpgs } = made;
    const site = (): ScenarioSite => this.#pick(sites);
    const links = [
      ...sites.flatMap((a, index) => sites.slice(index + 1).map((b) => wanOf(a.name, b.name))),
      ...sites.flatMap((a) =>
        a.hosts.filter(({ annex }) => annex > 0).map(({ name }) => annexOf(a.name, name)),
      ),
    ];
    const long = (): number => this.#pick([20, 300, 3000, 12_000, 30_000]);
    const vra = (): string => {
      // Those that have something to do.
      const names = vpgs.flatMap(({ from, to, vms }) =>
        vms.flatMap(({ vm, recoveryHost }) => [
          `${to}/${recoveryHost}`,
          `${from}/${made.vms.find(({ name }) => name === vm)?.host ?? ''}`,
        ]),
      );
      return this.#pick(names);
    };
    const recovery = (): string => this.#pick(vpgs).to;
    const down = (at: number, what: string, ending: 'off' | 'end'): Act => ({
      do: 'down',
      at,
      what,
      ending,
      for: long(),
      ...(this.#chance(0.6) && { afterIo: this.#between(0, 40) }),
    });
    const ending = (): 'off' | 'end' => (this.#chance(0.6) ? 'off' : 'end');
    const kinds: ((at: number) => Act | undefined)[] = [
      (at) => down(at, `${vra()}/vra`, ending()),
      (at) => down(at, `${vra()}/vra`, ending()),
      (at) => down(at, `${site().name}/zvm`, ending()),
      (at) => down(at, vra(), 'off'),
      (at) => (this.#chance(0.3) ? down(at, site().name, 'off') : undefined),
      (at) => ({ do: 'cut', at, link: this.#pick(links), for: long() }),
      (at) => ({
        do: 'cut-one-way',
        at,
        link: this.#pick(links),
        forward: this.#chance(0.5),
        for: long(),
      }),
      (at) => ({
        do: 'degrade',
        at,
        link: this.#pick(links),
        for: long(),
        ...this.#pick([
          { bandwidth: this.#pick([8000, 40_000, 200_000]) },
          { latency: this.#pick([100, 700, 3000]) },
          { loss: this.#pick([0.01, 0.1, 0.4]) },
        ]),
      }),
      (at) => {
        const process = this.#chance(0.7) ? `vra ${vra()}` : `zvm ${site().name}`;
        return { do: 'reset', at, process, halfOpen: this.#chance(0.5) };
      },
      (at) => ({
        do: 'fill',
        at,
        site: recovery(),
        datastore: datastores.recovery,
        free: this.#pick([0, 64 * kib, mib, 20 * gib]),
        for: long(),
      }),
      (at) => ({
        do: 'slow',
        at,
        site: site().name,
        datastore: this.#pick(Object.values(datastores)),
        factor: this.#pick([10, 100, 1000]),
        for: long(),
      }),
      (at) => ({
        do: 'io',
        at,
        site: recovery(),
        fault: this.#pick(['read-fails', 'write-fails', 'sync-fails'] as const),
        on: this.#pick(['segment', 'watermark', 'replica', 'scratch'] as const),
        times: this.#pick([1, 1, 3, 20]),
        for: long(),
      }),
      (at) => ({
        do: 'clock',
        at,
        site: site().name,
        // What a clock that was hours ahead has dated stays ahead for hours: no healing to be expected.
        by: this.#pick(
          mode === 'bounded'
            ? [-4000, -400, 300, 5000]
            : [-3_600_000, -20_000, -4000, -400, 300, 5000, 60_000, 7_200_000],
        ),
      }),
      (at) => ({
        do: 'drift',
        at,
        site: site().name,
        partsPerMillion: this.#pick([-2000, -200, 200, 2000]),
      }),
    ];
    if (mode === 'unbounded') {
      const damaged = (): FileKind => this.#pick(['segment', 'watermark', 'scratch'] as const);
      kinds.push(
        (at) => ({
          do: 'io',
          at,
          site: recovery(),
          fault: this.#pick(['sync-lies', 'phantom', 'misdirected'] as const),
          on: damaged(),
          times: this.#pick([1, 1, 5, 1000]),
          for: long(),
        }),
        (at) => ({ do: 'rot', at, site: recovery(), on: damaged(), pick: this.#seedOf() }),
        (at) => ({ do: 'rot', at, site: recovery(), on: damaged(), pick: this.#seedOf() }),
        (at) => ({ do: 'lose', at, site: recovery(), on: 'segment', pick: this.#seedOf() }),
      );
    }
    return kinds;
  }

  // --- Chance ----------------------------------------------------------------------------------

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  /** A whole number, both ends included. */
  #between(least: number, most: number): number {
    return least + this.#random.integer(Math.floor(most) - least + 1);
  }

  #seedOf(): number {
    return this.#random.integer(2 ** 31);
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[this.#random.integer(from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}
