/**
 * What keeps a file from being read: `yaml/*` and `schema/*`. Reading finds it, so these rules have
 * nothing to check; they give it a title, a default severity and a page.
 */
import { problemRules } from '../../topology/problem-rules.ts';
import type { Rule } from '../rule.ts';

export const readingRules: readonly Rule[] = problemRules.map(({ name, title, severity }) => ({
  name,
  title,
  severity,
  facts: [],
  check: undefined,
}));
