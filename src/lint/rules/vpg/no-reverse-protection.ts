import { within } from '../../../topology/document.ts';
import { insertEntry, replaceValue } from '../../../topology/edit.ts';
import type { Rule } from '../../rule.ts';

export const noReverseProtection: Rule = {
  name: 'vpg/no-reverse-protection',
  title: 'A VPG is not protected after a failover',
  severity: 'information',
  facts: ['NET-11'],
  check({ topology, report }) {
    for (const { name, place, from, to, reverseProtection } of topology.vpgs.values()) {
      if (reverseProtection) continue;
      const at = within(place, 'reverseProtection');
      const written = at.document.has(at.path);
      report({
        at: written ? at : place,
        on: written ? 'value' : 'key',
        message:
          `After a failover or a move of ${name} nothing protects its VMs in ${to.name}, and the VPG ` +
          `waits for a configuration. With reverse protection they replicate back to ${from.name}, ` +
          'which is also the way to fail back.',
        fixes: [
          {
            title: 'Protect in reverse',
            edits: written
              ? replaceValue(at.document, at.path, 'true')
              : insertEntry(place.document, place.path, 'reverseProtection', true),
            safe: false,
          },
        ],
      });
    }
  },
};
