import { within } from '../../../topology/document.ts';
import { removeEntry } from '../../../topology/edit.ts';
import type { Rule } from '../../rule.ts';
import { asksZvm, momentsOf } from './moments.ts';

const answers = ['result', 'reason', 'contains', 'missing'] as const;

export const nothingAsked: Rule = {
  name: 'drill/nothing-asked',
  title: 'The outcome of an operation is expected where none is asked for',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      for (const { expect, step } of momentsOf(drill)) {
        if (step && asksZvm(step.action)) continue;
        for (const key of answers) {
          if (expect[key] === undefined) continue;
          const at = within(expect.place, key);
          report({
            at,
            on: 'key',
            message:
              (step
                ? `This step asks nothing of a ZVM, so it has no ${key}. `
                : `The end of ${drill.name} asks nothing of a ZVM, so it has no ${key}. `) +
              'Expect it at a step such as failoverTest.',
            fixes: [
              {
                title: `Remove ${key}`,
                edits: removeEntry(at.document, at.path),
                safe: false,
              },
            ],
          });
        }
      }
    }
  },
};
