import { alertIds, alertText, isAlert } from '../../../topology/alerts.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { nearest } from '../../../topology/near-miss.ts';
import type { Rule } from '../../rule.ts';
import { alertsIn } from './alerts-in.ts';
import { momentsOf } from './moments.ts';

export const unknownAlert: Rule = {
  name: 'drill/unknown-alert',
  title: 'An alert that the product does not have',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      for (const { expect } of momentsOf(drill)) {
        for (const { id, key, place } of alertsIn(expect)) {
          if (isAlert(id)) continue;
          const near = nearestAlert(id);
          const text = near === undefined ? undefined : alertText(near);
          report({
            at: place,
            message:
              `There is no alert ${id}, so ` +
              `${key === 'never' ? 'this holds whatever happens' : 'the drill fails'}. ` +
              (near === undefined
                ? 'An alert is called like ZVM0003.'
                : `Did you mean ${near} (${text ?? ''})?`),
            fixes:
              near === undefined
                ? []
                : [
                    {
                      title: `Change to ${near}`,
                      edits: replaceValue(place.document, place.path, near),
                      safe: false,
                    },
                  ],
          });
        }
      }
    }
  },
};

/** `ZVM003` and `zvm3` are ZVM0003 with too few zeros, which is nearer than any other letter. */
function nearestAlert(id: string): string | undefined {
  const parts = /^\s*([A-Za-z]{3})[\s_-]*0*(\d{1,4})\s*$/.exec(id);
  const padded = parts && `${parts[1]?.toUpperCase() ?? ''}${parts[2]?.padStart(4, '0') ?? ''}`;
  if (padded && padded !== id && isAlert(padded)) return padded;
  return nearest(id, alertIds);
}
