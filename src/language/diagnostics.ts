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
