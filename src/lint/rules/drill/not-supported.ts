import { isAlert, isRaisedByEngine } from '../../../topology/alerts.ts';
import { within } from '../../../topology/document.ts';
import { isOptionSupported } from '../../../topology/supported.ts';
import type { Rule } from '../../rule.ts';
import { alertsIn } from './alerts-in.ts';
import { momentsOf } from './moments.ts';

export const notSupported: Rule = {
  name: 'drill/not-supported',
  title: 'A drill asks for what the engine does not do yet',
  severity: 'information',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      for (const { action } of drill.steps) {
        if (!action || !('options' in action)) continue;
        // The engine refuses what it would have to ignore.
        for (const [option, value] of Object.entries(action.options)) {
          if (value === undefined || isOptionSupported(action.verb, option, value)) continue;
          report({
            at: within(action.place, option),
            on: 'key',
            message:
              `The engine does not obey ${option}: ${JSON.stringify(value)} of ${action.verb}, so ` +
              `${drill.name} fails at this step.`,
          });
        }
      }
      for (const { expect } of momentsOf(drill)) {
        for (const { id, key, place } of alertsIn(expect)) {
          if (!isAlert(id) || isRaisedByEngine(id)) continue;
          report({
            at: place,
            message:
              `The engine does not raise ${id} yet, so ` +
              `${key === 'never' ? 'this holds whatever happens' : `${drill.name} fails here`}.`,
          });
        }
      }
    }
  },
};
