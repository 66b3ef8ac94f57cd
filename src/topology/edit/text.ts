/** Lines, columns and commas of a text that is being edited. */
import type { TextRange, TopologyDocument } from '../document.ts';
import type { ListNode, MapNode, TreeNode } from '../source/tree.ts';
import { solid } from '../source/tree.ts';

/** The line break that the file uses. */
export function newlineOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

export function columnOf(document: TopologyDocument, offset: number): number {
  return document.positionAt(offset).character;
}

/** Where the line of an offset ends, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const end = text.slice(offset).search(/[\r\n]/);
  return end < 0 ? text.length : offset + end;
}

/** Where the next line begins. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  if (text.startsWith('\r\n', end)) return end + 2;
  return Math.min(end + 1, text.length);
}

export function lineStart(document: TopologyDocument, offset: number): number {
  return offset - columnOf(document, offset);
}

/** Whether only spaces stand before the offset on its line. */
export function startsLine(document: TopologyDocument, offset: number): boolean {
  return document.text.slice(lineStart(document, offset), offset).trim() === '';
}

/** The comma behind an offset of a flow collection, past spaces, line breaks and comments. */
export function commaBehind(text: string, offset: number): number | undefined {
  const before = /(?:\s|#[^\r\n]*)*/y;
  before.lastIndex = offset;
  before.exec(text);
  return text[before.lastIndex] === ',' ? before.lastIndex : undefined;
}

/** By how many columns the file nests; 2 where it nests nothing. */
export function indentUnit(document: TopologyDocument, root: TreeNode | undefined): number {
  const top = root && solid(root);
  if (top?.kind !== 'map' || top.flow) return 2;
  for (const { value } of top.entries.values()) {
    if (value.kind === 'map' && !value.flow && value.entries.size > 0) {
      const column = columnOf(document, value.range.start);
      if (column > 0) return column;
    }
  }
  return 2;
}

/** Whether the collections in a collection are written with brackets; undefined without any. */
export function styleOfChildren(node: MapNode | ListNode): boolean | undefined {
  const children =
    node.kind === 'map' ? [...node.entries.values()].map(({ value }) => value) : node.items;
  const last = children.findLast((child) => child.kind === 'map' || child.kind === 'list');
  return last && 'flow' in last ? last.flow : undefined;
}

/** Where the key's colon ends. */
export function behindColon(text: string, keyRange: TextRange): number {
  const colon = /\s*:/y;
  colon.lastIndex = keyRange.end;
  const found = colon.exec(text);
  return found ? colon.lastIndex : keyRange.end;
}
