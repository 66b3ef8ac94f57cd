import { formatCidr } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Rule } from '../../rule.ts';
import { unknownDestinationsOf } from './unknown-destinations.ts';

export const routeUnknownDestination: Rule = {
  name: 'zvm/route-unknown-destination',
  title: 'Route to a network that nothing declares',
  severity: 'warning',
  facts: ['NET-9'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      if (!zvm) continue;
      for (const { route, near } of unknownDestinationsOf(topology, zvm)) {
        const at = within(route.place, 'to');
        const meant = near && formatCidr(near);
        report({
          at,
          message:
            `${formatCidr(route.to)} belongs to no network of the file, so this route of the ZVM of ` +
            `${zvm.site.name} leads to nobody. ` +
            (meant === undefined
              ? 'Declare the network, correct the destination or remove the route.'
              : `Is ${meant} meant?`),
          fixes:
            meant === undefined
              ? []
              : [
                  {
                    title: `Change to ${meant}`,
                    edits: replaceValue(at.document, at.path, meant),
                    safe: false,
                  },
                ],
        });
      }
    }
  },
};
