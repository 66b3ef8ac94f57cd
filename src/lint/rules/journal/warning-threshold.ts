import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { defaultWarningShare } from '../../../topology/limits.ts';
import { formatPercent, formatSize } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const warningThreshold: Rule = {
  name: 'journal/warning-threshold',
  title: 'A journal warns when it is full already',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const usual = formatPercent(defaultWarningShare);
    for (const { name, journal } of topology.vpgs.values()) {
      const { hardLimit, warning, place } = journal;
      if (hardLimit === undefined || warning === undefined || warning < hardLimit) continue;
      const at = within(place, 'warning');
      report({
        at,
        message:
          `The journals of ${name} warn at ${formatSize(warning)}, and ${formatSize(hardLimit)} is ` +
          'all that they may take: the warning comes when checkpoints are being given up. It has to ' +
          `be below the hard limit; ${usual} is usual.`,
        fixes: [
          {
            title: `Warn at ${usual}`,
            edits: replaceValue(at.document, at.path, usual),
            safe: true,
          },
        ],
        related: [{ message: 'The hard limit', place: within(place, 'hardLimit') }],
      });
    }
  },
};
