/** Findings as an editor's diagnostics. */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic,
  type DiagnosticRelatedInformation,
} from 'vscode-languageserver-types';
import { ruleUrl } from '../lint/registry.ts';
import type { Finding, RelatedPlace, Severity } from '../lint/rule.ts';
import { keyRangeOf, toRange } from './ranges.ts';

export const diagnosticSource = 'tidemark';

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

function toRelated(related: RelatedPlace): DiagnosticRelatedInformation {
  return {
    location: { uri: related.place.document.uri, range: keyRangeOf(related.place) },
    message: related.message,
  };
}

/** Diagnostics of one file that an editor is given; more than anybody scrolls through. */
export const mostDiagnostics = 1000;

const ranks: Record<Severity, number> = { error: 0, warning: 1, information: 2, hint: 3 };

/**
 * All findings of a file; of too many the worst, in the order of the text among equals, the last
 * diagnostic saying how many more there are.
 */
export function toDiagnostics(findings: readonly Finding[]): Diagnostic[] {
  if (findings.length <= mostDiagnostics) return findings.map(toDiagnostic);
  const worstFirst = [...findings].sort((a, b) => ranks[a.severity] - ranks[b.severity]);
  const shown = worstFirst.slice(0, mostDiagnostics - 1);
  const left = worstFirst.length - shown.length;
  const severity = worstFirst[shown.length]?.severity ?? 'information';
  const start = { line: 0, character: 0 };
  return [
    ...shown.map(toDiagnostic),
    {
      range: { start, end: start },
      severity: severities[severity],
      source: diagnosticSource,
      message: `${left} more findings are not shown; “tidemark lint” lists all ${findings.length}.`,
    },
  ];
}

export function toDiagnostic(finding: Finding): Diagnostic {
  const diagnostic: Diagnostic = {
    range: toRange(finding.document, finding.range),
    severity: severities[finding.severity],
    source: diagnosticSource,
    code: finding.rule,
    codeDescription: { href: ruleUrl(finding.rule) },
    message: finding.message,
  };
  if (finding.related.length > 0) diagnostic.relatedInformation = finding.related.map(toRelated);
  // An editor fades what is never used instead of underlining it.
  if (finding.rule === 'reference/unused') diagnostic.tags = [DiagnosticTag.Unnecessary];
  return diagnostic;
}
