/** The networks of a topology, what joins them, and the search for a way between two of them. */
import { pushToHeap, popFromHeap } from './heap.ts';
import type { Firewall, Link, Network, Site, Topology } from '../model.ts';
import type { Hop, NetworkState } from './types.ts';

/** Something on the way that does not let a packet through. */
export type Block =
  | {
      readonly reason: 'firewall';
      readonly firewall: Firewall;
      readonly from: Network;
      readonly to: Network;
    }
  | { readonly reason: 'link-port' | 'link-cut' | 'nat'; readonly link: Link };

export type Way =
  | { readonly ok: true; readonly hops: readonly Hop[]; readonly mtu: number }
  /** The blocks of the way that has the fewest of them, in the order met; none: no way at all. */
  | { readonly ok: false; readonly blocks: readonly Block[] };

export interface NetworkMap {
  /**
   * The way with the fewest links. `port` undefined asks for the way of an answer, which firewalls
   * and links let through because they remember the connection.
   */
  way(from: Network, to: Network, port: number | undefined, state?: NetworkState): Way;
}

interface LinkEnd {
  readonly near: Network;
  readonly far: Network;
  readonly hop: Hop;
}

/** A packet that has come into `at`, either where it began or over a link. */
interface Step {
  readonly at: Network | undefined;
  readonly blocks: number;
  readonly links: number;
  /** Links crossed before the first block: of equal ways, the one that gets further tells more. */
  readonly unhindered: number;
  readonly mtu: number;
  readonly order: number;
  readonly before: Step | undefined;
  readonly hop: Hop | undefined;
  readonly met: readonly Block[];
}

const none: readonly Block[] = [];

export function createNetworkMap(topology: Topology): NetworkMap {
  const linkEnds = linkEndsBySite(topology);
  const firewalls = firewallsByNetworks(topology);
  const known = new Map<Network, Map<Network, Map<number | undefined, Way>>>();

  const firewallBlocks = (
    from: Network,
    to: Network,
    port: number | undefined,
  ): readonly Block[] => {
    if (port === undefined) return none;
    const entries = firewalls.get(from)?.get(to);
    const [first] = entries ?? [];
    if (!entries || !first || entries.some((entry) => allows(entry.allow, port))) return none;
    return [{ reason: 'firewall', firewall: first, from, to }];
  };

  const search = (
    from: Network,
    to: Network,
    port: number | undefined,
    state: NetworkState | undefined,
  ): Way => {
    const heap: Step[] = [];
    const settled = new Set<Network | undefined>();
    let order = 0;
    const go = (
      before: Step,
      at: Network | undefined,
      hop: Hop | undefined,
      met: readonly Block[],
      mtu: number,
    ): void => {
      const stopped = before.blocks > 0 || met.length > 0;
      pushToHeap(heap, comesFirst, {
        at,
        blocks: before.blocks + met.length,
        links: before.links + (hop ? 1 : 0),
        unhindered: before.blocks > 0 || !stopped ? before.unhindered : before.links,
        mtu: Math.min(before.mtu, mtu),
        order: order++,
        before,
        hop,
        met,
      });
    };
    pushToHeap(heap, comesFirst, {
      at: from,
      blocks: 0,
      links: 0,
      unhindered: 0,
      mtu: from.mtu,
      order: order++,
      before: undefined,
      hop: undefined,
      met: none,
    });

    for (let step = popFromHeap(heap, comesFirst); step; step = popFromHeap(heap, comesFirst)) {
      const { at } = step;
      if (settled.has(at)) continue;
      settled.add(at);
      if (!at) return conclude(step);
      // Within a site a packet is routed once, straight to the network that it leaves by: going round
      // through a third network would slip past a firewall.
      if (at === to) go(step, undefined, undefined, none, to.mtu);
      else if (at.site === to.site && isRouted(at, to)) {
        go(step, undefined, undefined, firewallBlocks(at, to, port), to.mtu);
      }
      for (const { near, far, hop } of linkEnds.get(at.site) ?? []) {
        if (settled.has(far) || (near !== at && !isRouted(near, at))) continue;
        const met = [
          ...(near === at ? none : firewallBlocks(at, near, port)),
          ...linkBlocks(hop.link, port, state),
        ];
        const linkMtu = state ? state.mtuOf(hop.link) : hop.link.mtu;
        go(step, far, hop, met, Math.min(near.mtu, linkMtu, far.mtu));
      }
    }
    return { ok: false, blocks: none };
  };

  return {
    way(from, to, port, state) {
      if (state) return search(from, to, port, state);
      let byTarget = known.get(from);
      if (!byTarget) known.set(from, (byTarget = new Map<Network, Map<number | undefined, Way>>()));
      let byPort = byTarget.get(to);
      if (!byPort) byTarget.set(to, (byPort = new Map<number | undefined, Way>()));
      let way = byPort.get(port);
      if (!way) byPort.set(port, (way = search(from, to, port, undefined)));
      return way;
    },
  };
}

