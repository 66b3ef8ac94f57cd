import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import { sitePairsOf } from '../../../topology/flows.ts';
import type { Site, Topology } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { knowsAllLinks } from '../network/unread.ts';

export const noPath: Rule = {
  name: 'link/no-path',
  title: 'Nothing joins two sites that replicate',
  severity: 'error',
  facts: ['NET-3'],
  check(context) {
    const { topology, report } = context;
    const unjoined = sitePairsOf(topology).filter(({ sites }) => !areJoined(topology, ...sites));
    if (unjoined.length === 0 || !knowsAllLinks(context)) return;
    const pairings = pairingPlaces(topology);
    for (const { sites, vpgs } of unjoined) {
      const [a, b] = sites;
      const at = pairings.get(a)?.get(b) ?? (vpgs[0] && within(vpgs[0].place, 'to'));
      if (!at) continue;
      report({
        at,
        message:
          `No link leads from ${a.name} to ${b.name}, not even by way of another site. Declare the ` +
          `link that joins their replication networks, such as joins: [${nameOf(a)}, ${nameOf(b)}].`,
      });
    }
  },
};

const knownGroups = new WeakMap<Topology, ReadonlyMap<Site, Site>>();

/** Whether links lead from one site to the other, asking neither ports nor routes. */
export function areJoined(topology: Topology, a: Site, b: Site): boolean {
  let groups = knownGroups.get(topology);
  if (!groups) knownGroups.set(topology, (groups = groupSites(topology)));
  return groups.get(a) === groups.get(b);
}

/** Each site with one site that stands for all that links join it with. */
function groupSites(topology: Topology): ReadonlyMap<Site, Site> {
  const neighbours = new Map<Site, Site[]>();
  for (const site of topology.sites.values()) neighbours.set(site, []);
  for (const { joins } of topology.links.values()) {
    const [a, b] = joins.map(({ target }) => target);
    // An isolated network routes nothing out, so a link that ends in it joins nothing.
    if (!a || !b || a.isolated || b.isolated) continue;
    neighbours.get(a.site)?.push(b.site);
    neighbours.get(b.site)?.push(a.site);
  }
  const groups = new Map<Site, Site>();
  for (const start of topology.sites.values()) {
    const waiting = groups.has(start) ? [] : [start];
    for (let site = waiting.pop(); site; site = waiting.pop()) {
      if (groups.has(site)) continue;
      groups.set(site, start);
      waiting.push(...(neighbours.get(site) ?? []));
    }
  }
  return groups;
}

function pairingPlaces(topology: Topology): ReadonlyMap<Site, ReadonlyMap<Site, Place>> {
  const places = new Map<Site, Map<Site, Place>>();
  for (const { place, sites } of topology.pairings) {
    const [a, b] = sites.map(({ target }) => target);
    if (!a || !b) continue;
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      let others = places.get(first);
      if (!others) places.set(first, (others = new Map<Site, Place>()));
      if (!others.has(second)) others.set(second, place);
    }
  }
  return places;
}

/** A network that a link of the site would end in, as a link names it. */
function nameOf(site: Site): string {
  const replication = site.zvm?.replicationNic?.target?.network.name;
  return `${site.name}/${replication ?? [...site.networks.keys()][0] ?? 'NETWORK'}`;
}
