import { within } from '../../../topology/document.ts';
import { datastoreNeeds } from '../../../topology/sizing.ts';
import type { Rule } from '../../rule.ts';
import { arithmeticOf } from '../journal/datastore-arithmetic.ts';
import { enoughGib, roughly } from '../journal/sizes.ts';

export const datastoreCapacity: Rule = {
  name: 'recovery/datastore-capacity',
  title: 'A datastore is too small for what recovers to it',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const need of datastoreNeeds(topology)) {
      const { datastore, left, floor, replicas } = need;
      if (left >= 0) continue;
      const at = within(datastore.place, 'free');
      const even = replicas > datastore.free ? ' Not even the replicas fit.' : '';
      report({
        at: at.document.has(at.path) ? at : within(datastore.place, 'capacity'),
        message:
          `${arithmeticOf(need)} That is ${roughly(-left)} too much.${even} With the ` +
          `${roughly(floor)} that have to stay free, ${enoughGib(need.more)} more would do, or ` +
          'another datastore for some of it.',
      });
    }
  },
};
