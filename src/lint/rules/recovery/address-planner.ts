/** Addresses and gateways that a recovered VM could get. */
import { broadcastOf, contains, maskOf } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import type { Network, Site, Topology } from '../../../topology/model.ts';
import { addressesOf, gatewaysOf } from '../network/addresses.ts';
import { recoveredNics } from './recovered-nics.ts';

export interface AddressPlanner {
  /**
   * A free address of the network, with the same host part as `like` where that one is free. Never the
   * same one twice, so that all fixes can be applied. Undefined where the network is full.
   */
  propose(network: Network, like: Ipv4 | undefined): Ipv4 | undefined;
  /** The gateway that others in the network use. */
  gatewayOf(network: Network): Ipv4 | undefined;
}

/** Reads the topology once, at the first question. */
export function createAddressPlanner(topology: Topology): AddressPlanner {
  let known: Known | undefined;
  const next = new Map<Network, Ipv4>();
  const look = (): Known => (known ??= readAddresses(topology));
  return {
    propose(network, like) {
      const { cidr, site } = network;
      const used = takenIn(look(), site);
      const last = broadcastOf(cidr) - 1;
      const usable = (address: Ipv4): boolean =>
        address > cidr.network && address <= last && !used.has(address);
      if (like !== undefined) {
        const alike = (cidr.network | (like & ~maskOf(cidr.prefix))) >>> 0;
        if (usable(alike)) {
          used.add(alike);
          return alike;
        }
      }
      for (let each = next.get(network) ?? cidr.network + 1; each <= last; each += 1) {
        if (!usable(each)) continue;
        used.add(each);
        next.set(network, each + 1);
        return each;
      }
      return undefined;
    },
    gatewayOf: (network) => look().gateways.get(network),
  };
}

interface Known {
  readonly taken: Map<Site, Set<Ipv4>>;
  readonly gateways: Map<Network, Ipv4>;
}

function takenIn({ taken }: Known, site: Site): Set<Ipv4> {
  let used = taken.get(site);
  if (!used) taken.set(site, (used = new Set<Ipv4>()));
  return used;
}

function readAddresses(topology: Topology): Known {
  const known: Known = { taken: new Map(), gateways: new Map() };
  const addGateway = (network: Network | undefined, gateway: Ipv4): void => {
    if (network && contains(network.cidr, gateway) && !known.gateways.has(network)) {
      known.gateways.set(network, gateway);
    }
  };
  for (const site of topology.sites.values()) {
    const used = takenIn(known, site);
    for (const { address } of addressesOf(site)) used.add(address);
    for (const { gateway, network } of gatewaysOf(site)) {
      used.add(gateway);
      addGateway(network, gateway);
    }
    for (const { via } of site.zvm?.routes ?? []) used.add(via);
  }
  for (const { site, nic, network } of recoveredNics(topology)) {
    const used = takenIn(known, site);
    if (nic.address !== undefined && nic.address !== 'dhcp') used.add(nic.address.address);
    if (nic.gateway === undefined) continue;
    used.add(nic.gateway);
    addGateway(network, nic.gateway);
  }
  return known;
}
