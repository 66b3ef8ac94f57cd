/**
 * Can A talk to B on port P, by which NIC, and if not, where does it stop?
 *
 * The one model of the network: the linter asks it before anything is deployed, and the simulated
 * network of the engine asks it for every connection, so the two cannot disagree.
 *
 * A sender picks the NIC by longest prefix: its own networks, then its static routes, then its
 * default gateway. From the network that the packet enters, routers of the site carry it to the
 * site's other networks as its firewalls allow, and links carry it to the networks that they join.
 * The answer has to come back by the same rules (firewalls remember the connection, routes do not).
 */
import { contains, formatIpv4 } from './address.ts';

import { within } from './document.ts';
import type { Network, Topology } from './model.ts';
import { departureTo, isOnLink } from './reachability/departure.ts';
import type { Block } from './reachability/crossings.ts';
import { createNetworkMap } from './reachability/network-map.ts';
import type { NetworkMap } from './reachability/network-map.ts';
import type {
  Endpoint,
  EndpointNic,
  Hop,
  NetworkState,
  Reach,
  Stop,
} from './reachability/types.ts';

export { departureTo, isOnLink } from './reachability/departure.ts';
export type { Departure } from './reachability/departure.ts';
export {
  endpointOfHost,
  endpointOfService,
  endpointOfVcenter,
  endpointOfVra,
  endpointOfZvm,
  networkAt,
} from './reachability/endpoints.ts';
export type {
  Endpoint,
  EndpointNic,
  EndpointRoute,
  Hop,
  NetworkState,
  Reach,
  Stop,
  StopReason,
} from './reachability/types.ts';

export interface Reachability {
  /**
   * Whether `from` can open a connection to `to` on a port (1 to 65535) and get an answer.
   *
   * Without a state the ways between networks are remembered, so asking the same for many endpoints
   * of the same networks costs next to nothing; with one, each question searches anew, in the order
   * of the number of links.
   */
  readonly reach: (from: Endpoint, to: Endpoint, port: number, state?: NetworkState) => Reach;
}

const known = new WeakMap<Topology, Reachability>();

/** The reachability of a topology, built on the first question and then kept with it. */
export function reachabilityOf(topology: Topology): Reachability {
  let reachability = known.get(topology);
  if (!reachability) known.set(topology, (reachability = createReachability(topology)));
  return reachability;
}

export function createReachability(topology: Topology): Reachability {
  const map = createNetworkMap(topology);
  return { reach: (from, to, port, state) => reachOver(map, from, to, port, state) };
}

/** {@link Reachability.reach} of the topology. */
export function reach(
  topology: Topology,
  from: Endpoint,
  to: Endpoint,
  port: number,
  state?: NetworkState,
): Reach {
  return reachabilityOf(topology).reach(from, to, port, state);
}

/**
 * The NIC of the target that a sender aims at: within a site one that shares a network with the
 * sender, otherwise the one that the target is known by (a ZVM's replication NIC, NET-8).
 */
export function targetNicOf(from: Endpoint, to: Endpoint): EndpointNic | undefined {
  if (to.nics.length < 2) return to.nics[0];
  const byName = [...to.nics].sort((a, b) => (a.name < b.name ? -1 : 1));
  const shared =
    from.site === to.site
      ? byName.find((nic) => from.nics.some((own) => own.network === nic.network))
      : undefined;
  return shared ?? byName.find((nic) => nic.name === to.aimedAt) ?? byName[0];
}

function reachOver(
  map: NetworkMap,
  from: Endpoint,
  to: Endpoint,
  port: number,
  state: NetworkState | undefined,
): Reach {
  const targetNic = targetNicOf(from, to);
  if (!targetNic) return stopped('no-path', to, `${to.label} has no address`);
  const there = travel(map, { from, to, target: targetNic, port, state });
  if (!there.ok) return there;

  // The answer goes to the address that the packet came from, by whatever NIC the target picks.
  const back = travel(map, { from: to, to: from, target: there.nic, port: undefined, state });
  if (!back.ok) {
    const { stop } = back;
    return {
      ok: false,
      stop: {
        reason: 'no-way-back',
        place: stop.place,
        message: `${to.label} gets the packets of ${from.label}, but its answer does not come back: ${stop.message}`,
        nic: there.nic,
        answer: stop,
      },
    };
  }
  const { nic, hops, mtu } = there;
  return { ok: true, nic, targetNic, hops, mtu };
}

