/** `tidemark lint`: what the editor underlines, for terminals and CI. */
import { fixAll } from '../../lint/fix-all.ts';
import { ruleNamed, rules, ruleUrl } from '../../lint/registry.ts';
import type { Finding, Severity } from '../../lint/rule.ts';
import { lint, type LintOptions } from '../../lint/run.ts';
import { loadTopology } from '../../topology/load.ts';
import { nearest } from '../../topology/near-miss.ts';
import { topologyFiles } from '../files.ts';
import { annotationOf } from '../formats/github.ts';
import { sarifOf } from '../formats/sarif.ts';
import { oneOf, pair, readOptions, severities } from '../options.ts';
import { regionOf, type Region } from '../region.ts';
import {
  exitStatus,
  readFile,
  UsageError,
  writeFile,
  type ExitStatus,
  type Shell,
} from '../shell.ts';
import { styleFor } from '../style.ts';

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
  const files = topologyFiles(shell, operands).map(
    (file) => [file, readFile(shell, file)] as const,
  );
  const findings = files.flatMap(([file, bytes]) =>
    flags.has('fix')
      ? fixFile(shell, file, bytes, options)
      : lint(loadTopology(bytes, file), options),
  );
  switch (format) {
    case 'text':
      printText(shell, findings.map(reportOf), files.length);
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

/** Applies the safe fixes, says which, and returns what is left to find. */
function fixFile(
  shell: Shell,
  file: string,
  bytes: Uint8Array,
  options: LintOptions,
): readonly Finding[] {
  const before = loadTopology(bytes, file);
  if (before.problems.some(({ rule }) => rule === 'yaml/encoding' || rule === 'yaml/too-large')) {
    // What was read is not what stands in the file, so it must not be written back.
    shell.tell(`${file}: nothing is fixed, because the file cannot be read as text.\n`);
    return lint(before, options);
  }
  const { text, applied, refused, settled, findings } = fixAll(before, options);
  if (text !== before.document.text) {
    writeFile(shell, file, startsWithMark(bytes) ? `\ufeff${text}` : text);
  }
  for (const { rule, title, line } of applied) {
    shell.tell(`${file}:${line + 1}: fixed: ${title} [${rule}]\n`);
  }
  for (const { rule, title, line } of refused) {
    shell.tell(
      `${file}:${line + 1}: not fixed: “${title}” would keep the file from being read [${rule}]\n`,
    );
  }
  if (!settled) shell.tell(`${file}: there is more to fix; run the command once more.\n`);
  return findings;
}

/** Reading drops the byte order mark. */
function startsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
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
