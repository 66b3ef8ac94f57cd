/** The routes that `zvm/missing-route` misses, for whoever writes them down. */
import type { Cidr, Ipv4 } from '../topology/address.ts';
import type { Route, Topology, Zvm } from '../topology/model.ts';
import { knownGatewaysOf, missingRoutesOf } from './rules/zvm/peer-routes.ts';

/** A route that a ZVM needs to reach a peer by its replication NIC, and that the file lacks. */
export interface NeededRoute {
  readonly to: Cidr;
  /** Name of the NIC. */
  readonly nic: string;
  /** The router of the NIC's network; undefined where the file does not let it be known. */
  readonly via: Ipv4 | undefined;
  /** Who is to be reached, such as `the ZVM of DR_Site`. */
  readonly who: string;
  /** A route of the file to the same range by another way, which has to go. */
  readonly replaces: Route | undefined;
}

export function neededRoutesOf(topology: Topology, zvm: Zvm): readonly NeededRoute[] {
  return missingRoutesOf(topology, zvm).map(({ network: { cidr }, nic, who, instead }) => {
    const wrong =
      instead?.by === 'route' &&
      instead.route.to.network === cidr.network &&
      instead.route.to.prefix === cidr.prefix
        ? instead.route.place
        : undefined;
    return {
      to: cidr,
      nic: nic.name,
      via: knownGatewaysOf(zvm, nic)[0],
      who: who.label,
      replaces: zvm.routes.find(({ place }) => place === wrong),
    };
  });
}
