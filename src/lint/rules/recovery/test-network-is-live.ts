import { contains } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { insertEntry, renderScalar, replaceValue } from '../../../topology/edit.ts';
import type { Link, Network, Site, Topology } from '../../../topology/model.ts';
import type { Fix, Rule } from '../../rule.ts';
import { addressesOf } from '../network/addresses.ts';
import { recoveredNics } from './recovered-nics.ts';
import type { RecoveredNic } from './recovered-nics.ts';

export const testNetworkIsLive: Rule = {
  name: 'recovery/test-network-is-live',
  title: 'A failover test runs in a network that is live',
  severity: 'warning',
  facts: ['OUT-12'],
  check({ topology, report }) {
    const live = liveNetworks(topology);
    const verdicts = new Map<Network, Verdict | undefined>();
    for (const each of recoveredNics(topology)) {
      const { kind, network, nic, protectedVm, site } = each;
      if (kind !== 'test') continue;
      if (!verdicts.has(network)) verdicts.set(network, judge(network, topology, live));
      const verdict = verdicts.get(network);
      if (!verdict) continue;
      report({
        at: within(nic.place, 'network'),
        message:
          `${verdict.because}, so a failover test would put a second ${protectedVm.name} beside the ` +
          'one that works: the same name and addresses twice, and jobs that run twice. A test ' +
          'belongs into a network that nothing routes to.',
        fixes: [...useBubble(each, site), ...(verdict.mayBeIsolated ? [isolate(network)] : [])],
        related: [{ message: `The network ${network.name}`, place: network.place }],
      });
    }
  },
};

interface Verdict {
  readonly because: string;
  readonly mayBeIsolated: boolean;
}

/** Networks that recovered VMs or components live in, and why. */
function liveNetworks(topology: Topology): ReadonlyMap<Network, string> {
  const live = new Map<Network, string>();
  for (const { kind, network, protectedVm } of recoveredNics(topology)) {
    if (kind === 'failover' && !live.has(network)) {
      live.set(network, `${protectedVm.name} goes there in a failover`);
    }
  }
  for (const site of topology.sites.values()) {
    for (const { network, label } of addressesOf(site)) {
      if (network?.target && !live.has(network.target)) {
        live.set(network.target, `${label} is in it`);
      }
    }
  }
  return live;
}

function judge(
  network: Network,
  topology: Topology,
  live: ReadonlyMap<Network, string>,
): Verdict | undefined {
  const why = live.get(network);
  if (why !== undefined) {
    return { because: `${network.name} is a live network (${why})`, mayBeIsolated: false };
  }
  if (network.isolated) return undefined;
  const link = linkInto(topology, network);
  if (link) {
    return { because: `The link ${link.name} leads into ${network.name}`, mayBeIsolated: false };
  }
  for (const other of network.site.networks.values()) {
    if (other === network || other.isolated || isWalled(network.site, network, other)) continue;
    return {
      because: `${network.name} is not isolated and can route to ${other.name}`,
      mayBeIsolated: true,
    };
  }
  return undefined;
}

function linkInto(topology: Topology, network: Network): Link | undefined {
  for (const link of topology.links.values()) {
    if (link.joins.some(({ target }) => target === network)) return link;
  }
  return undefined;
}

/** Whether a firewall between the two lets nothing pass. */
function isWalled(site: Site, a: Network, b: Network): boolean {
  const entries = site.firewalls.filter(({ between: [first, second] }) =>
    first.target === a ? second.target === b : first.target === b && second.target === a,
  );
  return entries.length > 0 && entries.every(({ allow }) => allow !== 'any' && allow.length === 0);
}

function useBubble({ nic, network }: RecoveredNic, site: Site): readonly Fix[] {
  const bubbles = [...site.networks.values()].filter(({ isolated }) => isolated);
  const bubble =
    bubbles.find(
      ({ cidr }) => cidr.network === network.cidr.network && cidr.prefix === network.cidr.prefix,
    ) ?? bubbles[0];
  if (!bubble || bubble === network) return [];
  const { document, path } = nic.place;
  const { address, gateway } = nic;
  const moved =
    address !== undefined && address !== 'dhcp' && !contains(bubble.cidr, address.address);
  // A gateway of the other range has to go with the address that belongs to it.
  if (moved && gateway !== undefined) return [];
  return [
    {
      title: `Test in the isolated network ${bubble.name}`,
      edits: [
        ...replaceValue(document, [...path, 'network'], renderScalar(bubble.name)),
        ...(moved ? replaceValue(document, [...path, 'address'], 'dhcp') : []),
      ],
      safe: false,
    },
  ];
}

function isolate(network: Network): Fix {
  const { document, path } = network.place;
  const at = [...path, 'isolated'];
  return {
    title: `Isolate ${network.name}`,
    edits: document.has(at)
      ? replaceValue(document, at, 'true')
      : insertEntry(document, path, 'isolated', true),
    safe: false,
  };
}
