/**
 * Reads the YAML that topologies are written in, line by line: maps and lists by indentation, values
 * on one line, comments. It takes a small part of the time of a YAML parser and gives the very same
 * tree. What it does not know for certain it leaves out as a {@link Doubt}, for the parser to read.
 */
import type { Problem } from '../document.ts';
import { char, endsWord, entryOf, InlineReader, type Key } from './inline-values.ts';
import type { Entry, ListNode, MapNode, TreeNode } from './tree.ts';

/** Blocks inside blocks; deeper ones are left to the YAML parser, which knows the limit. */
const deepestBlock = 40;
/** With more of them the parser is as fast from the whole text. */
const mostDoubts = 100;

/** Whole lines that were not read, from the first to before `end`. */
export interface Doubt {
  readonly start: number;
  readonly end: number;
}

/** A map or list in which something is in doubt, directly or further inside. */
export interface Doubtful {
  /** Lacks what is in doubt. */
  readonly node: MapNode | ListNode;
  /** In the order of the text. */
  readonly parts: readonly Part[];
}

/** An entry of a map, an item of a list, or a line between them that is neither. */
export interface Part {
  /** Where its first line begins. */
  readonly start: number;
  /** Undefined where it is in doubt. */
  readonly value: TreeNode | undefined;
}

export interface LineReading {
  readonly root: MapNode;
  /** Keys that stand twice. */
  readonly problems: readonly Problem[];
  /** In the order of the text. */
  readonly doubts: readonly Doubt[];
  /** Every block on the way to a doubt. */
  readonly doubtful: readonly Doubtful[];
  /** No less than the words that the YAML parser counts in what was read. */
  readonly words: number;
}

/** Undefined where the text as a whole is not what this reader knows. `lineOf` counts from 0. */
export function readLines(
  text: string,
  lineOf: (offset: number) => number,
): LineReading | undefined {
  return new LineReader(text, lineOf).read();
}

/** A line that holds the beginning of a key, or a word that somebody has yet to finish. */
const halfTyped = /[A-Za-z0-9_][\w ./@()-]*(?=\r?\n|$)/y;

class LineReader {
  private readonly text: string;
  private readonly inline: InlineReader;
  /** Spaces before what stands in the line at hand; -1 behind the last line. */
  private indent = 0;
  /** The least indentation of a comment between the line before and the line at hand. */
  private commentIndent = Infinity;
  private isHopeless = false;
  private readonly doubts: Doubt[] = [];
  private readonly doubtful: Doubtful[] = [];

  constructor(text: string, lineOf: (offset: number) => number) {
    this.text = text;
    this.inline = new InlineReader(text, lineOf);
  }

  read(): LineReading | undefined {
    this.nextLine(0);
    if (this.indent !== 0) return undefined;
    const root = this.map(0, 0);
    if (!root || !this.isAtEnd()) return undefined;
    const { duplicates: problems, words } = this.inline;
    return { root, problems, doubts: this.doubts, doubtful: this.doubtful, words };
  }

  private isAtEnd(): boolean {
    return this.indent === -1 && !this.isHopeless;
  }

  /** The entries from the line at hand on; undefined where they make no map for certain. */
  private map(indent: number, depth: number): MapNode | undefined {
    if (depth > deepestBlock) return undefined;
    const { inline, doubts } = this;
    const start = inline.at;
    const entries = new Map<string, Entry>();
    let end = start;
    let parts: Part[] | undefined;
    do {
      const at = inline.at;
      const before = doubts.length;
      const key = this.key();
      const value = key && this.value(indent, depth);
      if (key && value) {
        if (doubts.length > before) parts ??= this.partsOf(entries);
        parts?.push({ start: this.lineStart(at), value });
        inline.add(entries, entryOf(key, value));
        end = Math.max(end, key.end, value.range.end);
      } else {
        if (!key && (at === start || !this.isHalfTyped(at))) return undefined;
        parts ??= this.partsOf(entries);
        parts.push(this.doubt(at, indent, before, false));
      }
    } while (this.indent === indent && !this.isHopeless);
    if (this.isHopeless) return undefined;
    const node: MapNode = { kind: 'map', range: { start, end }, flow: false, entries };
    if (parts) this.doubtful.push({ node, parts });
    return node;
  }

  private key(): Key | undefined {
    const key = this.inline.key(false);
    return key && endsWord(this.text.charCodeAt(this.inline.at), false) ? key : undefined;
  }

  private isHalfTyped(at: number): boolean {
    halfTyped.lastIndex = at;
    // A comment changes how far the parser lets such a word go on.
    return this.commentIndent === Infinity && halfTyped.test(this.text);
  }

  /** What stands behind the colon, on its line or in the lines below that are indented further. */
  private value(indent: number, depth: number): TreeNode | undefined {
    const { inline } = this;
    inline.spaces();
    const at = inline.at;
    if (!this.isLineEnd()) return this.inlineValue(indent);
    if (!this.endLine()) return undefined;
    if (this.indent > indent) {
      const block = this.isDash()
        ? this.list(this.indent, depth + 1)
        : this.map(this.indent, depth + 1);
      return this.indent > indent ? undefined : block;
    }
    if (this.indent === indent && this.isDash()) return this.list(indent, depth + 1);
    return { kind: 'scalar', range: { start: at, end: at }, value: null, source: '' };
  }

  private inlineValue(indent: number): TreeNode | undefined {
    const value = this.inline.value(false);
    return value && this.endLine() && this.indent <= indent ? value : undefined;
  }

