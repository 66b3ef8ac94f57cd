import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import {
  defaultTestInterval,
  leastTestInterval,
  mostTestInterval,
} from '../../../topology/limits.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Minutes that the vendor's PowerShell module sends for nine and for twelve months, and those that
 * were meant.
 */
const mistaken: ReadonlyMap<number, { readonly months: string; readonly meant: number }> = new Map([
  [294_560 * minute, { months: 'nine months', meant: 394_200 * minute }],
  [252_600 * minute, { months: 'twelve months', meant: 525_600 * minute }],
]);

export const testIntervalOdd: Rule = {
  name: 'vpg/test-interval-odd',
  title: 'A test interval that is hardly meant',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const { name, place, testEvery } of topology.vpgs.values()) {
      if (testEvery === undefined || testEvery === 0) continue;
      const odd = oddity(name, testEvery);
      if (!odd) continue;
      const at = within(place, 'testEvery');
      const better = formatDuration(odd.better);
      report({
        at,
        message: odd.message,
        fixes: [
          {
            title: `Change to ${better}`,
            edits: replaceValue(at.document, at.path, better),
            safe: false,
          },
        ],
      });
    }
  },
};

function oddity(name: string, testEvery: number): { message: string; better: number } | undefined {
  const written = formatDuration(testEvery);
  const known = mistaken.get(testEvery);
  if (known) {
    return {
      message:
        `${written} between the tests of ${name} is what the vendor's PowerShell module writes for ` +
        `${known.months}, by mistake: ${known.months} are ${formatDuration(known.meant)}.`,
      better: known.meant,
    };
  }
  if (testEvery < leastTestInterval) {
    return {
      message:
        `${name} asks for a failover test every ${written}. With less than a day between them the ` +
        'alert that a test is overdue hardly ever clears, and is soon ignored.',
      better: defaultTestInterval,
    };
  }
  if (testEvery > mostTestInterval) {
    return {
      message:
        `${name} asks for a failover test every ${written}, which is longer than a year. In that ` +
        'time hosts, networks and addresses change unseen.',
      better: 365 * day,
    };
  }
  return undefined;
}
