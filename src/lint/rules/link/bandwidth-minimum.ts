import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { minWanBandwidth } from '../../../topology/limits.ts';
import { formatRate } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const bandwidthMinimum: Rule = {
  name: 'link/bandwidth-minimum',
  title: 'A link has less than 5 Mbit/s',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    const least = formatRate(minWanBandwidth);
    for (const { name, place, bandwidth } of topology.links.values()) {
      if (bandwidth >= minWanBandwidth) continue;
      const at = within(place, 'bandwidth');
      report({
        at,
        message:
          `${name} carries ${formatRate(bandwidth)}. Replication needs at least ${least} between ` +
          'two sites, for itself: below that, even the control traffic and a resynchronisation of ' +
          'an idle VPG take so long that connections are given up.',
        fixes: [
          {
            title: `Plan ${least} for ${name}`,
            edits: replaceValue(at.document, at.path, least),
            safe: false,
          },
        ],
      });
    }
  },
};
