/** The linter: everything that is wrong, or worth a look, in a topology file. */
import type { LoadedTopology } from '../topology/load.ts';
import { applyRules } from './apply-rules.ts';
import type { LintOptions } from './apply-rules.ts';
import { rules } from './registry.ts';
import type { Finding } from './rule.ts';

export type { LintOptions } from './apply-rules.ts';

/** Every finding in the order of the text. Never throws: a rule that fails is a finding itself. */
export function lint(loaded: LoadedTopology, options: LintOptions = {}): readonly Finding[] {
  return applyRules(rules, loaded, options);
}
