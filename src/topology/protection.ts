/** Which host sends what, which host receives what, and over which links it travels. */
import type { Host, ProtectedVm, Site, Topology, Vm } from './model.ts';
import type { Hop } from './reachability.ts';

/** What the VRA of a host has to do. */
export interface HostLoad {
  readonly host: Host;
  /** Every VM that runs on the host, protected or not. */
  readonly running: readonly Vm[];
  /** Protections of VMs that run on the host: its VRA sends their writes. */
  readonly sends: readonly ProtectedVm[];
  /** Protections that recover to the host: its VRA keeps their replicas and journals. */
  readonly receives: readonly ProtectedVm[];
}

interface GrowingLoad extends HostLoad {
  readonly running: Vm[];
  readonly sends: ProtectedVm[];
  readonly receives: ProtectedVm[];
}

/** The load of every host of the topology, in the order of the file. One pass over all VMs. */
export function hostLoads(topology: Topology): ReadonlyMap<Host, HostLoad> {
  const loads = new Map<Host, GrowingLoad>();
  for (const site of topology.sites.values()) {
    for (const host of site.hosts.values()) {
      loads.set(host, { host, running: [], sends: [], receives: [] });
    }
  }
  for (const site of topology.sites.values()) {
    for (const vm of site.vms.values()) {
      if (vm.host.target) loads.get(vm.host.target)?.running.push(vm);
    }
  }
  for (const vpg of topology.vpgs.values()) {
    for (const protectedVm of vpg.vms.values()) {
      const source = protectedVm.vm.target?.host.target;
      if (source) loads.get(source)?.sends.push(protectedVm);
      const recovery = protectedVm.recoveryHost.target;
      if (recovery) loads.get(recovery)?.receives.push(protectedVm);
    }
  }
  return loads;
}

/**
 * Finds the way between two sites: as few links as possible, and of several side by side the widest.
 * Undefined where nothing joins them. Ports and firewalls are not asked (reachability is).
 */
export function createSitePaths(
  topology: Topology,
): (from: Site, to: Site) => readonly Hop[] | undefined {
  const neighbours = new Map<Site, Map<Site, Hop>>();
  const join = (from: Site, to: Site, hop: Hop): void => {
    let hops = neighbours.get(from);
    if (!hops) neighbours.set(from, (hops = new Map<Site, Hop>()));
    const known = hops.get(to);
    if (!known || known.link.bandwidth < hop.link.bandwidth) hops.set(to, hop);
  };
  for (const link of topology.links.values()) {
    const [a, b] = link.joins.map((end) => end.target?.site);
    if (!a || !b || a === b) continue;
    join(a, b, { link, forward: true });
    join(b, a, { link, forward: false });
  }

  const reachedFrom = new Map<Site, Map<Site, readonly Hop[]>>();
  return (from, to) => {
    let reached = reachedFrom.get(from);
    if (!reached) {
      reached = new Map<Site, readonly Hop[]>([[from, []]]);
      // A Map hands out what is added while it is walked, which makes it the queue as well.
      for (const [site, path] of reached) {
        for (const [next, hop] of neighbours.get(site) ?? []) {
          if (!reached.has(next)) reached.set(next, [...path, hop]);
        }
      }
      reachedFrom.set(from, reached);
    }
    return reached.get(to);
  };
}
