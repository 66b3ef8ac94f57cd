import { within } from '../../../topology/document.ts';
import { insertEntry, replaceValue } from '../../../topology/edit.ts';
import { defaultTestInterval } from '../../../topology/limits.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const testOverdueSetting: Rule = {
  name: 'vpg/test-overdue-setting',
  title: 'Nothing reminds of the failover tests of a VPG',
  severity: 'information',
  facts: [],
  check({ topology, report }) {
    const usual = formatDuration(defaultTestInterval);
    for (const { name, place, testEvery } of topology.vpgs.values()) {
      if (testEvery !== undefined && testEvery > 0) continue;
      const at = within(place, 'testEvery');
      const off = testEvery === 0;
      report({
        at: off ? at : place,
        on: off ? 'value' : 'key',
        message:
          (off
            ? `testEvery: 0 switches the reminder of ${name} off`
            : `${name} says nothing about how often it is tested`) +
          `, so nobody is told when its failover has not been tested for long. The product reminds ` +
          `after ${usual} unless it is told otherwise.`,
        fixes: [
          {
            title: `Be reminded after ${usual}`,
            edits: off
              ? replaceValue(at.document, at.path, usual)
              : insertEntry(place.document, place.path, 'testEvery', usual),
            safe: false,
          },
        ],
      });
    }
  },
};
