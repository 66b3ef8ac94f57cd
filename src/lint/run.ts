/** The linter: everything that is wrong, or worth a look, in a topology file. */
import type { LoadedTopology } from '../topology/load.ts';
import { applyRules, applyRulesStepwise } from './apply-rules.ts';
import type { LintOptions } from './apply-rules.ts';
import { rules } from './registry.ts';
import type { Finding } from './rule.ts';

export type { LintOptions } from './apply-rules.ts';

/** Every finding in the order of the text. Never throws: a rule that fails is a finding itself. */
export function lint(loaded: LoadedTopology, options: LintOptions = {}): readonly Finding[] {
  return applyRules(rules, loaded, options);
}

/** The same in steps, which a server drives between the requests that it answers. */
export function lintStepwise(
  loaded: LoadedTopology,
  options: LintOptions = {},
): Generator<void, readonly Finding[], void> {
  return applyRulesStepwise(rules, loaded, options);
}
