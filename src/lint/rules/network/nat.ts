import { within } from '../../../topology/document.ts';
import type { Rule } from '../../rule.ts';

export const nat: Rule = {
  name: 'network/nat',
  title: 'Replication over a link that translates addresses',
  severity: 'error',
  facts: ['NET-2'],
  check({ topology, report }) {
    for (const link of topology.links.values()) {
      if (!link.nat) continue;
      const ends = link.joins.map(({ name }) => name).join(' and ');
      report({
        at: within(link.place, 'nat'),
        message:
          `Link ${link.name} translates addresses (NAT) between ${ends}. ` +
          'ZVMs and VRAs tell each other their own addresses, so they cannot replicate through it. ' +
          'Route between the two networks, or join networks whose ranges differ.',
      });
    }
  },
};
