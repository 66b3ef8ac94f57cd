import { contains, formatCidr, formatIpv4, networkOf } from '../../../topology/address.ts';
import type { Rule } from '../../rule.ts';
import { gatewaysOf } from './addresses.ts';
import { sentence } from './wording.ts';

export const gatewayOutside: Rule = {
  name: 'network/gateway-outside',
  title: "Gateway outside its NIC's range",
  severity: 'error',
  facts: ['NET-3', 'VRA-9'],
  check({ topology, report }) {
    for (const site of topology.sites.values()) {
      for (const { label, place, gateway, address, network } of gatewaysOf(site)) {
        const range = address ? networkOf(address) : network?.cidr;
        if (!range || contains(range, gateway)) continue;
        report({
          at: place,
          message:
            `${sentence(label)} cannot use ${formatIpv4(gateway)} as its gateway: it is outside ` +
            `${formatCidr(range)}, so the NIC cannot reach it. Name the router of that network.`,
        });
      }
    }
  },
};
