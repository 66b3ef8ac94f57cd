/** From what the YAML parser composed to a {@link TreeNode} with unique text keys. */
import { isAlias, isMap, isScalar } from 'yaml';
import type { Alias, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Problem, TextRange } from '../document.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { Entry, SolidNode, TreeNode } from './tree.ts';

/** Aliases followed when all of them are written out, nested ones counted each time. */
export const mostAliases = 100;
/** Objections that are listed: the rest of so many would hide them. */
export const mostProblems = 1000;
/** Values that aliases may add when all of them are written out. */
export const mostAliasedValues = 100_000;

export interface Built {
  readonly root: TreeNode | undefined;
  readonly problems: readonly Problem[];
}

/** What a node comes to with its aliases written out. */
interface Weight {
  readonly values: number;
  readonly aliases: number;
}

/** `text` is what the contents were composed from; `lineOf` counts from 0. */
export function build(
  contents: ParsedNode | null,
  text: string,
  lineOf: (offset: number) => number,
): Built {
  const builder = new Builder(text, lineOf);
  const root = contents && !isNothing(contents) ? builder.node(contents) : undefined;
  return { root, problems: builder.problems };
}

function isNothing(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

class Builder {
  readonly problems: Problem[] = [];
  private readonly text: string;
  private readonly lineOf: (offset: number) => number;
  private readonly anchors = new Map<string, SolidNode | 'open'>();
  private readonly weights = new WeakMap<SolidNode, Weight>();
  private values = 0;
  private aliases = 0;
  private aliasedValues = 0;
  private overflowing = false;

  constructor(text: string, lineOf: (offset: number) => number) {
    this.text = text;
    this.lineOf = lineOf;
  }

  node(node: ParsedNode): TreeNode {
    if (isAlias(node)) return this.alias(node);
    const { anchor } = node;
    if (anchor === undefined) return this.solid(node);
    this.anchors.set(anchor, 'open');
    const before = { values: this.values, aliases: this.aliases };
    const solid = this.solid(node);
    this.weights.set(solid, {
      values: this.values - before.values,
      aliases: this.aliases - before.aliases,
    });
    this.anchors.set(anchor, solid);
    return solid;
  }

  private solid(node: Exclude<ParsedNode, Alias.Parsed>): SolidNode {
    this.values++;
    if (isScalar(node)) return this.scalar(node);
    return isMap(node) ? this.map(node) : this.list(node);
  }

  private scalar(node: Scalar.Parsed): SolidNode {
    const { value } = node as { value: unknown };
    const range = this.withoutLastBreaks(node);
    const plain =
      typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
        ? value
        : null;
    const source = typeof plain === 'string' ? plain : node.source;
    return { kind: 'scalar', range, value: plain, source };
  }

  /** A block scalar's range ends with its text, but for line breaks that it keeps on purpose. */
  private withoutLastBreaks(node: Scalar.Parsed): TextRange {
    const { start, end: to } = rangeOf(node);
    let end = to;
    if (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') return { start, end };
    const { value } = node as { value: unknown };
    const keeps = typeof value === 'string' && /\n\n$|^\n$/.test(value);
    const breaks = keeps ? /\r?\n$/ : /\s+$/;
    end -= breaks.exec(this.text.slice(start, end))?.[0].length ?? 0;
    return { start, end };
  }

  private map(node: YAMLMap.Parsed): SolidNode {
    const entries = new Map<string, Entry>();
    let end = rangeOf(node).end;
    if (node.flow !== true) end = rangeOf(node).start;
    for (const pair of node.items as Pair<ParsedNode | null, ParsedNode | null>[]) {
      const entry = this.entry(pair);
      if (!entry) continue;
      if (node.flow !== true) end = Math.max(end, entry.keyRange.end, entry.value.range.end);
      const first = entries.get(entry.key);
      if (!first) entries.set(entry.key, entry);
      else if (this.problems.length < mostProblems) {
        this.problems.push(duplicateKey(entry, first, this.lineOf));
      }
    }
    const range = { start: rangeOf(node).start, end };
    return { kind: 'map', range, flow: node.flow === true, entries };
  }

  private list(node: YAMLSeq.Parsed): SolidNode {
    const items = node.items.map((item) => this.node(item));
    const range = rangeOf(node);
    const end = node.flow === true ? range.end : (items.at(-1)?.range.end ?? range.start);
    return {
      kind: 'list',
      range: { start: range.start, end },
      flow: node.flow === true,
      items,
    };
  }

  private entry(pair: Pair<ParsedNode | null, ParsedNode | null>): Entry | undefined {
    const { key, value } = pair;
    const keyText = key && isScalar(key) ? keyTextOf(key) : undefined;
    if (!key || keyText === undefined) {
      const at = key ?? value;
      const range = at ? rangeOf(at) : { start: 0, end: 0 };
      const message =
        key && isAlias(key)
          ? 'An alias cannot be a key; write the name.'
          : key && !isScalar(key)
            ? 'A key is a name, not a list or a map.'
            : 'A key is missing before the colon.';
      this.add('yaml/bad-key', message, range);
      return undefined;
    }
    const keyRange = rangeOf(key);
    return { key: keyText, keyRange, value: value ? this.node(value) : nothingAt(keyRange.end) };
  }

  private alias(node: Alias.Parsed): TreeNode {
    const range = rangeOf(node);
    const target = this.anchors.get(node.source);
    if (target === undefined) {
      this.add('yaml/alias', `No anchor &${node.source} stands before this alias.`, range);
      return unreadable(range, `*${node.source}`);
    }
    if (target === 'open') {
      this.add('yaml/alias', `*${node.source} stands inside of what it repeats.`, range);
      return unreadable(range, `*${node.source}`);
    }
    const weight = this.weights.get(target) ?? { values: 1, aliases: 0 };
    this.values += weight.values;
    this.aliases += 1 + weight.aliases;
    this.aliasedValues += weight.values;
    if (this.aliases > mostAliases || this.aliasedValues > mostAliasedValues) {
      if (!this.overflowing) {
        this.overflowing = true;
        const message =
          this.aliases > mostAliases
            ? `Written out, the file follows more than ${mostAliases} aliases.`
            : `Written out, the aliases repeat more than ${mostAliasedValues} values.`;
        this.add('yaml/alias', `${message} From here on they are not followed.`, range);
      }
      return unreadable(range, `*${node.source}`);
    }
    return { kind: 'alias', range, target };
  }

  private add(rule: string, message: string, range: TextRange): void {
    if (this.problems.length >= mostProblems) return;
    const end = Math.min(range.end, this.text.length);
    this.problems.push({ rule, message, range: { start: range.start, end }, suggestions: [] });
  }
}

function keyTextOf(key: Scalar.Parsed): string | undefined {
  const { value } = key as { value: unknown };
  if (typeof value === 'string') return value;
  // `22:` and `true:` are names as good as any, exactly as they are written.
  return key.source === '' ? undefined : key.source;
}

function rangeOf(node: ParsedNode): TextRange {
  return { start: node.range[0], end: node.range[1] };
}

function nothingAt(offset: number): TreeNode {
  return { kind: 'scalar', range: { start: offset, end: offset }, value: null, source: '' };
}

/** What an alias that cannot be followed counts as: a text that is no value of any field. */
function unreadable(range: TextRange, source: string): TreeNode {
  return { kind: 'scalar', range, value: null, source };
}
