/** Takes entries out of a text, with their line or their comma. */
import type { Path, TextRange, TopologyDocument } from '../document.ts';
import { treeOf } from '../parse.ts';
import { entryRangeOf } from '../source/tree.ts';
import type { ListNode, MapNode, TreeNode } from '../source/tree.ts';
import { columnOf, commaBehind, lineEnd, lineStart, nextLine, startsLine } from './text.ts';

interface Removal {
  readonly document: TopologyDocument;
  readonly range: TextRange;
  readonly newText: string;
}

/**
 * Removes the entry or the list item at `path`: a block's with its whole lines and the comments on
 * them, a flow collection's with its comma. A block that loses its last entry is left empty. No
 * edits where the path is not in the text, or leads through an alias.
 */
export function removeEntry(document: TopologyDocument, path: Path): Removal[] {
  const parent = parentOf(document, path);
  const key = path.at(-1);
  if (!parent || key === undefined) return [];
  const spans = parent.kind === 'map' ? entrySpans(parent) : itemSpans(document, parent);
  const index =
    parent.kind === 'map' ? [...parent.entries.keys()].indexOf(String(key)) : Number(key);
  const span = spans[index];
  if (!span) return [];
  const next = spans[index + 1];
  return parent.flow
    ? fromBrackets(document, span, spans[index - 1], next)
    : [{ document, range: linesOf(document, span, next), newText: '' }];
}

function parentOf(document: TopologyDocument, path: Path): MapNode | ListNode | undefined {
  let node: TreeNode | undefined = treeOf(document);
  for (const key of path.slice(0, -1)) {
    if (node?.kind === 'map') node = node.entries.get(String(key))?.value;
    else node = node?.kind === 'list' ? node.items[Number(key)] : undefined;
  }
  return node?.kind === 'map' || node?.kind === 'list' ? node : undefined;
}

function entrySpans(map: MapNode): TextRange[] {
  return [...map.entries.values()].map(entryRangeOf);
}

/** In a block list, a span begins with the dash. */
function itemSpans(document: TopologyDocument, list: ListNode): TextRange[] {
  if (list.flow) return list.items.map(({ range }) => range);
  const column = columnOf(document, list.range.start);
  let from = list.range.start;
  return list.items.map((item, index) => {
    const dash = index === 0 ? from : dashBehind(document.text, from, column);
    const span = { start: dash, end: Math.max(item.range.end, dash + 1) };
    from = span.end;
    return span;
  });
}

/** The next dash at that column that only spaces stand before. */
function dashBehind(text: string, offset: number, column: number): number {
  for (let line = nextLine(text, offset); line < text.length; line = nextLine(text, line)) {
    const dash = line + column;
    if (text[dash] === '-' && text.slice(line, dash).trim() === '') return dash;
  }
  return offset;
}

function linesOf(
  document: TopologyDocument,
  span: TextRange,
  next: TextRange | undefined,
): TextRange {
  const { text } = document;
  if (startsLine(document, span.start)) {
    return { start: lineStart(document, span.start), end: nextLine(text, span.end) };
  }
  // Behind a dash: the next entry moves up, unless a comment stands in between.
  const end = lineEnd(text, span.end);
  const movesUp = next && text.slice(end, next.start).trim() === '';
  return { start: span.start, end: movesUp ? next.start : end };
}

function fromBrackets(
  document: TopologyDocument,
  span: TextRange,
  previous: TextRange | undefined,
  next: TextRange | undefined,
): Removal[] {
  const { text } = document;
  const cut = (start: number, end: number) => ({ document, range: { start, end }, newText: '' });
  const comma = commaBehind(text, span.end);
  if (next) {
    if (!text.slice(span.end, next.start).includes('#')) return [cut(span.start, next.start)];
    return comma === undefined ? [] : [cut(span.start, span.end), cut(comma, comma + 1)];
  }
  if (previous) {
    const before = commaBehind(text, previous.end);
    if (before === undefined) return [];
    if (!text.slice(previous.end, span.start).includes('#')) return [cut(previous.end, span.end)];
    return [cut(before, before + 1), cut(span.start, span.end)];
  }
  const end = comma === undefined ? span.end : comma + 1;
  const spaces = /[ \t]*/y;
  spaces.lastIndex = end;
  spaces.exec(text);
  return [cut(span.start, spaces.lastIndex)];
}
