import { ruleFailed, tooManyFindings } from '../apply-rules.ts';
import type { Rule } from '../rule.ts';

/** What the runner itself has to say. */
export const internalRules: readonly Rule[] = [
  {
    name: ruleFailed,
    title: 'A rule failed on this file',
    severity: 'warning',
    facts: [],
    check: undefined,
  },
  {
    name: tooManyFindings,
    title: 'A rule finds more than is listed',
    severity: 'warning',
    facts: [],
    check: undefined,
  },
];
