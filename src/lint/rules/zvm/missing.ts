import { within } from '../../../topology/document.ts';
import type { Site, Topology, Vpg } from '../../../topology/model.ts';
import { sitePairsOf } from '../../../topology/flows.ts';
import type { Rule } from '../../rule.ts';
import { loneZvmsOf } from './lone-zvms.ts';

export const missing: Rule = {
  name: 'zvm/missing',
  title: 'A site that replicates has no ZVM',
  severity: 'warning',
  facts: ['OUT-5', 'OUT-10'],
  check({ topology, report }) {
    const explained = new Set(loneZvmsOf(topology).map(({ recoverySite }) => recoverySite));
    const orphans = orphanedVpgs(topology);
    const sites = new Set(sitePairsOf(topology).flatMap(({ sites }) => sites));
    for (const site of sites) {
      if (hasZvm(site)) continue;
      const orphan = orphans.get(site);
      if (!orphan && explained.has(site)) continue;
      report({
        at: site.place,
        on: 'key',
        severity: orphan ? 'error' : 'warning',
        message: orphan
          ? `Neither ${orphan.from.name} nor ${orphan.to.name} has a ZVM, so VPG ${orphan.name} gets ` +
            'no checkpoints and nothing can recover it. At least one ZVM is needed, best one a site.'
          : `${site.name} has no ZVM. Best is one in every protected and every recovery site: with ` +
            'only one, its outage leaves nobody to make checkpoints or start a recovery.',
        related: orphan ? [{ message: `VPG ${orphan.name}`, place: orphan.place }] : [],
      });
    }
  },
};

/** Whether the file gives the site a ZVM, be it one that could not be read. */
function hasZvm(site: Site): boolean {
  return site.place.document.has(within(site.place, 'zvm').path);
}

/** For each site the first VPG of which neither end has a ZVM. */
function orphanedVpgs(topology: Topology): ReadonlyMap<Site, Vpg> {
  const orphans = new Map<Site, Vpg>();
  for (const vpg of topology.vpgs.values()) {
    const ends = [vpg.from.target, vpg.to.target];
    for (const site of ends) {
      if (!site || orphans.has(site)) continue;
      if (ends.every((end) => end && !hasZvm(end))) orphans.set(site, vpg);
    }
  }
  return orphans;
}
