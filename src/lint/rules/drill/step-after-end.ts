import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Drill } from '../../../topology/model.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

const minute = 60_000;

export const stepAfterEnd: Rule = {
  name: 'drill/step-after-end',
  title: 'A step comes after the end of its drill',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      for (const { at, place } of drill.steps) {
        if (at <= drill.duration) continue;
        const duration = within(drill.place, 'duration');
        const longer = formatDuration(longEnough(drill));
        report({
          at: within(place, 'at'),
          message:
            `This step comes at ${formatDuration(at)}, but ${drill.name} ends at ` +
            `${formatDuration(drill.duration)}, so it is never done and the drill fails.`,
          fixes: [
            {
              title: `Let the drill run for ${longer}`,
              edits: replaceValue(duration.document, duration.path, longer),
              safe: false,
            },
          ],
          related: [
            {
              message: `${drill.name} runs for ${formatDuration(drill.duration)}`,
              place: duration,
            },
          ],
        });
      }
    }
  },
};

/** With some time behind the last step, for what it does to show. */
function longEnough({ steps }: Drill): number {
  const last = steps.reduce((latest, { at }) => Math.max(latest, at), 0);
  return (Math.floor(last / (10 * minute)) + 1) * 10 * minute;
}
