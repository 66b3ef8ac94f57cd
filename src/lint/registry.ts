/** Every rule there is. A new rule is written, given a page in `docs/rules/`, and listed here. */
import type { Rule } from './rule.ts';
import { drillRules } from './rules/drill/index.ts';
import { hostRules } from './rules/host/index.ts';
import { includeRules } from './rules/include/index.ts';
import { internalRules } from './rules/internal.ts';
import { journalRules } from './rules/journal/index.ts';
import { linkRules } from './rules/link/index.ts';
import { networkRules } from './rules/network/index.ts';
import { readingRules } from './rules/reading.ts';
import { recoveryRules } from './rules/recovery/index.ts';
import { referenceRules } from './rules/reference/index.ts';
import { suppressionRules } from './rules/suppression.ts';
import { vpgRules } from './rules/vpg/index.ts';
import { vraRules } from './rules/vra/index.ts';
import { zvmRules } from './rules/zvm/index.ts';

/** Where the pages of the rules are published. */
const pages = 'https://github.com/tidemark-dr/tidemark/blob/main/docs/rules';

export const rules: readonly Rule[] = [
  ...readingRules,
  ...includeRules,
  ...referenceRules,
  ...zvmRules,
  ...networkRules,
  ...linkRules,
  ...vraRules,
  ...hostRules,
  ...vpgRules,
  ...journalRules,
  ...recoveryRules,
  ...drillRules,
  ...suppressionRules,
  ...internalRules,
];

const byName = new Map(rules.map((rule) => [rule.name, rule]));

/** The rule of that name, such as `vra/dhcp`; undefined where there is none. */
export function ruleNamed(name: string): Rule | undefined {
  return byName.get(name);
}

/** The address of the rule's page. */
export function ruleUrl(name: string): string {
  return `${pages}/${name}.md`;
}
