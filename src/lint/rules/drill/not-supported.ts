import { isAlert, isRaisedByEngine } from '../../../topology/alerts.ts';
import { within } from '../../../topology/document.ts';
import { isOptionSupported, isVerbSupported } from '../../../topology/supported.ts';
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
        if (!action) continue;
        if (isVerbSupported(action.verb)) {
          // The engine refuses what it would have to ignore.
          for (const option of 'options' in action ? Object.keys(action.options) : []) {
            if (isOptionSupported(action.verb, option)) continue;
            report({
              at: within(action.place, option),
              on: 'key',
              message:
                `The engine does not obey the option ${option} of ${action.verb} yet, so ` +
                `${drill.name} fails at this step.`,
            });
          }
          continue;
        }
        report({
          at: action.place,
          on: 'key',
          message:
            `The engine does not do ${action.verb} yet, so ${drill.name} fails at this step. It ` +
            'never passes in silence.',
        });
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
