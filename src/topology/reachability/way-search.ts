/**
 * The search for the best way from one network to others.
 *
 * It goes on from where the last question left it (and opens a network's links only when it has to),
 * so that asking from a hub for each of its thousand spokes costs one walk over the links, and asking
 * from a spoke for the hub costs one step.
 */
import type { Network, Site } from '../model.ts';
import { isRouted, linkBlocks } from './crossings.ts';
import type { Block, Crossings, Passage } from './crossings.ts';
import { popFromHeap, pushToHeap } from './heap.ts';
import type { Hop } from './types.ts';

export type Way =
  | { readonly ok: true; readonly hops: readonly Hop[]; readonly mtu: number }
  /** The blocks of the way that has the fewest of them, in the order met; none: no way at all. */
  | { readonly ok: false; readonly blocks: readonly Block[] };

/** The best way is the one with the fewest blocks, then with the fewest links. */
export type WaySearch = (to: Network) => Way;

interface Cost {
  readonly blocks: number;
  readonly links: number;
  /** Links crossed before the first block: of equal ways, the one that gets further tells more. */
  readonly unhindered: number;
}

/** A packet that has come into a network, either where it began or over a link. */
interface Arrival extends Cost {
  readonly at: Network;
  readonly mtu: number;
  /** Of equal arrivals, the one found first goes on. */
  readonly order: number;
  readonly before: Arrival | undefined;
  readonly hop: Hop | undefined;
  readonly met: readonly Block[];
}

interface Goal extends Cost {
  readonly arrival: Arrival;
  readonly met: readonly Block[];
}

export function createWaySearch(crossings: Crossings, passage: Passage, from: Network): WaySearch {
  const heap: Arrival[] = [];
  const settled = new Set<Network>();
  const arrivals = new Map<Site, Arrival[]>();
  let unopened: Arrival | undefined;
  let order = 0;

  pushToHeap(heap, comesFirst, {
    at: from,
    blocks: 0,
    links: 0,
    unhindered: 0,
    mtu: from.mtu,
    order: order++,
    before: undefined,
    hop: undefined,
    met: [],
  });

  const openLinks = (arrival: Arrival): void => {
    const { at } = arrival;
    for (const { near, far, hop } of crossings.linkEndsOf(at.site)) {
      if (settled.has(far) || !isRouted(at, near)) continue;
      const blocked = linkBlocks(hop.link, passage);
      const filtered = crossings.firewallBlocks(at, near, passage);
      const met = filtered.length === 0 ? blocked : [...filtered, ...blocked];
      const linkMtu = passage.state ? passage.state.mtuOf(hop.link) : hop.link.mtu;
      pushToHeap(heap, comesFirst, {
        ...further(arrival, met, 1),
        at: far,
        mtu: Math.min(arrival.mtu, near.mtu, linkMtu, far.mtu),
        order: order++,
        before: arrival,
        hop,
        met,
      });
    }
  };

  /** The next network that the search comes into, cheapest first. */
  const arrive = (): Arrival | undefined => {
    if (unopened) openLinks(unopened);
    unopened = undefined;
    for (;;) {
      const arrival = popFromHeap(heap, comesFirst);
      if (!arrival) return undefined;
      if (settled.has(arrival.at)) continue;
      settled.add(arrival.at);
      unopened = arrival;
      const { site } = arrival.at;
      const known = arrivals.get(site);
      if (known) known.push(arrival);
      else arrivals.set(site, [arrival]);
      return arrival;
    }
  };

  // Within a site a packet is routed once, straight to the network that it is for or leaves by: going
  // round through a third network would slip past a firewall.
  const goalBy = (arrival: Arrival, to: Network): Goal | undefined => {
    if (!isRouted(arrival.at, to)) return undefined;
    const met = crossings.firewallBlocks(arrival.at, to, passage);
    return { ...further(arrival, met, 0), arrival, met };
  };

  return (to) => {
    let best: Goal | undefined;
    const consider = (arrival: Arrival): void => {
      const goal = goalBy(arrival, to);
      if (goal && (!best || isBetter(goal, best))) best = goal;
    };
    arrivals.get(to.site)?.forEach(consider);
    for (;;) {
      // Whatever lies behind an arrival costs at least as much as the arrival itself.
      const next = unopened ?? heap[0];
      if (!next || (best && !isBetter(next, best))) break;
      const arrival = arrive();
      if (arrival?.at.site === to.site) consider(arrival);
    }
    return best ? wayTo(best, to) : { ok: false, blocks: [] };
  };
}

function further(arrival: Arrival, met: readonly Block[], links: 0 | 1): Cost {
  return {
    blocks: arrival.blocks + met.length,
    links: arrival.links + links,
    unhindered: arrival.blocks > 0 || met.length === 0 ? arrival.unhindered + links : arrival.links,
  };
}

function isBetter(a: Cost, b: Cost): boolean {
  if (a.blocks !== b.blocks) return a.blocks < b.blocks;
  if (a.links !== b.links) return a.links < b.links;
  return a.unhindered > b.unhindered;
}

function comesFirst(a: Arrival, b: Arrival): boolean {
  return isBetter(a, b) || (!isBetter(b, a) && a.order < b.order);
}

function wayTo({ arrival, met, blocks }: Goal, to: Network): Way {
  const arrivals: Arrival[] = [];
  for (let each: Arrival | undefined = arrival; each; each = each.before) arrivals.push(each);
  arrivals.reverse();
  if (blocks > 0) {
    return { ok: false, blocks: [...arrivals.flatMap((each) => each.met), ...met] };
  }
  const hops = arrivals.flatMap(({ hop }) => hop ?? []);
  return { ok: true, hops, mtu: Math.min(arrival.mtu, to.mtu) };
}
