/** Finds the network that an address lives in without looking at every network. */
import { maskOf } from '../address.ts';
import type { Ipv4 } from '../address.ts';
import type { Network } from '../model.ts';

/** At most 33 look-ups a question, however many networks there are. */
export interface AddressIndex {
  /**
   * The network with the smallest range around the address; among equal ranges one that is routed
   * before an isolated one (a test bubble copies the range of the live network), then the first.
   */
  find(address: Ipv4): Network | undefined;
}

export function createAddressIndex(networks: Iterable<Network>): AddressIndex {
  const byPrefix = new Map<number, Map<Ipv4, Network>>();
  for (const network of networks) {
    let ranges = byPrefix.get(network.cidr.prefix);
    if (!ranges) byPrefix.set(network.cidr.prefix, (ranges = new Map<Ipv4, Network>()));
    const known = ranges.get(network.cidr.network);
    if (!known || (known.isolated && !network.isolated)) ranges.set(network.cidr.network, network);
  }
  const longestFirst = [...byPrefix].sort(([a], [b]) => b - a);
  return {
    find(address) {
      for (const [prefix, ranges] of longestFirst) {
        const network = ranges.get((address & maskOf(prefix)) >>> 0);
        if (network) return network;
      }
      return undefined;
    },
  };
}
