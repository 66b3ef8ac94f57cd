import { within } from '../../../topology/document.ts';
import { formatSize } from '../../../topology/quantities.ts';
import { reverseNeeds } from '../../../topology/reverse-sizing.ts';
import { listed } from '../../listed.ts';
import type { Rule } from '../../rule.ts';
import { enoughGib, roughly } from '../journal/sizes.ts';

export const reverseTarget: Rule = {
  name: 'vpg/reverse-target',
  title: 'There is no room for the way back',
  severity: 'warning',
  facts: ['NET-11'],
  check({ topology, report }) {
    for (const need of reverseNeeds(topology)) {
      const { datastore, vpgs, journals, others, left, floor, more, fitsOtherwise } = need;
      // What is too full in any case are findings of their own (recovery/datastore-capacity, vra/datastore-space).
      if (left >= floor || !fitsOtherwise) continue;
      const at = within(datastore.place, 'free');
      const names = listed(vpgs.map(({ name }) => name));
      report({
        at: at.document.has(at.path) ? at : within(datastore.place, 'capacity'),
        message:
          `After a failover ${names} ${vpgs.length > 1 ? 'replicate' : 'replicates'} back to ` +
          `${datastore.name}, with journals of ${roughly(journals)}. Of the ` +
          `${formatSize(datastore.free)} that are free` +
          `${others > 0 ? `, ${roughly(others)} are needed for VRAs and what recovers there,` : ''} ` +
          `${left < 0 ? `${roughly(-left)} are missing` : `${roughly(left)} would be left`}, and below ` +
          `${roughly(floor)} the product stops replicating into a datastore: the VMs would run ` +
          `unprotected. ${enoughGib(more)} more would do.`,
        related: vpgs.slice(0, 10).map((vpg) => ({
          message: `${vpg.name} is protected in reverse`,
          place: within(vpg.place, 'reverseProtection'),
        })),
      });
    }
  },
};
