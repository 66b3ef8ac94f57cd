import type { Drill, Expectations, VpgExpectations } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { hasUnread } from '../network/unread.ts';
import { asksZvm } from './moments.ts';

export const noExpectation: Rule = {
  name: 'drill/no-expectation',
  title: 'A drill that cannot fail',
  severity: 'warning',
  facts: [],
  check(context) {
    for (const drill of context.topology.drills.values()) {
      if (canFail(drill) || hasUnread(context, drill.place)) continue;
      context.report({
        at: drill.place,
        on: 'key',
        message:
          `${drill.name} expects nothing and asks nothing of a ZVM, so it passes whatever happens. ` +
          'Say what must hold, such as expect: { vpgs: { NAME: { noGaps: true } } }.',
      });
    }
  },
};

/** What is asked of a ZVM is expected to succeed without a word. */
function canFail({ steps, expect }: Drill): boolean {
  return (
    saysSomething(expect) ||
    steps.some((step) => asksZvm(step.action) || saysSomething(step.expect))
  );
}

function saysSomething(expect: Expectations | undefined): boolean {
  if (!expect) return false;
  const { result, reason, contains, missing, alerts, vpgs } = expect;
  return (
    result !== undefined ||
    reason !== undefined ||
    [contains, missing, alerts?.raised, alerts?.cleared, alerts?.never].some(
      (list) => (list?.length ?? 0) > 0,
    ) ||
    [...vpgs.values()].some(speaks)
  );
}

function speaks(wanted: VpgExpectations): boolean {
  return Object.entries(wanted).some(
    ([key, value]) => key !== 'place' && key !== 'vpg' && value !== undefined,
  );
}
