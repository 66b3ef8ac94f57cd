import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { maxHistory, minHistory } from '../../../topology/limits.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const historyRange: Rule = {
  name: 'journal/history-range',
  title: 'A journal history outside of 1 h to 30 d',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const { name, journal } of topology.vpgs.values()) {
      const { history, place } = journal;
      if (history >= minHistory && history <= maxHistory) continue;
      const at = within(place, 'history');
      const nearest = formatDuration(history < minHistory ? minHistory : maxHistory);
      report({
        at,
        message:
          `The journal of ${name} is to hold ${formatDuration(history)} of history. It holds ` +
          `${formatDuration(minHistory)} to ${formatDuration(maxHistory)}.`,
        fixes: [
          {
            title: `Change the history to ${nearest}`,
            edits: replaceValue(at.document, at.path, nearest),
            safe: true,
          },
        ],
      });
    }
  },
};