  private list(indent: number, depth: number): ListNode | undefined {
    if (depth > deepestBlock) return undefined;
    const { inline, doubts } = this;
    const start = inline.at;
    const items: TreeNode[] = [];
    let parts: Part[] | undefined;
    do {
      const at = inline.at;
      const before = doubts.length;
      const value = this.item(indent, depth);
      if (value) {
        if (doubts.length > before) parts ??= this.partsOf(items);
        parts?.push({ start: this.lineStart(at), value });
        items.push(value);
      } else {
        parts ??= this.partsOf(items);
        parts.push(this.doubt(at, indent, before, true));
      }
    } while (this.indent === indent && this.isDash() && !this.isHopeless);
    if (this.isHopeless) return undefined;
    const end = items.at(-1)?.range.end ?? start;
    const node: ListNode = { kind: 'list', range: { start, end }, flow: false, items };
    if (parts) this.doubtful.push({ node, parts });
    return node;
  }

  private item(indent: number, depth: number): TreeNode | undefined {
    const { inline } = this;
    const dash = inline.at++;
    inline.spaces();
    inline.words += 2;
    if (this.isLineEnd()) return undefined;
    const { at } = inline;
    const key = this.key();
    inline.at = at;
    if (!key) return this.inlineValue(indent);
    const map = this.map(indent + at - dash, depth + 1);
    return this.indent > indent ? undefined : map;
  }

  private isDash(): boolean {
    const { at } = this.inline;
    return this.text.charCodeAt(at) === char.dash && endsWord(this.text.charCodeAt(at + 1), false);
  }

  /** Whether nothing more stands in the line, but for a comment that spaces separate. */
  private isLineEnd(): boolean {
    const { at } = this.inline;
    const code = this.text.charCodeAt(at);
    return (
      code === char.lineFeed ||
      code !== code ||
      (code === char.hash && this.text.charCodeAt(at - 1) === char.space) ||
      (code === char.carriageReturn && this.text.charCodeAt(at + 1) === char.lineFeed)
    );
  }

  /** Goes on to the next line; false where something else stands in this one. */
  private endLine(): boolean {
    this.inline.spaces();
    if (!this.isLineEnd()) return false;
    this.nextLineBehind(this.inline.at);
    return true;
  }

  private nextLineBehind(at: number): void {
    const lineFeed = this.text.indexOf('\n', at);
    this.nextLine(lineFeed < 0 ? this.text.length : lineFeed + 1);
  }

  /** Goes to the first line from `at` on, where one begins, that holds more than a comment. */
  private nextLine(at: number): void {
    const { text, inline } = this;
    this.commentIndent = Infinity;
    let lineStart = at;
    for (;;) {
      let next = lineStart;
      while (text.charCodeAt(next) === char.space) next++;
      inline.at = next;
      inline.words += 3;
      const code = text.charCodeAt(next);
      if (code !== code) {
        this.indent = -1;
        return;
      }
      if (code === char.lineFeed) {
        lineStart = next + 1;
      } else if (code === char.carriageReturn && text.charCodeAt(next + 1) === char.lineFeed) {
        lineStart = next + 2;
      } else if (code === char.hash) {
        this.commentIndent = Math.min(this.commentIndent, next - lineStart);
        const lineFeed = text.indexOf('\n', next);
        lineStart = lineFeed < 0 ? text.length : lineFeed + 1;
      } else {
        this.indent = next - lineStart;
        const marks = this.indent === 0 && (code === char.dash || code === char.dot);
        // Where a document may begin or end, all bets are off.
        if (marks && /(?:---|\.\.\.)/y.test(text.slice(next, next + 3))) this.isHopeless = true;
        return;
      }
    }
  }

  /**
   * Leaves out the part that begins `at`, with all lines that may belong to it. What was doubted
   * further inside of it, since there were `before` doubts, is a part of this one.
   */
  private doubt(at: number, indent: number, before: number, isItem: boolean): Part {
    const { inline } = this;
    const start = this.lineStart(at);
    this.doubts.length = before;
    while (this.doubtful.length > 0 && (this.doubtful.at(-1)?.node.range.start ?? 0) >= at) {
      this.doubtful.pop();
    }
    while ((inline.duplicates.at(-1)?.range.start ?? -1) >= at) inline.duplicates.pop();
    inline.at = at;
    for (;;) {
      this.nextLineBehind(inline.at);
      const belongs = this.indent > indent || (this.indent === indent && !isItem && this.mayGoOn());
      if (!belongs) break;
      // A comment changes how far the parser lets a value over several lines go on.
      if (this.commentIndent <= indent) this.isHopeless = true;
    }
    const end = this.indent < 0 ? this.text.length : this.lineStart(inline.at);
    if (before >= mostDoubts) this.isHopeless = true;
    this.doubts.push({ start, end });
    return { start, value: undefined };
  }

  /** Whether the line at hand may belong to the entry above, though it is indented no further. */
  private mayGoOn(): boolean {
    const code = this.text.charCodeAt(this.inline.at);
    return code === char.closeList || code === char.closeMap || this.isDash();
  }

  private partsOf(read: Map<string, Entry> | readonly TreeNode[]): Part[] {
    const parts: Part[] = [];
    if (read instanceof Map) {
      for (const { keyRange, value } of read.values()) {
        parts.push({ start: this.lineStart(keyRange.start), value });
      }
    } else {
      for (const value of read) {
        parts.push({ start: this.lineStart(value.range.start), value });
      }
    }
    return parts;
  }

  private lineStart(at: number): number {
    return at === 0 ? 0 : this.text.lastIndexOf('\n', at - 1) + 1;
  }
}
