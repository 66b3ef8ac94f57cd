/** By which NIC a packet leaves a machine, as its operating system decides. */
import { contains, networkOf } from '../address.ts';
import type { Ipv4 } from '../address.ts';
import type { Endpoint, EndpointNic, EndpointRoute } from './types.ts';

export type Departure =
  /** The address lies in the NIC's own range: no gateway is asked. */
  | { readonly by: 'own-network'; readonly nic: EndpointNic }
  | {
      readonly by: 'route';
      readonly nic: EndpointNic;
      readonly via: Ipv4;
      readonly route: EndpointRoute;
    }
  | { readonly by: 'default-gateway'; readonly nic: EndpointNic; readonly via: Ipv4 };

/**
 * The departure towards an address: the longest prefix wins; at the same length an own network comes
 * before a static route and that before a default gateway, and then the lowest-named NIC. Undefined
 * where nothing takes the packet.
 */
export function departureTo(endpoint: Endpoint, address: Ipv4): Departure | undefined {
  let best: Departure | undefined;
  let longest = -1;
  const offer = (departure: Departure, prefix: number): void => {
    if (prefix < longest) return;
    // Offers come in order of preference, so an equal prefix only wins within the same kind.
    if (prefix === longest && !(best?.by === departure.by && departure.nic.name < best.nic.name)) {
      return;
    }
    best = departure;
    longest = prefix;
  };

  for (const nic of endpoint.nics) {
    const range = networkOf(nic.address);
    if (contains(range, address)) offer({ by: 'own-network', nic }, range.prefix);
  }
  for (const route of endpoint.routes) {
    if (!contains(route.to, address)) continue;
    const nic = endpoint.nics.find((each) => each.name === route.nic);
    if (nic) offer({ by: 'route', nic, via: route.via, route }, route.to.prefix);
  }
  for (const nic of endpoint.nics) {
    if (nic.gateway !== undefined) offer({ by: 'default-gateway', nic, via: nic.gateway }, 0);
  }
  return best;
}

/** Whether the NIC can hand a packet to that gateway at all. */
export function isOnLink(nic: EndpointNic, gateway: Ipv4): boolean {
  return contains(networkOf(nic.address), gateway);
}
