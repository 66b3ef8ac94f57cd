/** Whether a ZVM's own routing is at fault, which the rules about its NICs and routes tell better. */
import type { Topology } from '../../../topology/model.ts';
import { departureTo } from '../../../topology/reachability.ts';
import type { Endpoint, EndpointNic } from '../../../topology/reachability.ts';
import { defaultGatewaysOf } from '../zvm/default-gateways.ts';
import { missingRoutesOf } from '../zvm/peer-routes.ts';

/** True where zvm/missing-route or zvm/two-default-gateways speaks about the way to that NIC. */
export function isMisrouted(topology: Topology, sender: Endpoint, target: EndpointNic): boolean {
  const { zvm } = sender.site;
  if (sender.place !== zvm?.place) return false;
  return (
    missingRoutesOf(topology, zvm).some(({ network }) => network === target.network) ||
    (defaultGatewaysOf(zvm).length > 1 &&
      departureTo(sender, target.address.address)?.by === 'default-gateway')
  );
}
