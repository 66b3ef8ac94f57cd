import { insertEntry } from '../../../topology/edit.ts';
import { within } from '../../../topology/document.ts';
import type { Rule } from '../../rule.ts';
import { listed } from '../network/wording.ts';

export const replicationNicUnset: Rule = {
  name: 'zvm/replication-nic-unset',
  title: 'Several NICs, and none is named for replication',
  severity: 'warning',
  facts: ['NET-4', 'NET-8'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      if (!zvm || zvm.nics.size < 2) continue;
      const { document, path } = zvm.place;
      if (document.has(within(zvm.place, 'replicationNic').path)) continue;
      const names = [...zvm.nics.keys()];
      report({
        at: within(zvm.place, 'nics'),
        on: 'key',
        message:
          `The ZVM of ${zvm.site.name} has the NICs ${listed(names)}, and the file does not say which ` +
          "one's address its peers use. Name it as replicationNic.",
        fixes: names.map((name) => ({
          title: `Replicate by NIC ${name}`,
          edits: insertEntry(document, path, 'replicationNic', name),
          safe: false,
        })),
      });
    }
  },
};
