import { formatIpv4 } from '../../../topology/address.ts';
import type { Rule } from '../../rule.ts';
import { defaultGatewaysOf } from './default-gateways.ts';

export const replicationNicHasGateway: Rule = {
  name: 'zvm/replication-nic-has-gateway',
  title: 'The default gateway is on the replication NIC',
  severity: 'warning',
  facts: ['NET-4', 'NET-5'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      const replication = zvm?.replicationNic?.target;
      // With a gateway on another NIC too it is zvm/two-default-gateways that speaks.
      if (!replication || zvm.nics.size < 2) continue;
      const [only, ...others] = defaultGatewaysOf(zvm);
      if (!only || others.length > 0 || only.nic !== replication.name) continue;
      const management = [...zvm.nics.keys()].filter((name) => name !== replication.name);
      report({
        at: only.place,
        message:
          `The only default gateway of the ZVM of ${zvm.site.name}, ${formatIpv4(only.gateway)}, is on ` +
          `its replication NIC ${replication.name}, so whatever has no route of its own leaves by the ` +
          `replication network. Put the default gateway on NIC ${management.join(' or ')}, and route ` +
          `the peers' networks by ${replication.name}.`,
      });
    }
  },
};
