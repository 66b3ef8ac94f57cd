/** What leads from one network to another, and what of it does not let a packet through. */
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

/** What is asked of every crossing. */
export interface Passage {
  /** Undefined for an answer, which firewalls and links let through: they know the connection. */
  readonly port: number | undefined;
  readonly state: NetworkState | undefined;
}

/** A link as it is entered from a site. */
export interface LinkEnd {
  readonly near: Network;
  readonly far: Network;
  readonly hop: Hop;
}

export interface Crossings {
  readonly linkEndsOf: (site: Site) => readonly LinkEnd[];
  /** What stops a packet between two networks of a site. */
  readonly firewallBlocks: (from: Network, to: Network, passage: Passage) => readonly Block[];
}

const none: readonly Block[] = [];

export function crossingsOf(topology: Topology): Crossings {
  const linkEnds = linkEndsBySite(topology);
  const firewalls = firewallsByNetworks(topology);
  return {
    linkEndsOf: (site) => linkEnds.get(site) ?? [],
    firewallBlocks(from, to, { port }) {
      if (port === undefined || from === to) return none;
      const entries = firewalls.get(from)?.get(to);
      const [first] = entries ?? [];
      if (!entries || !first || entries.some((entry) => allows(entry.allow, port))) return none;
      return [{ reason: 'firewall', firewall: first, from, to }];
    },
  };
}

export function linkBlocks(link: Link, { port, state }: Passage): readonly Block[] {
  const reasons: ('link-port' | 'link-cut' | 'nat')[] = [];
  if (state?.isCut(link)) reasons.push('link-cut');
  if (link.nat) reasons.push('nat');
  if (port !== undefined && !allows(link.allow, port)) reasons.push('link-port');
  return reasons.length === 0 ? none : reasons.map((reason) => ({ reason, link }));
}

/** Whether a router joins the two networks, which may be one and the same. */
export function isRouted(a: Network, b: Network): boolean {
  return a.site === b.site && (a === b || (!a.isolated && !b.isolated));
}

function allows(allow: 'any' | readonly number[], port: number): boolean {
  return allow === 'any' || allow.includes(port);
}

/** An isolated network has no router, so a link that ends in one carries nothing. */
function linkEndsBySite(topology: Topology): ReadonlyMap<Site, readonly LinkEnd[]> {
  const bySite = new Map<Site, LinkEnd[]>();
  for (const link of topology.links.values()) {
    const first = link.joins[0].target;
    const second = link.joins[1].target;
    if (!first || !second || first.isolated || second.isolated) continue;
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