interface Journey {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly target: EndpointNic;
  /** Undefined for an answer. */
  readonly port: number | undefined;
  readonly state: NetworkState | undefined;
}

type Travel =
  | {
      readonly ok: true;
      readonly nic: EndpointNic;
      readonly hops: readonly Hop[];
      readonly mtu: number;
    }
  | { readonly ok: false; readonly stop: Stop };

/** One direction, from picking the NIC to the target's network. */
function travel(map: NetworkMap, journey: Journey): Travel {
  const { from, to, target, port, state } = journey;
  const { address } = target.address;
  const aim = `${to.label} at ${formatIpv4(address)}`;
  const departure = departureTo(from, address);
  if (!departure) {
    const why =
      from.nics.length === 0
        ? 'has no NIC with a readable network'
        : 'has no route to it and no default gateway';
    return stopped('no-route', from, `${from.label} cannot send to ${aim}: it ${why}`);
  }

  const { nic } = departure;
  const towards = describeNetwork(target.network);
  if (departure.by === 'own-network') {
    if (nic.network === target.network) {
      return { ok: true, nic, hops: [], mtu: nic.network.mtu };
    }
    return stopped(
      'own-range',
      nic,
      `${aim} is in the range of ${from.label}'s own NIC ${nic.name} (${describeNetwork(nic.network)}), so the packets never leave that network for ${towards}`,
      nic,
    );
  }
  if (!isOnLink(nic, departure.via)) {
    return stopped(
      'gateway-off-link',
      departure.by === 'route' ? departure.route : nic,
      `${from.label} sends to ${aim} through the gateway ${formatIpv4(departure.via)}, which is not in the range of its NIC ${nic.name}`,
      nic,
    );
  }
  if (!contains(target.network.cidr, address)) {
    return stopped(
      'no-path',
      target,
      `${aim} is outside the range of ${towards}, so no router finds it there`,
      nic,
    );
  }

  const way = map.way(nic.network, target.network, port, state);
  if (way.ok) return { ok: true, nic, hops: way.hops, mtu: way.mtu };
  const [first, ...behind] = way.blocks.map((block) => stopAt(block, port, nic));
  if (first) return { ok: false, stop: behind.length > 0 ? { ...first, behind } : first };
  return stopped('no-path', nic, describeNoPath(nic.network, target.network, from, aim), nic);
}

function stopAt(block: Block, port: number | undefined, nic: EndpointNic): Stop {
  const closed = `does not let port ${String(port)} through`;
  if (block.reason === 'firewall') {
    const { firewall, from, to } = block;
    const by = `the firewall between ${from.name} and ${to.name} of ${from.site.name}`;
    return { reason: 'firewall', place: firewall.place, message: `${by} ${closed}`, by, nic };
  }
  const { link, reason } = block;
  const by = `link ${link.name}`;
  switch (reason) {
    case 'link-cut':
      return { reason, place: link.place, message: `${by} is cut`, by, nic };
    case 'nat': {
      const message = `${by} translates addresses (NAT)`;
      return { reason, place: within(link.place, 'nat'), message, by, nic };
    }
    case 'link-port':
      return { reason, place: link.place, message: `${by} ${closed}`, by, nic };
  }
}

function stopped(
  reason: Stop['reason'],
  at: { readonly place: Stop['place'] },
  message: string,
  nic?: EndpointNic,
): { readonly ok: false; readonly stop: Stop } {
  return { ok: false, stop: { reason, place: at.place, message, nic } };
}

function describeNetwork(network: Network): string {
  return `network ${network.name} of ${network.site.name}`;
}

function describeNoPath(start: Network, end: Network, from: Endpoint, aim: string): string {
  const isolated = [start, end].find((network) => network.isolated);
  const why = isolated
    ? `${describeNetwork(isolated)} is isolated, so nothing is routed in or out`
    : `no router and no link leads from ${describeNetwork(start)} to ${describeNetwork(end)}`;
  return `${from.label} cannot get to ${aim}: ${why}`;
}