/** Fewest blocks, then fewest links, then the one that gets furthest, then the order of the file. */
function comesFirst(a: Step, b: Step): boolean {
  if (a.blocks !== b.blocks) return a.blocks < b.blocks;
  if (a.links !== b.links) return a.links < b.links;
  if (a.unhindered !== b.unhindered) return a.unhindered > b.unhindered;
  return a.order < b.order;
}

function conclude(last: Step): Way {
  const steps: Step[] = [];
  for (let step: Step | undefined = last; step; step = step.before) steps.push(step);
  steps.reverse();
  if (last.blocks > 0) return { ok: false, blocks: steps.flatMap((step) => step.met) };
  return { ok: true, hops: steps.flatMap((step) => step.hop ?? []), mtu: last.mtu };
}

function isRouted(a: Network, b: Network): boolean {
  return !a.isolated && !b.isolated;
}

function allows(allow: 'any' | readonly number[], port: number): boolean {
  return allow === 'any' || allow.includes(port);
}

function linkBlocks(
  link: Link,
  port: number | undefined,
  state: NetworkState | undefined,
): readonly Block[] {
  const reasons: ('link-port' | 'link-cut' | 'nat')[] = [];
  if (state?.isCut(link)) reasons.push('link-cut');
  if (link.nat) reasons.push('nat');
  if (port !== undefined && !allows(link.allow, port)) reasons.push('link-port');
  return reasons.map((reason) => ({ reason, link }));
}

/** An isolated network has no router, so a link that ends in one carries nothing. */
function linkEndsBySite(topology: Topology): ReadonlyMap<Site, readonly LinkEnd[]> {
  const bySite = new Map<Site, LinkEnd[]>();
  for (const link of topology.links.values()) {
    const first = link.joins[0].target;
    const second = link.joins[1].target;
    if (!first || !second || !isRouted(first, second)) continue;
    for (const forward of [true, false]) {
      const [near, far] = forward ? [first, second] : [second, first];
      let ends = bySite.get(near.site);
      if (!ends) bySite.set(near.site, (ends = []));
      ends.push({ near, far, hop: { link, forward } });
    }
  }
  return bySite;
}

/** Several entries between the same networks add up: each lets its own ports through. */
function firewallsByNetworks(
  topology: Topology,
): ReadonlyMap<Network, ReadonlyMap<Network, readonly Firewall[]>> {
  const byNetworks = new Map<Network, Map<Network, Firewall[]>>();
  const add = (a: Network, b: Network, firewall: Firewall): void => {
    let others = byNetworks.get(a);
    if (!others) byNetworks.set(a, (others = new Map<Network, Firewall[]>()));
    let entries = others.get(b);
    if (!entries) others.set(b, (entries = []));
    entries.push(firewall);
  };
  for (const site of topology.sites.values()) {
    for (const firewall of site.firewalls) {
      const a = firewall.between[0].target;
      const b = firewall.between[1].target;
      if (!a || !b || a === b) continue;
      add(a, b, firewall);
      add(b, a, firewall);
    }
  }
  return byNetworks;
}
