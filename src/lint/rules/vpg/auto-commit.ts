import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { defaultCommitTimeout } from '../../../topology/limits.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const autoCommit: Rule = {
  name: 'vpg/auto-commit',
  title: 'A failover is decided before anybody can look at it',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const { name, place, commit } of topology.vpgs.values()) {
      const { policy, timeout } = commit;
      if (policy === 'none' || timeout > 0) continue;
      const at = within(place, 'commit', 'timeout');
      const usual = formatDuration(defaultCommitTimeout);
      report({
        at,
        message:
          policy === 'commit'
            ? `A failover of ${name} is committed at once, so nobody can look whether the VMs work, ` +
              'roll it back or take another checkpoint.'
            : `A failover of ${name} is rolled back at once, so it never gets anywhere.`,
        fixes: [
          {
            title: `Leave ${usual} to decide`,
            edits: replaceValue(at.document, at.path, usual),
            safe: false,
          },
          {
            title: 'Leave the decision to a person',
            edits: replaceValue(at.document, [...at.path.slice(0, -1), 'policy'], 'none'),
            safe: false,
          },
        ],
      });
    }
  },
};
