/** Quick fixes and "fix all" from the fixes that findings carry. */
import {
  CodeActionKind,
  type CodeAction,
  type TextEdit as LspTextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver-types';
import type { Finding } from '../lint/rule.ts';
import { byDocument, type TextRange } from '../topology/document.ts';
import type { DocumentEdit } from '../topology/edit.ts';
import { toDiagnostic } from './diagnostics.ts';
import { intersects, toRange } from './ranges.ts';

export const fixAllKind = `${CodeActionKind.SourceFixAll}.tidemark`;

function toLspEdits(edits: readonly DocumentEdit[]): WorkspaceEdit {
  const changes: Record<string, LspTextEdit[]> = {};
  for (const [document, its] of byDocument(edits)) {
    changes[document.uri] = its.map(({ range, newText }) => ({
      range: toRange(document, range),
      newText,
    }));
  }
  return { changes };
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
        edit: toLspEdits(fix.edits),
      })),
    );
}

/**
 * One action that applies the safe fixes of a file's findings, first come first served where they overlap.
 * It changes that file alone, as editors run it when a file is saved: a fix that would change another one,
 * too, waits to be chosen.
 */
export function fixAll(findings: readonly Finding[]): CodeAction | undefined {
  const taken: TextRange[] = [];
  const edits: DocumentEdit[] = [];
  for (const finding of findings) {
    const fix = finding.fixes.find((candidate) => candidate.safe);
    if (!fix?.edits.every(({ document }) => document === finding.document)) continue;
    const free = fix.edits.every((edit) =>
      taken.every((range) => !intersects(range, edit.range.start, edit.range.end)),
    );
    if (!free) continue;
    taken.push(...fix.edits.map((edit) => edit.range));
    edits.push(...fix.edits);
  }
  if (edits.length === 0) return undefined;
  return {
    title: 'Apply all safe Tidemark fixes',
    kind: fixAllKind,
    edit: toLspEdits(edits),
  };
}
