/** What the comments that suppress findings may be told. The runner judges them, when all is found. */
import type { Rule } from '../rule.ts';
import { unknownDirective, unknownRule, unusedSuppression } from '../suppress.ts';

const rule = (name: string, title: string): Rule => ({
  name,
  title,
  severity: 'warning',
  facts: [],
  check: undefined,
});

export const suppressionRules: readonly Rule[] = [
  rule(unusedSuppression, 'A comment suppresses a finding that is not there'),
  rule(unknownRule, 'A comment suppresses a rule that does not exist'),
  rule(unknownDirective, 'A comment for Tidemark that it does not know'),
];
