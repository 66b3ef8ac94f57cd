import { formatIpv4 } from '../../../topology/address.ts';
import { removeEntry } from '../../../topology/edit.ts';
import type { Zvm } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { defaultGatewaysOf } from './default-gateways.ts';
import type { DefaultGateway } from './default-gateways.ts';

export const twoDefaultGateways: Rule = {
  name: 'zvm/two-default-gateways',
  title: 'More than one default gateway',
  severity: 'error',
  facts: ['NET-5'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      if (!zvm) continue;
      const gateways = defaultGatewaysOf(zvm);
      const stays = gatewayThatStays(zvm, gateways);
      if (!stays) continue;
      for (const surplus of gateways) {
        if (surplus === stays) continue;
        const { nic, gateway, place, as } = surplus;
        const role = nic === zvm.replicationNic?.name ? 'its replication NIC' : 'NIC';
        report({
          at: place,
          message:
            `The ZVM of ${zvm.site.name} has a second default gateway, ${formatIpv4(gateway)} on ` +
            `${role} ${nic}, beside ${formatIpv4(stays.gateway)} on NIC ${stays.nic}: which one takes ` +
            'a packet is left to chance. Keep one, and reach the networks behind the other by ' +
            'persistent routes.',
          fixes: [
            {
              title:
                as === 'gateway'
                  ? `Remove the gateway of NIC ${nic}`
                  : `Remove the route to 0.0.0.0/0 by NIC ${nic}`,
              edits: removeEntry(place.document, place.path),
              safe: false,
            },
          ],
          related: [{ message: `The default gateway of NIC ${stays.nic}`, place: stays.place }],
        });
      }
    }
  },
};

/** The management side keeps its gateway: services and users may come from anywhere. */
function gatewayThatStays(
  zvm: Zvm,
  gateways: readonly DefaultGateway[],
): DefaultGateway | undefined {
  if (gateways.length < 2) return undefined;
  return gateways.find(({ nic }) => nic !== zvm.replicationNic?.name);
}
