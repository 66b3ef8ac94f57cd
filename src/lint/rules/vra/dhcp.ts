import { formatIpv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { insertEntry, replaceValue } from '../../../topology/edit.ts';
import type { Site } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { formatInterfaceAddress, planVraAddresses } from './address-plan.ts';
import { vraTemplateOf } from './template.ts';
import type { VraTemplate } from './template.ts';

export const dhcp: Rule = {
  name: 'vra/dhcp',
  title: 'A VRA gets its address by DHCP',
  severity: 'warning',
  facts: ['VRA-9'],
  check({ topology, report }) {
    const hosts = [...topology.sites.values()].flatMap((site) =>
      [...site.hosts.values()].filter((host) => host.vra?.address === 'dhcp'),
    );
    if (hosts.length === 0) return;
    const addresses = planVraAddresses(topology);
    const templates = new Map<Site, VraTemplate | undefined>();
    for (const host of hosts) {
      const { vra } = host;
      if (!vra) continue;
      const at = within(vra.place, 'address');
      const { document } = at;
      const address = addresses.get(host);
      if (!templates.has(host.site)) templates.set(host.site, vraTemplateOf(host.site));
      const template = templates.get(host.site);
      const gateway =
        vra.gateway === undefined && template?.network === vra.network.target
          ? template?.gateway
          : undefined;
      report({
        at,
        message:
          `The VRA on ${host.name} gets its address by DHCP. A new lease breaks its connections ` +
          'to the ZVM and to the other VRAs, and no firewall can name an address that is not ' +
          'known: reserve a static one.',
        fixes: address
          ? [
              {
                title: `Use the free address ${formatIpv4(address.address)}`,
                edits: [
                  ...replaceValue(document, at.path, formatInterfaceAddress(address)),
                  ...(gateway === undefined
                    ? []
                    : insertEntry(document, vra.place.path, 'gateway', formatIpv4(gateway))),
                ],
                safe: false,
              },
            ]
          : [],
      });
    }
  },
};
