/** Whether a ZVM sends what is for its peers by its replication NIC (NET-6). */
import type { Ipv4 } from '../../../topology/address.ts';
import { peersOf } from '../../../topology/flows.ts';
import type { Network, Site, Topology, Zvm, ZvmNic } from '../../../topology/model.ts';
import {
  departureTo,
  endpointOfVra,
  endpointOfZvm,
  isOnLink,
} from '../../../topology/reachability.ts';
import type { Departure, Endpoint } from '../../../topology/reachability.ts';
import { defaultGatewaysOf } from './default-gateways.ts';

/** A network of a peer that replication needs. */
interface Destination {
  readonly network: Network;
  /** Whom to find there: the peer's ZVM, or a VRA where the ZVM is elsewhere. */
  readonly who: Endpoint;
  readonly address: Ipv4;
  readonly holdsZvm: boolean;
}

export interface MissingRoute extends Destination {
  /** What takes the packets instead; undefined where nothing does. */
  readonly instead: Departure | undefined;
  /** The NIC that should take them. */
  readonly nic: ZvmNic;
}

const knownMissing = new WeakMap<Zvm, readonly MissingRoute[]>();

/** The peers' networks that the ZVM has no route to by its replication NIC, in the file's order. */
export function missingRoutesOf(topology: Topology, zvm: Zvm): readonly MissingRoute[] {
  let missing = knownMissing.get(zvm);
  if (!missing) knownMissing.set(zvm, (missing = findMissingRoutes(topology, zvm)));
  return missing;
}

function findMissingRoutes(topology: Topology, zvm: Zvm): readonly MissingRoute[] {
  const endpoint = endpointOfZvm(zvm);
  const nic = zvm.replicationNic?.target;
  if (!endpoint || !nic?.network.target) return [];
  const severalDefaults = defaultGatewaysOf(zvm).length > 1;
  return peersOf(topology, zvm.site)
    .flatMap(destinationsIn)
    .flatMap((destination): readonly MissingRoute[] => {
      const departure = departureTo(endpoint, destination.address);
      // An address in a range of the ZVM's own is a matter of overlapping ranges, not of routes.
      if (departure?.by === 'own-network') return [];
      const isBySpecificRoute = departure?.by === 'route' && departure.route.to.prefix > 0;
      const isRight = departure?.nic.name === nic.name && (isBySpecificRoute || !severalDefaults);
      return isRight ? [] : [{ ...destination, instead: departure, nic }];
    });
}

const knownDestinations = new WeakMap<Site, readonly Destination[]>();

function destinationsIn(peer: Site): readonly Destination[] {
  let destinations = knownDestinations.get(peer);
  if (!destinations) knownDestinations.set(peer, (destinations = findDestinations(peer)));
  return destinations;
}

function findDestinations(peer: Site): readonly Destination[] {
  const byNetwork = new Map<Network, Destination>();
  const zvm = peer.zvm && endpointOfZvm(peer.zvm);
  const aimedAt = zvm?.nics.find(({ name }) => name === zvm.aimedAt);
  if (zvm && aimedAt) {
    const { network, address } = aimedAt;
    byNetwork.set(network, { network, who: zvm, address: address.address, holdsZvm: true });
  }
  for (const { vra } of peer.hosts.values()) {
    const network = vra?.network.target;
    if (!network || byNetwork.has(network)) continue;
    const who = endpointOfVra(vra);
    const address = who?.nics[0]?.address.address;
    if (!who || address === undefined) continue;
    byNetwork.set(network, { network, who, address, holdsZvm: false });
  }
  return [...byNetwork.values()].filter(({ network }) => !network.isolated);
}

/**
 * The routers of a NIC's network that the file lets be known, likeliest first: those of the NIC's
 * other routes, the NIC's own gateway, the gateways of VRAs in the same network.
 */
export function knownGatewaysOf(zvm: Zvm, nic: ZvmNic): readonly Ipv4[] {
  const endpointNic = endpointOfZvm(zvm)?.nics.find(({ name }) => name === nic.name);
  if (!endpointNic) return [];
  const candidates = [
    ...zvm.routes.filter((route) => route.nic.name === nic.name).map(({ via }) => via),
    nic.gateway,
    ...vraGatewaysIn(zvm.site, endpointNic.network),
  ];
  const usable = candidates.filter(
    (gateway): gateway is Ipv4 =>
      gateway !== undefined && gateway !== nic.address.address && isOnLink(endpointNic, gateway),
  );
  return [...new Set(usable)];
}

function vraGatewaysIn(site: Site, network: Network): readonly (Ipv4 | undefined)[] {
  return [...site.hosts.values()]
    .filter(({ vra }) => vra?.network.target === network)
    .map(({ vra }) => vra?.gateway);
}
