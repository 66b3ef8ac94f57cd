/** `tidemark lint`: what the editor underlines, for terminals and CI. */
import { fixAll, type AppliedFix } from '../../lint/fix-all.ts';
import { mergeFindings, timesRead } from '../../lint/merge.ts';
import { ruleNamed, rules, ruleUrl } from '../../lint/registry.ts';
import type { Finding, Severity } from '../../lint/rule.ts';
import { lint, type LintOptions } from '../../lint/run.ts';
import type { LoadedTopology } from '../../topology/load.ts';
import { nearest } from '../../topology/near-miss.ts';
import { topologyFiles } from '../files.ts';
import { annotationOf } from '../formats/github.ts';
import { sarifOf } from '../formats/sarif.ts';
import { oneOf, pair, readOptions, severities } from '../options.ts';
import { regionOf, type Region } from '../region.ts';
import { unusedSuppression } from '../../lint/suppress.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { styleFor } from '../style.ts';
import { TopologyStore } from '../topology-store.ts';

export const lintUsage =
  'tidemark lint FILE... [--format text|json|sarif|github] [--max-severity SEVERITY] [--rule NAME=SEVERITY]... [--fix]';

/** A finding with lines and columns counted from 1, as people and problem matchers do. */
interface LintReport extends Region {
  readonly file: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly url: string;
}

function reportOf({ document, range, rule, severity, message }: Finding): LintReport {
  const region = regionOf(document, range);
  return { file: document.uri, ...region, rule, severity, message, url: ruleUrl(rule) };
}

export function lintCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands, values, flags, lists } = readOptions(args, ['format', 'max-severity'], {
    flags: ['fix'],
    lists: ['rule'],
  });
  if (operands.length === 0) throw new UsageError('lint needs at least one file or folder.');
  const format = oneOf('format', values.format ?? 'text', ['text', 'json', 'sarif', 'github']);
  const threshold = oneOf('max-severity', values['max-severity'] ?? 'error', severities);
  const options = { severities: severitiesFrom(lists.rule ?? []) };
  // All are read before any is changed: a name that is wrong leaves everything as it was.
  const store = new TopologyStore(shell);
  const roots = store.roots(topologyFiles(shell, operands));
  const topologies = roots.map((root) => store.load(root));
  const findings = flags.has('fix')
    ? fixFiles(shell, store, topologies, options)
    : lintAll(topologies, options);
  const files = timesRead(topologies).size;
  switch (format) {
    case 'text':
      printText(shell, findings.map(reportOf), files);
      break;
    case 'json':
      shell.print(`${JSON.stringify(findings.map(reportOf), undefined, 2)}\n`);
      break;
    case 'sarif':
      shell.print(`${JSON.stringify(sarifOf(findings), undefined, 2)}\n`);
      break;
    case 'github':
      shell.print(findings.map((finding) => `${annotationOf(finding)}\n`).join(''));
      break;
  }
  const floor = severities.indexOf(threshold);
  const wrong = findings.some(({ severity }) => severities.indexOf(severity) >= floor);
  return wrong ? exitStatus.wrong : exitStatus.fine;
}

function severitiesFrom(given: readonly string[]): Record<string, Severity | 'off'> {
  const known = rules.map(({ name }) => name);
  return Object.fromEntries(
    given.map((each) => {
      const [name, severity] = pair('rule', each);
      if (!ruleNamed(name)) {
        const near = nearest(name, known);
        const hint = near === undefined ? '' : ` Did you mean ${near}?`;
        throw new UsageError(`There is no rule ${name}.${hint}`);
      }
      return [name, oneOf(`rule ${name}`, severity, ['off', ...severities] as const)];
    }),
  );
}

function lintAll(topologies: readonly LoadedTopology[], options: LintOptions): readonly Finding[] {
  return mergeFindings(topologies.map((loaded) => ({ loaded, findings: lint(loaded, options) })));
}

/** Applies the safe fixes, says which, and returns what is left to find. */
function fixFiles(
  shell: Shell,
  store: TopologyStore,
  topologies: readonly LoadedTopology[],
  options: LintOptions,
): readonly Finding[] {
  const times = timesRead(topologies);
  const unwritable = new Set(
    topologies
      .flatMap(({ problems }) => problems.filter(isMisread))
      .map(({ document }) => document.uri),
  );
  for (const uri of unwritable) {
    shell.tell(`${uri}: nothing is fixed, because the file cannot be read as text.\n`);
  }
  for (const { document } of topologies) {
    // Fixing another topology may have changed a file that this one shares with it.
    const { texts, applied, refused, settled } = fixAll(
      store.load(document.uri),
      options,
      ({ rule, document: { uri } }, { edits }) =>
        // What suppresses nothing in this topology may do so in another one that has the file, too.
        !(rule === unusedSuppression && (times.get(uri) ?? 0) > 1) &&
        !edits.some((edit) => unwritable.has(edit.document.uri)),
    );
    for (const [file, text] of texts) store.write(file, text);
    for (const each of applied)
      shell.tell(`${placeOf(each)}: fixed: ${each.title} [${each.rule}]\n`);
    for (const each of refused) {
      shell.tell(
        `${placeOf(each)}: not fixed: “${each.title}” would keep the file from being read [${each.rule}]\n`,
      );
    }
    if (!settled) {
      shell.tell(`${document.uri}: there is more to fix; run the command once more.\n`);
    }
  }
  return lintAll(
    topologies.map(({ document }) => store.load(document.uri)),
    options,
  );
}

/** What was read is not what stands in the file, so it must not be written back. */
function isMisread({ rule }: { readonly rule: string }): boolean {
  return rule === 'yaml/encoding' || rule === 'yaml/too-large';
}

function placeOf({ uri, line }: AppliedFix): string {
  return `${uri}:${line + 1}`;
}

function printText(shell: Shell, reports: readonly LintReport[], files: number): void {
  const style = styleFor(shell.colours);
  for (const { file, line, column, severity, message, rule } of reports) {
    const place = style.bold(`${file}:${line}:${column}:`);
    shell.print(`${place} ${style.severity(severity)}: ${message} ${style.dim(`[${rule}]`)}\n`);
  }
  const counts = [...severities]
    .reverse()
    .map((severity) => [severity, reports.filter((r) => r.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${plural(severity, count)}`);
  const found = counts.length === 0 ? style.good('nothing to report') : counts.join(', ');
  shell.print(`${files} ${files === 1 ? 'file' : 'files'}: ${found}\n`);
}

function plural(severity: Severity, count: number): string {
  return count === 1 || severity === 'information' ? severity : `${severity}s`;
}
