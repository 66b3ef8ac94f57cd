/** `tidemark lint`: what the editor underlines, for terminals and CI. */
import { ruleUrl } from '../../lint/registry.ts';
import { lint } from '../../lint/run.ts';
import type { Finding, Severity } from '../../lint/rule.ts';
import { loadTopology } from '../../topology/load.ts';
import { oneOf, readOptions, severities } from '../options.ts';
import { exitStatus, readFile, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { styleFor } from '../style.ts';

export const lintUsage = 'tidemark lint FILE... [--format text|json] [--max-severity SEVERITY]';

/** A finding with lines and columns counted from 1, as people and problem matchers do. */
interface LintReport {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly url: string;
}

function reportOf(file: string, finding: Finding): LintReport {
  const start = finding.document.positionAt(finding.range.start);
  const end = finding.document.positionAt(finding.range.end);
  return {
    file,
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
    rule: finding.rule,
    severity: finding.severity,
    message: finding.message,
    url: ruleUrl(finding.rule),
  };
}

export function lintCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands, values } = readOptions(args, ['format', 'max-severity']);
  if (operands.length === 0) throw new UsageError('lint needs at least one file.');
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const threshold = oneOf('max-severity', values['max-severity'] ?? 'error', severities);
  const reports = operands.flatMap((file) => {
    const loaded = loadTopology(readFile(shell, file), file);
    return lint(loaded).map((finding) => reportOf(file, finding));
  });
  if (format === 'json') shell.print(`${JSON.stringify(reports, undefined, 2)}\n`);
  else printText(shell, reports, operands.length);
  const floor = severities.indexOf(threshold);
  const wrong = reports.some(({ severity }) => severities.indexOf(severity) >= floor);
  return wrong ? exitStatus.wrong : exitStatus.fine;
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
