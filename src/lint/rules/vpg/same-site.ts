import { within } from '../../../topology/document.ts';
import { renderScalar, replaceValue } from '../../../topology/edit.ts';
import { peersOf } from '../../../topology/flows.ts';
import type { Site, Topology } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';

export const sameSite: Rule = {
  name: 'vpg/same-site',
  title: 'A VPG recovers to the site that it protects',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const { name, place, from, to } of topology.vpgs.values()) {
      const site = from.target;
      if (!site || site !== to.target) continue;
      const at = within(place, 'to');
      report({
        at,
        message:
          `${name} protects ${site.name} and recovers to it, so what takes the site takes the ` +
          'replicas and the journals with it. Name another site to recover to.',
        fixes: otherSites(topology, site).map((other) => ({
          title: `Recover to ${other.name}`,
          edits: replaceValue(at.document, at.path, renderScalar(other.name)),
          safe: false,
        })),
      });
    }
  },
};

/** Those that it is paired with; without any, the other one where there are just two. */
function otherSites(topology: Topology, site: Site): readonly Site[] {
  const peers = peersOf(topology, site).filter((peer) => peer !== site);
  if (peers.length > 0) return peers.slice(0, 3);
  const others = [...topology.sites.values()].filter((each) => each !== site);
  return others.length === 1 ? others : [];
}
