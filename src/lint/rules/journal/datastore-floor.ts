import { within } from '../../../topology/document.ts';
import { datastoreFloor as floorBytes, datastoreFloorShare } from '../../../topology/limits.ts';
import { formatPercent, formatSize } from '../../../topology/quantities.ts';
import { datastoreNeeds } from '../../../topology/sizing.ts';
import type { Rule } from '../../rule.ts';
import { arithmeticOf } from './datastore-arithmetic.ts';
import { enoughGib, roughly } from './sizes.ts';

export const datastoreFloor: Rule = {
  name: 'journal/datastore-floor',
  title: 'A datastore is left with too little free space',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const need of datastoreNeeds(topology)) {
      const { datastore, left, floor } = need;
      // What does not fit at all is recovery/datastore-capacity.
      if (left < 0 || left >= floor) continue;
      const at = within(datastore.place, 'free');
      report({
        at: at.document.has(at.path) ? at : within(datastore.place, 'capacity'),
        message:
          `${arithmeticOf(need)} That leaves ${roughly(left)} of ${datastore.name} free. Below ` +
          `${roughly(floor)} (${
            floor === floorBytes
              ? 'the least in any case'
              : `${formatPercent(datastoreFloorShare)} of ${formatSize(datastore.capacity)}`
          }) the product stops replicating into a datastore. ${enoughGib(need.more)} more would ` +
          'do, or another datastore for some of it.',
      });
    }
  },
};
