/** Runs rules over a topology that has been read, and brings what they say into one order. */
import type { Place, PlacedProblem, TextRange } from '../topology/document.ts';
import { pathFrom } from '../topology/include/path.ts';
import type { LoadedTopology } from '../topology/load.ts';
import type { Finding, Fix, Report, Rule, RuleContext, Severity } from './rule.ts';
import { suppress } from './suppress.ts';

export interface LintOptions {
  /** Severity by the name of the rule; `off` silences it. It goes before the rule's own. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
}

/** Problems whose only suggestion says the same in the form that the language takes. */
const respelled: ReadonlySet<string> = new Set(['schema/bad-quantity', 'schema/wrong-type']);

/** The name of the finding that stands for a rule which failed. */
export const ruleFailed = 'internal/rule-failed';
/** The name of the finding that stands for those of a rule which are not listed. */
export const tooManyFindings = 'internal/too-many-findings';

/** Findings of one rule in one topology: far more than anybody reads, and cheap to compute and to show. */
export const mostOfRule = 5000;
/** Findings of a topology from which on each further rule lists {@link mostOfRuleOnceMany} at most. */
export const mostInAll = 25_000;
/** Enough to see that a rule is broken, in a file in which others are broken thousands of times. */
export const mostOfRuleOnceMany = 100;

/**
 * Every finding of the rules, and of reading itself: file by file, in the order of the text, and each
 * only once.
 *
 * A rule that throws is reported as a finding `internal/rule-failed`; the other rules still run. One
 * that finds more than {@link mostOfRule} is stopped, which is a finding `internal/too-many-findings`.
 */
export function applyRules(
  rules: readonly Rule[],
  loaded: LoadedTopology,
  options: LintOptions = {},
): readonly Finding[] {
  const run = applyRulesStepwise(rules, loaded, options);
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps of one rule each, for whoever has other things to do between them. */
export function* applyRulesStepwise(
  rules: readonly Rule[],
  loaded: LoadedTopology,
  options: LintOptions = {},
): Generator<void, readonly Finding[], void> {
  const { documents } = loaded.topology;
  const findings: Finding[] = [];
  const failed = new Set<string>();
  const severityOf = (name: string): Severity | 'off' | undefined =>
    options.severities && Object.hasOwn(options.severities, name)
      ? options.severities[name]
      : undefined;

  const defaults = new Map(rules.map((rule) => [rule.name, rule.severity]));
  for (const problem of loaded.problems) {
    const severity = severityOf(problem.rule) ?? defaults.get(problem.rule) ?? 'error';
    if (severity !== 'off') findings.push(findingOfProblem(problem, severity));
  }

  const hasFile = fileLookup(loaded);
  for (const rule of rules) {
    const set = severityOf(rule.name);
    if (rule.check === undefined || set === 'off') continue;
    yield;
    const most = findings.length < mostInAll ? mostOfRule : mostOfRuleOnceMany;
    const before = findings.length;
    const report = (said: Report): void => {
      if (findings.length - before === most) throw new EnoughFound(said);
      findings.push({
        rule: rule.name,
        severity: set ?? said.severity ?? rule.severity,
        message: said.message,
        document: said.at.document,
        range: rangeOf(said.at, said.on ?? 'value'),
        // Behind an alias nothing can be changed for this place alone, so there is no edit.
        fixes: said.fixes?.filter(({ edits }) => edits.length > 0) ?? [],
        related: said.related ?? [],
      });
    };
    try {
      rule.check({ topology: loaded.topology, problems: loaded.problems, report, hasFile });
    } catch (error) {
      failed.add(rule.name);
      if (error instanceof EnoughFound) {
        // Whoever turned the notice off has asked for silence; otherwise it is as bad as the rule.
        const severity = severityOf(tooManyFindings) ?? set ?? rule.severity;
        if (severity !== 'off') findings.push(notListed(rule, error.next, most, severity));
      } else findings.push(findingOfFailure(rule, error, loaded));
    }
  }
  yield;

  const isOff = (name: string): boolean => severityOf(name) === 'off';
  // A rule may have nothing to say only because it could not be asked about all of the file.
  const isWhole = loaded.problems.length === 0;
  const kept = suppress(findings, documents, {
    names: new Set(defaults.keys()),
    severityOf: (name) =>
      (defaults.has(name) ? (severityOf(name) ?? defaults.get(name)) : 'off') ?? 'off',
    wasChecked: (name) => isWhole && !isOff(name) && !failed.has(name),
    allChecked: isWhole && failed.size === 0 && !rules.some(({ name }) => isOff(name)),
  });
  return inOrder(kept);
}

function fileLookup({ document, files }: LoadedTopology): RuleContext['hasFile'] {
  const folder = document.uri.slice(0, document.uri.search(/[^/\\]*$/));
  return (from, path) => {
    if (!from.uri.startsWith(folder)) return undefined;
    const below = pathFrom(from.uri.slice(folder.length), path);
    return below === undefined ? undefined : files?.has?.(below);
  };
}

/** Ends a rule that has found more than is listed; it never leaves this file. */
class EnoughFound extends Error {
  readonly next: Report;

  constructor(next: Report) {
    super('more findings than are listed');
    this.next = next;
  }
}

function notListed(rule: Rule, next: Report, most: number, severity: Severity): Finding {
  return {
    rule: tooManyFindings,
    severity,
    message:
      `${rule.name} finds more than is listed: its first ${most} findings are, and from here on the ` +
      'file was not checked for it. Mend or suppress what they have in common, and lint again.',
    document: next.at.document,
    range: rangeOf(next.at, next.on ?? 'value'),
    fixes: [],
    related: [],
  };
}

/** File by file, in the order of the text; what says the same of the same place, once. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return withoutRepeats([...findings].sort(byPosition));
}

function rangeOf(place: Place, on: 'value' | 'key' | 'entry'): TextRange {
  const { document, path } = place;
  switch (on) {
    case 'key':
      return document.keyRange(path);
    case 'entry':
      return document.entryRange(path);
    case 'value':
      return document.valueRange(path);
  }
}

function findingOfProblem(problem: PlacedProblem, severity: Severity): Finding {
  const { document } = problem;
  // A near miss of a word is a guess; another spelling of the same amount is not.
  const safe = problem.suggestions.length === 1 && respelled.has(problem.rule);
  return {
    rule: problem.rule,
    severity,
    message: problem.message,
    document,
    range: problem.range,
    fixes: problem.suggestions.map((suggestion): Fix => ({
      title: `Change to ${suggestion}`,
      edits: [{ document, range: problem.range, newText: suggestion }],
      safe,
    })),
    related: problem.related ?? [],
  };
}

function findingOfFailure(rule: Rule, error: unknown, loaded: LoadedTopology): Finding {
  const { document } = loaded;
  const firstLineEnd = document.text.search(/\r?\n/);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    rule: ruleFailed,
    severity: 'warning',
    message:
      `The rule ${rule.name} failed on this file and found nothing (${what}). ` +
      'This is a mistake in Tidemark: please report it with this message. ' +
      'All other rules were checked.',
    document,
    range: { start: 0, end: firstLineEnd === -1 ? document.text.length : firstLineEnd },
    fixes: [],
    related: [],
  };
}

function byPosition(a: Finding, b: Finding): number {
  return (
    (a.document === b.document ? 0 : a.document.uri < b.document.uri ? -1 : 1) ||
    a.range.start - b.range.start ||
    a.range.end - b.range.end ||
    (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) ||
    (a.message < b.message ? -1 : a.message > b.message ? 1 : 0)
  );
}

/** Equal findings stand side by side once sorted. */
function withoutRepeats(sorted: readonly Finding[]): readonly Finding[] {
  return sorted.filter((finding, index) => {
    const before = sorted[index - 1];
    return before === undefined || byPosition(before, finding) !== 0;
  });
}
