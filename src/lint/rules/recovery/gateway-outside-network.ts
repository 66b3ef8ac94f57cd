import { contains, formatCidr, formatIpv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Rule } from '../../rule.ts';
import { createAddressPlanner } from './address-planner.ts';
import { labelOf, recoveredNics } from './recovered-nics.ts';

export const gatewayOutsideNetwork: Rule = {
  name: 'recovery/gateway-outside-network',
  title: 'A recovered VM gets a gateway that it cannot reach',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const planner = createAddressPlanner(topology);
    for (const each of recoveredNics(topology)) {
      const { nic, network } = each;
      if (nic.gateway === undefined || contains(network.cidr, nic.gateway)) continue;
      const at = within(nic.place, 'gateway');
      const gateway = planner.gatewayOf(network);
      report({
        at,
        message:
          `${labelOf(each)} gets the gateway ${formatIpv4(nic.gateway)}, which is outside ` +
          `${network.name} (${formatCidr(network.cidr)}): it reaches nothing beyond that network, ` +
          'though the recovery succeeds.',
        fixes:
          gateway === undefined
            ? []
            : [
                {
                  title: `Use ${formatIpv4(gateway)}, as others in ${network.name} do`,
                  edits: replaceValue(at.document, at.path, formatIpv4(gateway)),
                  safe: false,
                },
              ],
        related: [
          { message: `${network.name} is ${formatCidr(network.cidr)}`, place: network.place },
        ],
      });
    }
  },
};
