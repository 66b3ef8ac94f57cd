/** Findings as workflow commands, which GitHub shows as annotations beside the lines of a change. */
import type { Finding, Severity } from '../../lint/rule.ts';
import { regionOf } from '../region.ts';

const commands: Readonly<Record<Severity, 'error' | 'warning' | 'notice'>> = {
  error: 'error',
  warning: 'warning',
  information: 'notice',
  hint: 'notice',
};

/** One line for each finding. */
export function annotationOf({ rule, severity, message, document, range }: Finding): string {
  const { line, column, endLine, endColumn } = regionOf(document, range);
  // The service refuses columns where a finding has several lines.
  const columns = line === endLine ? [`col=${column}`, `endColumn=${endColumn}`] : [];
  const properties = [
    `file=${property(document.uri.replace(/^(\.\/+)+/, ''))}`,
    `line=${line}`,
    `endLine=${endLine}`,
    ...columns,
    `title=${property(rule)}`,
  ];
  return `::${commands[severity]} ${properties.join(',')}::${data(message)}`;
}

/** A line break would end the command, and % begins an escape. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** In a property, a colon or a comma would end it, too. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
