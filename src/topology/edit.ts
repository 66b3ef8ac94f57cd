/**
 * Changes of a topology file's text that keep its comments, order and style.
 *
 * No function here throws. Where a change cannot be made, it returns no edits: the path is not in the
 * text, or an alias leads to it, so that the change would show wherever the alias is used.
 */
import type { Path, TextRange, TopologyDocument } from './document.ts';
import { renderBehindKey, renderFlow, renderItem, renderScalar } from './edit/render.ts';
import type { BlockStyle, Plain } from './edit/render.ts';
import {
  behindColon,
  columnOf,
  indentUnit,
  lineEnd,
  newlineOf,
  styleOfChildren,
} from './edit/text.ts';
import { treeOf } from './parse.ts';
import { isEmpty } from './source/tree.ts';
import type { Entry, ListNode, MapNode, TreeNode } from './source/tree.ts';

export type { Plain } from './edit/render.ts';
export { renderScalar } from './edit/render.ts';
export { removeEntry } from './edit/remove.ts';

/** A change of a text. */
export interface TextEdit {
  readonly range: TextRange;
  readonly newText: string;
}

/** A change of a document's text. What mends one file of a topology may have to stand in another. */
export interface DocumentEdit extends TextEdit {
  readonly document: TopologyDocument;
}

/** What a path leads to without following an alias, and whether it lies inside of brackets. */
interface Spot {
  readonly node: TreeNode;
  readonly entry: Entry | undefined;
  readonly inFlow: boolean;
}

function spotAt(document: TopologyDocument, path: Path): Spot | undefined {
  const root = treeOf(document);
  let spot: Spot | undefined = root && { node: root, entry: undefined, inFlow: false };
  for (const key of path) {
    if (!spot || (spot.node.kind !== 'map' && spot.node.kind !== 'list')) return undefined;
    const { node }: Spot = spot;
    const inFlow: boolean = spot.inFlow || ('flow' in node && node.flow);
    if (node.kind === 'map') {
      const entry: Entry | undefined = node.entries.get(String(key));
      spot = entry && { node: entry.value, entry, inFlow };
    } else {
      const item: TreeNode | undefined = node.items[Number(key)];
      spot = item && { node: item, entry: undefined, inFlow };
    }
  }
  return spot;
}

/**
 * Adds an entry to the map at `path`, behind its last one and in its style. Maps that are missing on
 * the way are created. No edits where the key stands there already with a value.
 */
export function insertEntry(
  document: TopologyDocument,
  path: Path,
  key: string,
  value: Plain,
): DocumentEdit[] {
  const spot = spotAt(document, path);
  if (!spot) return insertAbove(document, path, { [key]: value });
  const { node } = spot;
  if (node.kind === 'map') {
    const present = node.entries.get(key);
    if (present && isEmpty(present.value)) {
      return fill(
        document,
        { node: present.value, entry: present, inFlow: node.flow || spot.inFlow },
        value,
      );
    }
    if (present) return [];
    return node.flow
      ? intoBrackets(document, node, `${renderScalar(key)}: ${renderFlow(value)}`)
      : belowLast(document, node, (style) => {
          const name = renderScalar(key);
          return `${name}:${renderBehindKey(value, name, style)}`;
        });
  }
  return node.kind === 'scalar' && node.value === null
    ? fill(document, spot, { [key]: value })
    : [];
}

/** Adds an item to the list at `path`, behind its last one and in its style; creates the list. */
export function appendItem(document: TopologyDocument, path: Path, value: Plain): DocumentEdit[] {
  return appendItems(document, path, [value]);
}

/** Adds items to the list at `path`, as one change. */
export function appendItems(
  document: TopologyDocument,
  path: Path,
  values: readonly Plain[],
): DocumentEdit[] {
  if (values.length === 0) return [];
  const spot = spotAt(document, path);
  if (!spot) return insertAbove(document, path, values);
  const { node } = spot;
  if (node.kind === 'list') {
    if (node.flow) return intoBrackets(document, node, values.map(renderFlow).join(', '));
    return belowLast(document, node, (style) =>
      values
        .map((value) => `- ${renderItem(value, style)}`)
        .join(`${style.newline}${' '.repeat(style.column)}`),
    );
  }
  return node.kind === 'scalar' && node.value === null ? fill(document, spot, values) : [];
}

/** Puts YAML text in place of the value at `path`. `renderScalar` makes such text of a name. */
export function replaceValue(document: TopologyDocument, path: Path, text: string): DocumentEdit[] {
  const spot = spotAt(document, path);
  if (!spot) return [];
  if (!isEmpty(spot.node)) return [{ document, range: spot.node.range, newText: text }];
  if (!spot.entry) return [];
  const at = behindColon(document.text, spot.entry.keyRange);
  return [{ document, range: { start: at, end: at }, newText: ` ${text}` }];
}

