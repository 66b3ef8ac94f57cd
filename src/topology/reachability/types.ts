/** The words in which the model of the network asks and answers. */
import type { InterfaceAddress, Ipv4 } from '../address.ts';
import type { Place } from '../document.ts';
import type { Link, Network, Site } from '../model.ts';

/** Something with addresses: a ZVM, a VRA, a vCenter, a host, a service. */
export interface Endpoint {
  /** How a person calls it: `the ZVM of Prod_Site`, `the VRA on esx-p1`. */
  readonly label: string;
  readonly place: Place;
  readonly site: Site;
  readonly nics: readonly EndpointNic[];
  readonly routes: readonly EndpointRoute[];
  /** Name of the NIC whose address others aim at; the lowest-named one where nothing says so. */
  readonly aimedAt?: string | undefined;
}

export interface EndpointNic {
  readonly name: string;
  readonly place: Place;
  readonly network: Network;
  readonly address: InterfaceAddress;
  readonly gateway: Ipv4 | undefined;
}

export interface EndpointRoute {
  readonly place: Place;
  readonly to: { readonly network: Ipv4; readonly prefix: number };
  readonly via: Ipv4;
  /** Name of the NIC. */
  readonly nic: string;
}

/** What has been cut or changed since the topology was written. */
export interface NetworkState {
  isCut(link: Link): boolean;
  /** Bytes. */
  mtuOf(link: Link): number;
}

export type StopReason =
  /** No NIC, route or gateway takes a packet to that address. */
  | 'no-route'
  /** The address lies in a network of the sender's own, so the packet never leaves it. */
  | 'own-range'
  /** The gateway is in no network that the NIC is in. */
  | 'gateway-off-link'
  /** Nothing joins the network that the packet left by with the one that it is for. */
  | 'no-path'
  | 'firewall'
  | 'link-port'
  | 'link-cut'
  | 'nat'
  /** The way there is open, but the answer finds no way back. */
  | 'no-way-back';

export interface Stop {
  readonly reason: StopReason;
  /** What stops it: a firewall, a link, a NIC, the component without a route. */
  readonly place: Place;
  /** One sentence for a person, without capital and full stop. */
  readonly message: string;
  /** What stops it, as a noun (`link mpls`), where it is something on the way. */
  readonly by?: string;
  /** The NIC that the packet left by, where it left. */
  readonly nic: EndpointNic | undefined;
  /** What else would stop it further along the same way, were this stop removed. */
  readonly behind?: readonly Stop[];
  /** Where the answer stops, for `no-way-back`. */
  readonly answer?: Stop;
}

export interface Hop {
  readonly link: Link;
  /** True where the packet crosses from the first network of `joins` to the second. */
  readonly forward: boolean;
}

export type Reach =
  | {
      readonly ok: true;
      readonly nic: EndpointNic;
      readonly targetNic: EndpointNic;
      readonly hops: readonly Hop[];
      /** The smallest MTU on the way, in bytes. */
      readonly mtu: number;
    }
  | { readonly ok: false; readonly stop: Stop };
