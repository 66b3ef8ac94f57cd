/** Quick fixes and "fix all" from the fixes that findings carry. */
import {
  CodeActionKind,
  type CodeAction,
  type TextEdit as LspTextEdit,
} from 'vscode-languageserver-types';
import type { Finding } from '../lint/rule.ts';
import type { TextRange } from '../topology/document.ts';
import type { TextEdit } from '../topology/edit.ts';
import { toDiagnostic } from './diagnostics.ts';
import { intersects, toRange } from './ranges.ts';

export const fixAllKind = `${CodeActionKind.SourceFixAll}.tidemark`;

function toLspEdits(finding: Finding, edits: readonly TextEdit[]): LspTextEdit[] {
  return edits.map((edit) => ({
    range: toRange(finding.document, edit.range),
    newText: edit.newText,
  }));
}

/** The fixes of the findings that touch the range. */
export function quickFixes(findings: readonly Finding[], range: TextRange): CodeAction[] {
  return findings
    .filter((finding) => intersects(finding.range, range.start, range.end))
    .flatMap((finding) =>
      finding.fixes.map((fix, index) => ({
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [toDiagnostic(finding)],
        isPreferred: index === 0 && fix.safe,
        edit: { changes: { [finding.document.uri]: toLspEdits(finding, fix.edits) } },
      })),
    );
}

/** One action that applies the safe fix of every finding, first come first served where they overlap. */
export function fixAll(findings: readonly Finding[]): CodeAction | undefined {
  const taken: TextRange[] = [];
  const edits: LspTextEdit[] = [];
  let uri = '';
  for (const finding of findings) {
    const fix = finding.fixes.find((candidate) => candidate.safe);
    if (!fix) continue;
    const free = fix.edits.every((edit) =>
      taken.every((range) => !intersects(range, edit.range.start, edit.range.end)),
    );
    if (!free) continue;
    taken.push(...fix.edits.map((edit) => edit.range));
    edits.push(...toLspEdits(finding, fix.edits));
    uri = finding.document.uri;
  }
  if (edits.length === 0) return undefined;
  return {
    title: 'Apply all safe Tidemark fixes',
    kind: fixAllKind,
    edit: { changes: { [uri]: edits } },
  };
}
