import { broadcastOf, formatCidr } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { sitePairsOf } from '../../../topology/flows.ts';
import type { Network, Site } from '../../../topology/model.ts';
import { endpointOfZvm } from '../../../topology/reachability.ts';
import type { Rule } from '../../rule.ts';

export const overlap: Rule = {
  name: 'network/overlap',
  title: 'Sites that replicate have overlapping ranges',
  severity: 'error',
  facts: ['NET-1'],
  check({ topology, report }) {
    for (const { sites } of sitePairsOf(topology)) {
      const carriers = new Set(sites.flatMap(replicationNetworksOf));
      for (const [first, second] of overlapsBetween(...sites)) {
        const carries = carriers.has(first) || carriers.has(second);
        const [range, other] = [second, first].map(({ cidr }) => formatCidr(cidr));
        const same = range === other ? 'is also' : 'overlaps';
        report({
          at: within(second.place, 'cidr'),
          severity: carries ? 'error' : 'information',
          message:
            `The range ${String(range)} of ${second.site.name}/${second.name} ${same} that of ` +
            `${first.site.name}/${first.name}${range === other ? '' : ` (${String(other)})`}: ` +
            (carries
              ? 'packets for the other site never leave their own, so the two cannot replicate. ' +
                'Replicate over networks whose ranges differ, with a second NIC in each ZVM.'
              : 'the two cannot reach each other directly. Replication does not use them, so it is not affected.'),
          related: [
            {
              message: `${first.site.name}/${first.name} is ${String(other)}`,
              place: within(first.place, 'cidr'),
            },
          ],
        });
      }
    }
  },
};

/** The networks that a site replicates over: that of its ZVM's replication NIC, those of its VRAs. */
export function replicationNetworksOf(site: Site): readonly Network[] {
  const zvm = site.zvm && endpointOfZvm(site.zvm);
  const nic = zvm?.nics.find(({ name }) => name === zvm.aimedAt);
  const networks = new Set<Network>(nic ? [nic.network] : []);
  for (const { vra } of site.hosts.values())
    if (vra?.network.target) networks.add(vra.network.target);
  return [...networks];
}

/**
 * The pairs of networks, one of each site, whose ranges share addresses. Isolated networks have no
 * way out, so what they copy disturbs nobody.
 *
 * Ranges either hold each other or are apart, so in the order of their first address the ones around
 * a range lie on a stack: O(n log n) and the pairs found.
 */
function overlapsBetween(first: Site, second: Site): readonly (readonly [Network, Network])[] {
  const inOrder = [...first.networks.values(), ...second.networks.values()]
    .filter((network) => !network.isolated)
    .sort((a, b) => a.cidr.network - b.cidr.network || a.cidr.prefix - b.cidr.prefix);
  const around: Network[] = [];
  const pairs: (readonly [Network, Network])[] = [];
  for (const network of inOrder) {
    for (let top = around.at(-1); top; top = around.at(-1)) {
      if (broadcastOf(top.cidr) >= network.cidr.network) break;
      around.pop();
    }
    for (const other of around) {
      if (other.site === network.site) continue;
      pairs.push(network.site === second ? [other, network] : [network, other]);
    }
    around.push(network);
  }
  return pairs;
}
