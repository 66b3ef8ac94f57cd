import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { checkpointInterval, maxRpo, minRpo } from '../../../topology/limits.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const rpoRange: Rule = {
  name: 'vpg/rpo-range',
  title: 'An RPO that cannot be met, or that the product does not take',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const { name, place, rpo } of topology.vpgs.values()) {
      if (rpo >= minRpo && rpo <= maxRpo) continue;
      const at = within(place, 'rpo');
      const nearest = formatDuration(rpo < minRpo ? minRpo : maxRpo);
      const impossible = rpo < checkpointInterval;
      report({
        at,
        severity: impossible ? 'error' : 'warning',
        message: impossible
          ? `${name} asks for an RPO of ${formatDuration(rpo)}, but checkpoints are ` +
            `${formatDuration(checkpointInterval)} apart: the alert would never go out. ` +
            `${nearest} is the least that the product takes.`
          : `The RPO of ${name} is ${formatDuration(rpo)}. The product takes ` +
            `${formatDuration(minRpo)} to ${formatDuration(maxRpo)}.`,
        fixes: [
          {
            title: `Change the RPO to ${nearest}`,
            edits: replaceValue(at.document, at.path, nearest),
            safe: true,
          },
        ],
      });
    }
  },
};
