/** The YAML of a topology file as a tree whose every node knows its place in the text. */
import type { Path, TextRange } from '../document.ts';

export type TreeNode = ScalarNode | MapNode | ListNode | AliasNode;
/** A node with every alias followed. */
export type SolidNode = Exclude<TreeNode, AliasNode>;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly range: TextRange;
  readonly value: string | number | boolean | null;
  /** As written, without quotes: `6.70` where the value is the number 6.7. */
  readonly source: string;
}

export interface MapNode {
  readonly kind: 'map';
  readonly range: TextRange;
  /** True for `{ a: 1 }`. */
  readonly flow: boolean;
  /** In the order of the text; where a key stands twice, the first one. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface ListNode {
  readonly kind: 'list';
  readonly range: TextRange;
  /** True for `[a, b]`. */
  readonly flow: boolean;
  readonly items: readonly TreeNode[];
}

export interface AliasNode {
  readonly kind: 'alias';
  readonly range: TextRange;
  readonly target: SolidNode;
}

export interface Entry {
  readonly key: string;
  readonly keyRange: TextRange;
  readonly value: TreeNode;
}

/** The node itself, or what its alias stands for. */
export function solid(node: TreeNode): SolidNode {
  return node.kind === 'alias' ? node.target : node;
}

/** A value that is not there at all: `key:` and nothing behind it. */
export function isEmpty(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value === null && node.source === '';
}

export function entryRangeOf(entry: Entry): TextRange {
  return { start: entry.keyRange.start, end: Math.max(entry.keyRange.end, entry.value.range.end) };
}

/** What a path leads to: the node, and the entry that holds it where its parent is a map. */
export interface Found {
  readonly node: TreeNode;
  readonly entry: Entry | undefined;
}

/** Follows a path as far as it goes; `depth` tells how many of its keys were found. */
export function follow(
  root: TreeNode | undefined,
  path: Path,
): { readonly found: Found | undefined; readonly depth: number } {
  if (!root) return { found: undefined, depth: 0 };
  let found: Found = { node: root, entry: undefined };
  for (const [depth, key] of path.entries()) {
    const next = child(found.node, key);
    if (!next) return { found, depth };
    found = next;
  }
  return { found, depth: path.length };
}

function child(node: TreeNode, key: string | number): Found | undefined {
  const parent = solid(node);
  if (parent.kind === 'map') {
    const entry = parent.entries.get(String(key));
    return entry && { node: entry.value, entry };
  }
  if (parent.kind === 'list' && typeof key === 'number') {
    const item = parent.items[key];
    return item && { node: item, entry: undefined };
  }
  return undefined;
}

/** The keys of the innermost node whose entry holds the offset (both ends included). */
export function pathTo(root: TreeNode | undefined, offset: number): Path {
  const path: (string | number)[] = [];
  let node = root;
  // An alias is not followed: its target stands elsewhere in the text.
  while (node && (node.kind === 'map' || node.kind === 'list')) {
    const next: { key: string | number; node: TreeNode } | undefined =
      node.kind === 'map' ? entryHolding(node, offset) : itemHolding(node, offset);
    if (!next) break;
    path.push(next.key);
    node = next.node;
  }
  return path;
}

const orderedEntries = new WeakMap<MapNode, readonly Entry[]>();

function entryHolding(map: MapNode, offset: number) {
  let entries = orderedEntries.get(map);
  if (!entries) {
    entries = [...map.entries.values()];
    orderedEntries.set(map, entries);
  }
  const entry = entries[lastStartingBefore(entries, offset, ({ keyRange }) => keyRange.start)];
  return entry && entryRangeOf(entry).end >= offset
    ? { key: entry.key, node: entry.value }
    : undefined;
}

function itemHolding(list: ListNode, offset: number) {
  const key = lastStartingBefore(list.items, offset, ({ range }) => range.start);
  const item = list.items[key];
  return item && item.range.end >= offset ? { key, node: item } : undefined;
}

/**
 * Which is the last of elements in the order of the text that starts at or before the offset; -1 for
 * none.
 */
function lastStartingBefore<T>(
  elements: readonly T[],
  offset: number,
  startOf: (element: T) => number,
): number {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = elements[middle];
    if (element !== undefined && startOf(element) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
