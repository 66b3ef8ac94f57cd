/** From the text of a topology file to a {@link TopologyDocument}. */
import type { Path, Position, Problem, TextRange, TopologyDocument } from './document.ts';
import { decode, withoutControlCharacters } from './source/decode.ts';
import { readSource } from './source/read-source.ts';
import { entryRangeOf, follow, pathTo, solid } from './source/tree.ts';
import type { TreeNode } from './source/tree.ts';

const roots = new WeakMap<TopologyDocument, TreeNode>();

/** The tree of a document; undefined where it holds nothing that could be read. */
export function treeOf(document: TopologyDocument): TreeNode | undefined {
  return roots.get(document);
}

/**
 * Reads any text or bytes; never throws. Time and memory grow linearly with the input, up to the
 * limits in `source/`, beyond which the document is empty and says why.
 */
export function parseDocument(source: string | Uint8Array, uri: string): TopologyDocument {
  const { text, problems: decoding, readable } = decode(source);
  const lineStarts = lineStartsOf(text);
  const lineOf = (offset: number) => lineHolding(lineStarts, offset);
  const yaml = withoutControlCharacters(text);
  const { root, problems: objections } = readable
    ? readSource(yaml, lineOf)
    : { root: undefined, problems: [] };
  const problems = inOrder([...decoding, ...objections]);
  const document = new ParsedDocument(uri, text, lineStarts, problems, root);
  if (root) roots.set(document, root);
  return document;
}

/** In the order of the text; what says the same of the same place, once. */
export function inOrder<P extends Problem>(problems: readonly P[]): P[] {
  const seen = new Set<string>();
  return [...problems]
    .sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end)
    .filter(({ rule, message, range }) => {
      const identity = `${rule} ${range.start} ${range.end} ${message}`;
      if (seen.has(identity)) return false;
      seen.add(identity);
      return true;
    });
}

class ParsedDocument implements TopologyDocument {
  readonly uri: string;
  readonly text: string;
  readonly lineStarts: readonly number[];
  readonly problems: readonly Problem[];
  private readonly root: TreeNode | undefined;
  private plain: { readonly value: unknown } | undefined;

  constructor(
    uri: string,
    text: string,
    lineStarts: readonly number[],
    problems: readonly Problem[],
    root: TreeNode | undefined,
  ) {
    this.uri = uri;
    this.text = text;
    this.lineStarts = lineStarts;
    this.problems = problems;
    this.root = root;
  }

  get value(): unknown {
    this.plain ??= { value: this.root && plainOf(this.root, new Map()) };
    return this.plain.value;
  }

  keyRange(path: Path): TextRange {
    const { found, depth } = follow(this.root, path);
    if (depth < path.length) return this.keyRange(path.slice(0, depth));
    return found?.entry?.keyRange ?? found?.node.range ?? { start: 0, end: 0 };
  }

  valueRange(path: Path): TextRange {
    const { found, depth } = follow(this.root, path);
    if (depth < path.length) return this.keyRange(path.slice(0, depth));
    return found?.node.range ?? { start: 0, end: 0 };
  }

  entryRange(path: Path): TextRange {
    const { found, depth } = follow(this.root, path);
    if (depth < path.length) return this.keyRange(path.slice(0, depth));
    if (found?.entry) return entryRangeOf(found.entry);
    return found?.node.range ?? { start: 0, end: 0 };
  }

  has(path: Path): boolean {
    const { found, depth } = follow(this.root, path);
    return found !== undefined && depth === path.length;
  }

  pathAt(offset: number): Path {
    return pathTo(this.root, offset);
  }

  positionAt(offset: number): Position {
    const at = Math.min(Math.max(offset, 0), this.text.length);
    const line = lineHolding(this.lineStarts, at);
    return { line, character: at - (this.lineStarts[line] ?? 0) };
  }

  offsetAt(position: Position): number {
    const start = this.lineStarts[position.line];
    if (start === undefined) return position.line < 0 ? 0 : this.text.length;
    const end = this.lineStarts[position.line + 1] ?? this.text.length;
    return Math.min(start + Math.max(position.character, 0), end);
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  if (text.includes('\r')) {
    for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
    return starts;
  }
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineHolding(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

/** Objects have no prototype: `__proto__` and `constructor` are names like any other. */
function plainOf(node: TreeNode, shared: Map<TreeNode, unknown>): unknown {
  const target = solid(node);
  if (target.kind === 'scalar') return target.value;
  if (shared.has(target)) return shared.get(target);
  if (target.kind === 'list') {
    const list = target.items.map((item) => plainOf(item, shared));
    shared.set(target, list);
    return list;
  }
  const map = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of target.entries) map[key] = plainOf(entry.value, shared);
  shared.set(target, map);
  return map;
}
