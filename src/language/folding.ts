/** What can be folded away, and what a selection grows to. */
import {
  FoldingRangeKind,
  type FoldingRange,
  type SelectionRange,
} from 'vscode-languageserver-types';
import type { TextRange, TopologyDocument } from '../topology/document.ts';
import { treeOf } from '../topology/parse.ts';
import { entryRangeOf, type TreeNode } from '../topology/source/tree.ts';
import { toRange } from './ranges.ts';

/** Sections, list items and runs of comments that take more than one line. */
export function foldingRanges(document: TopologyDocument): FoldingRange[] {
  const folds: FoldingRange[] = [];
  const fold = (range: TextRange): void => {
    const startLine = document.positionAt(range.start).line;
    const endLine = document.positionAt(range.end).line;
    if (endLine > startLine) folds.push({ startLine, endLine });
  };
  const visit = (node: TreeNode): void => {
    if (node.kind === 'map') {
      for (const entry of node.entries.values()) {
        fold(entryRangeOf(entry));
        visit(entry.value);
      }
    } else if (node.kind === 'list') {
      for (const item of node.items) {
        fold(item.range);
        visit(item);
      }
    }
  };
  const root = treeOf(document);
  if (root) visit(root);
  // The first entry of a list item begins on the item's own line, and one fold a line is enough.
  const widest = new Map<number, FoldingRange>();
  for (const each of [...folds, ...commentFolds(document)]) {
    const known = widest.get(each.startLine);
    if (!known || known.endLine < each.endLine) widest.set(each.startLine, each);
  }
  return [...widest.values()].sort((a, b) => a.startLine - b.startLine);
}

function commentFolds({ text }: TopologyDocument): FoldingRange[] {
  const folds: FoldingRange[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  let first: number | undefined;
  lines.push('');
  lines.forEach((line, index) => {
    if (/^\s*#/.test(line)) {
      first ??= index;
      return;
    }
    if (first !== undefined && index - 1 > first) {
      folds.push({ startLine: first, endLine: index - 1, kind: FoldingRangeKind.Comment });
    }
    first = undefined;
  });
  return folds;
}

/** From the value under the cursor over its entry and its sections to the whole file. */
export function selectionRange(document: TopologyDocument, offset: number): SelectionRange {
  const ranges: TextRange[] = [];
  const path = document.pathAt(offset);
  for (let depth = 1; depth <= path.length; depth++) {
    const at = path.slice(0, depth);
    ranges.push(document.entryRange(at), document.valueRange(at), document.keyRange(at));
  }
  let outer: TextRange = { start: 0, end: document.text.length };
  let selection: SelectionRange = { range: toRange(document, outer) };
  for (const range of ranges) {
    if (range.start > offset || range.end < offset) continue;
    if (range.start < outer.start || range.end > outer.end) continue;
    if (range.start === outer.start && range.end === outer.end) continue;
    outer = range;
    selection = { range: toRange(document, range), parent: selection };
  }
  return selection;
}
