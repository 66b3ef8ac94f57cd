import { formatCidr } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { insertEntry, replaceValue } from '../../../topology/edit.ts';
import type { Rule } from '../../rule.ts';

export const routeNotPersistent: Rule = {
  name: 'zvm/route-not-persistent',
  title: 'Route that the next restart forgets',
  severity: 'warning',
  facts: ['NET-6', 'NET-7'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      for (const route of zvm?.routes ?? []) {
        if (route.persistent || !zvm) continue;
        const { document, path } = route.place;
        const setting = within(route.place, 'persistent');
        const isWritten = document.has(setting.path);
        const how = zvm.os === 'windows' ? 'route ADD with -p' : 'in the network configuration';
        report({
          at: isWritten ? setting : within(route.place, 'to'),
          message:
            `The route to ${formatCidr(route.to)} of the ZVM of ${zvm.site.name} is gone after its ` +
            `next restart, and with it the way to the peer. Make it persistent (${how}).`,
          fixes: [
            {
              title: 'Make the route persistent',
              edits: isWritten
                ? replaceValue(document, setting.path, 'true')
                : insertEntry(document, path, 'persistent', true),
              safe: true,
            },
          ],
        });
      }
    }
  },
};