/** Gives an entry another key. */
export function renameKey(document: TopologyDocument, path: Path, key: string): DocumentEdit[] {
  const entry = spotAt(document, path)?.entry;
  return entry ? [{ document, range: entry.keyRange, newText: renderScalar(key) }] : [];
}

/** The parent is missing, too: creates it around the value, or begins the file. */
function insertAbove(document: TopologyDocument, path: Path, value: Plain): DocumentEdit[] {
  const key = path.at(-1);
  if (typeof key === 'string') return insertEntry(document, path.slice(0, -1), key, value);
  // Below a missing list item there is nothing to hold on to; only a missing root can be begun.
  if (key !== undefined || treeOf(document) !== undefined) return [];
  const { text } = document;
  const newline = newlineOf(text);
  const style = { column: 0, unit: 2, newline, flow: undefined };
  // Behind a dash or a key everything is at hand to write a block; the file's root needs neither.
  const block = Array.isArray(value)
    ? value.map((item: Plain) => `- ${renderItem(item, style)}`)
    : Object.entries(value as Readonly<Record<string, Plain>>).map(([name, entry]) => {
        const shown = renderScalar(name);
        return `${shown}:${renderBehindKey(entry, shown, style)}`;
      });
  const before = text === '' || /[\r\n]$/.test(text) ? '' : newline;
  const range = { start: text.length, end: text.length };
  return [{ document, range, newText: `${before}${block.join(newline)}${newline}` }];
}

/** Gives a value to a key that has none, or takes the place of a `null`. */
function fill(document: TopologyDocument, spot: Spot, value: Plain): DocumentEdit[] {
  const { text } = document;
  if (!isEmpty(spot.node))
    return [{ document, range: spot.node.range, newText: renderFlow(value) }];
  if (!spot.entry) return [];
  const { keyRange } = spot.entry;
  const style: BlockStyle = {
    column: columnOf(document, keyRange.start),
    unit: indentUnit(document, treeOf(document)),
    newline: newlineOf(text),
    // A section that somebody opened by `key:` is meant to go on below; a short list is not.
    flow: spot.inFlow || (Array.isArray(value) ? undefined : false),
  };
  const rendered = renderBehindKey(value, spot.entry.key, style);
  const colon = behindColon(text, keyRange);
  const at = rendered.startsWith(' ') ? colon : lineEnd(text, colon);
  return [{ document, range: { start: at, end: at }, newText: rendered }];
}

/** Behind the last entry of `{ }` or `[ ]`, on its line or, where each has its own, on the next. */
function intoBrackets(
  document: TopologyDocument,
  node: MapNode | ListNode,
  rendered: string,
): DocumentEdit[] {
  const spans = spansOf(node);
  const last = spans.at(-1);
  if (!last) {
    const at = node.range.start + 1;
    const isMap = node.kind === 'map';
    const spaceBehind = isMap && !/\s/.test(document.text[at] ?? '') ? ' ' : '';
    const newText = isMap ? ` ${rendered}${spaceBehind}` : rendered;
    return [{ document, range: { start: at, end: at }, newText }];
  }
  const previousEnd = spans.at(-2)?.end ?? node.range.start;
  const ownLine = document.positionAt(previousEnd).line < document.positionAt(last.start).line;
  const separator = ownLine
    ? `,${newlineOf(document.text)}${' '.repeat(columnOf(document, last.start))}`
    : ', ';
  return [
    { document, range: { start: last.end, end: last.end }, newText: `${separator}${rendered}` },
  ];
}

function spansOf(node: MapNode | ListNode): readonly TextRange[] {
  if (node.kind === 'list') return node.items.map(({ range }) => range);
  return [...node.entries.values()].map(({ keyRange, value }) => ({
    start: keyRange.start,
    end: Math.max(keyRange.end, value.range.end),
  }));
}

/** On a line of its own below the last entry of a block, above whatever comments follow. */
function belowLast(
  document: TopologyDocument,
  node: MapNode | ListNode,
  render: (style: BlockStyle) => string,
): DocumentEdit[] {
  const { text } = document;
  const style: BlockStyle = {
    column: columnOf(document, node.range.start),
    unit: indentUnit(document, treeOf(document)),
    newline: newlineOf(text),
    flow: styleOfChildren(node),
  };
  const at = lineEnd(text, node.range.end);
  const newText = `${style.newline}${' '.repeat(style.column)}${render(style)}`;
  return [{ document, range: { start: at, end: at }, newText }];
}
