import type { Link, Site, Topology } from '../../../topology/model.ts';

/**
 * Links over which nothing that is paired or protected can travel.
 *
 * Takes away, again and again, the sites at the end of a single line that replicate with nobody:
 * nothing passes through them. What is left, and hangs together with a site that replicates, may
 * carry traffic. One pass over sites and links.
 */
export function unusedLinks(topology: Topology): readonly Link[] {
  const replicating = new Set<Site>();
  for (const { sites } of topology.pairings) {
    for (const { target } of sites) if (target) replicating.add(target);
  }
  for (const { from, to } of topology.vpgs.values()) {
    if (from.target) replicating.add(from.target);
    if (to.target) replicating.add(to.target);
  }

  const neighbours = new Map<Site, Set<Site>>();
  const linked = new Map<Link, readonly [Site, Site]>();
  for (const link of topology.links.values()) {
    const [a, b] = link.joins;
    // An unknown end is another rule's finding; a link within a site leads nowhere else.
    if (!a.target || !b.target) continue;
    const ends = [a.target.site, b.target.site] as const;
    if (ends[0] === ends[1]) continue;
    linked.set(link, ends);
    join(neighbours, ends[0], ends[1]);
    join(neighbours, ends[1], ends[0]);
  }

  const gone = new Set<Site>();
  const ends = [...neighbours.keys()];
  for (let site = ends.pop(); site; site = ends.pop()) {
    const around = neighbours.get(site);
    if (gone.has(site) || replicating.has(site) || !around || around.size > 1) continue;
    gone.add(site);
    for (const neighbour of around) {
      neighbours.get(neighbour)?.delete(site);
      ends.push(neighbour);
    }
  }

  const alive = reachableFrom(replicating, neighbours, gone);
  return [...linked].flatMap(([link, [a, b]]) => (alive.has(a) && alive.has(b) ? [] : [link]));
}

function reachableFrom(
  start: ReadonlySet<Site>,
  neighbours: ReadonlyMap<Site, ReadonlySet<Site>>,
  gone: ReadonlySet<Site>,
): ReadonlySet<Site> {
  const reached = new Set(start);
  // A Set hands out what is added while it is walked, which makes it the queue as well.
  for (const site of reached) {
    for (const next of neighbours.get(site) ?? []) if (!gone.has(next)) reached.add(next);
  }
  return reached;
}

function join(neighbours: Map<Site, Set<Site>>, from: Site, to: Site): void {
  const around = neighbours.get(from);
  if (around) around.add(to);
  else neighbours.set(from, new Set([to]));
}
