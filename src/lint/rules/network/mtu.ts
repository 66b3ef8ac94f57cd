import { within } from '../../../topology/document.ts';
import { packetHeader, vraMtu } from '../../../topology/limits.ts';
import type { Network, Topology } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';

/**
 * The MTU of a VRA is that of its whole packets: the probe that goes with the number
 * (`ping -M do -s 1464`) adds 28 bytes of header to its 1464. So a path of 1492 bytes will do.
 */
export const mtu: Rule = {
  name: 'network/mtu',
  title: 'MTU below what the VRAs send',
  severity: 'warning',
  facts: ['NET-3'],
  check({ topology, report }) {
    const small = (what: string, bytes: number): string =>
      `${what} carries packets of at most ${bytes} bytes, and the VRAs send ${vraMtu} ` +
      `(${vraMtu - packetHeader} and ${packetHeader} of header): they arrive in pieces or not at all. ` +
      `Raise this MTU to ${vraMtu}, or lower that of the VRAs to ${bytes}.`;

    for (const link of topology.links.values()) {
      if (link.mtu >= vraMtu) continue;
      report({ at: within(link.place, 'mtu'), message: small(`Link ${link.name}`, link.mtu) });
    }
    for (const network of replicationNetworks(topology)) {
      if (network.mtu >= vraMtu) continue;
      const what = `Network ${network.name} of ${network.site.name}`;
      report({ at: within(network.place, 'mtu'), message: small(what, network.mtu) });
    }
  },
};

/** The networks that replication passes: those of VRAs, and those that links end in. */
function replicationNetworks(topology: Topology): ReadonlySet<Network> {
  const networks = new Set<Network>();
  const add = (network: Network | undefined): void => {
    if (network) networks.add(network);
  };
  for (const site of topology.sites.values()) {
    for (const { vra } of site.hosts.values()) add(vra?.network.target);
  }
  for (const link of topology.links.values()) for (const end of link.joins) add(end.target);
  return networks;
}
