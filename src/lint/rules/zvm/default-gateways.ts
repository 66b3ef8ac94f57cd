/** The default gateways that a ZVM has, however they are written. */
import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import type { Zvm } from '../../../topology/model.ts';

export interface DefaultGateway {
  /** Name of the NIC. */
  readonly nic: string;
  readonly gateway: Ipv4;
  readonly place: Place;
  readonly as: 'gateway' | 'route';
}

/** A NIC's gateway, or a route to everything; one a NIC counts once. */
export function defaultGatewaysOf(zvm: Zvm): readonly DefaultGateway[] {
  const found: DefaultGateway[] = [];
  for (const { name, place, gateway } of zvm.nics.values()) {
    if (gateway === undefined) continue;
    found.push({ nic: name, gateway, place: within(place, 'gateway'), as: 'gateway' });
  }
  for (const { to, nic, via, place } of zvm.routes) {
    if (to.prefix > 0 || found.some((each) => each.nic === nic.name)) continue;
    found.push({ nic: nic.name, gateway: via, place, as: 'route' });
  }
  return found;
}
