import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Rule } from '../../rule.ts';

export const noLicense: Rule = {
  name: 'zvm/no-license',
  title: 'ZVM without a licence',
  severity: 'warning',
  facts: ['VRA-2'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      if (!zvm || zvm.license) continue;
      const at = within(zvm.place, 'license');
      report({
        at,
        message:
          `The ZVM of ${zvm.site.name} has no licence. It asks for one before VRAs can be installed, ` +
          'sites paired and VPGs created.',
        fixes: [
          {
            title: 'The licence is there: set license to true',
            edits: replaceValue(at.document, at.path, 'true'),
            safe: false,
          },
        ],
      });
    }
  },
};
