/**
 * Values that stand on one line: plain and quoted scalars, `[a, b]` and `{ a: 1 }`. Whatever is not
 * plainly one of these is left to the YAML parser.
 */
import type { Problem } from '../document.ts';
import { valueOfPlain } from './core-schema.ts';
import { mostProblems } from './build.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { Entry, ListNode, MapNode, ScalarNode, TreeNode } from './tree.ts';

export const char = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  doubleQuote: 0x22,
  hash: 0x23,
  singleQuote: 0x27,
  comma: 0x2c,
  dash: 0x2d,
  dot: 0x2e,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  openMap: 0x7b,
  closeMap: 0x7d,
} as const;

/** What no plain scalar begins with here; `-` may, where something follows it. */
const indicators: ReadonlySet<number> = new Set(
  Array.from('?:,[]{}#&*!|>\'"%@`\ufeff', (each) => each.charCodeAt(0)),
);
/** Brackets inside brackets; deeper ones are left to the YAML parser, which knows the limit. */
const deepestFlow = 16;

export interface Key {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Reads from {@link at} on, and leaves it behind what was read. */
export class InlineReader {
  readonly text: string;
  at = 0;
  /** No less than the words that the YAML parser would have counted. */
  words = 0;
  readonly duplicates: Problem[] = [];
  private readonly lineOf: (offset: number) => number;

  constructor(text: string, lineOf: (offset: number) => number) {
    this.text = text;
    this.lineOf = lineOf;
  }

  /** A scalar, list or map; undefined where it is none for certain. */
  value(inFlow: boolean, depth = 0): TreeNode | undefined {
    switch (this.text.charCodeAt(this.at)) {
      case char.openList:
        return this.list(depth);
      case char.openMap:
        return this.map(depth);
      case char.doubleQuote:
      case char.singleQuote:
        return this.quoted();
      default:
        return this.plain(inFlow);
    }
  }

  /** A key and the colon behind it. */
  key(inFlow: boolean): Key | undefined {
    const { text } = this;
    const start = this.at;
    const first = text.charCodeAt(start);
    let name: string | undefined;
    let end: number;
    if (first === char.doubleQuote || first === char.singleQuote) {
      const scalar = this.quoted();
      if (!scalar) return undefined;
      name = scalar.source;
      end = this.at;
    } else {
      end = this.plainEnd(inFlow);
      if (end < 0) return undefined;
      name = text.slice(start, end);
    }
    this.spaces();
    // Longer ones are an error from 1024 characters on.
    if (text.charCodeAt(this.at) !== char.colon || this.at - start > 1000) return undefined;
    this.at++;
    this.words += 4;
    return { text: name, start, end };
  }

  spaces(): void {
    while (this.text.charCodeAt(this.at) === char.space) this.at++;
  }

  add(entries: Map<string, Entry>, entry: Entry): void {
    const first = entries.get(entry.key);
    if (!first) entries.set(entry.key, entry);
    else if (this.duplicates.length < mostProblems) {
      this.duplicates.push(duplicateKey(entry, first, this.lineOf));
    }
  }

  private plain(inFlow: boolean): ScalarNode | undefined {
    const start = this.at;
    const end = this.plainEnd(inFlow);
    if (end < 0) return undefined;
    const source = this.text.slice(start, end);
    this.words += 3;
    return { kind: 'scalar', range: { start, end }, value: valueOfPlain(source), source };
  }

  /** Where a plain scalar ends; -1 where it is none. Afterwards, `at` is where no more of it can come. */
  private plainEnd(inFlow: boolean): number {
    const { text } = this;
    const { length } = text;
    let at = this.at;
    const first = text.charCodeAt(at);
    if (indicators.has(first) || first !== first) return -1;
    if (first === char.dash && endsWord(text.charCodeAt(at + 1), inFlow)) return -1;
    let end = at;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === char.space) continue;
      if (code === char.lineFeed) break;
      if (code === char.colon) {
        if (endsWord(text.charCodeAt(at + 1), inFlow)) break;
      } else if (code === char.hash) {
        if (text.charCodeAt(at - 1) === char.space) break;
      } else if (code === char.carriageReturn) {
        if (text.charCodeAt(at + 1) === char.lineFeed) break;
        return -1;
      } else if (code === char.tab) {
        return -1;
      } else if (inFlow && endsFlowWord(code)) {
        break;
      }
      end = at + 1;
    }
    this.at = at;
    return end;
  }

  private quoted(): ScalarNode | undefined {
    const { text } = this;
    const start = this.at;
    const quote = text.charCodeAt(start);
    let doubled = false;
    let at = start + 1;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        if (quote === char.doubleQuote || text.charCodeAt(at + 1) !== quote) break;
        doubled = true;
        at++;
      } else if (
        code === char.lineFeed ||
        code === char.carriageReturn ||
        code === char.tab ||
        (code === char.backslash && quote === char.doubleQuote) ||
        code !== code
      ) {
        return undefined;
      }
    }
    this.at = at + 1;
    this.words += 2;
    const between = text.slice(start + 1, at);
    const source = doubled ? between.replaceAll("''", "'") : between;
    return { kind: 'scalar', range: { start, end: at + 1 }, value: source, source };
  }

  private list(depth: number): ListNode | undefined {
    if (depth >= deepestFlow) return undefined;
    const { text } = this;
    const start = this.at++;
    const items: TreeNode[] = [];
    this.spaces();
    if (text.charCodeAt(this.at) !== char.closeList) {
      for (;;) {
        const item = this.value(true, depth + 1);
        if (!item) return undefined;
        items.push(item);
        const next = this.separator();
        if (next === char.closeList) break;
        if (next !== char.comma) return undefined;
        this.at++;
        this.spaces();
      }
    }
    this.at++;
    this.words += 4;
    return { kind: 'list', range: { start, end: this.at }, flow: true, items };
  }

  private map(depth: number): MapNode | undefined {
    if (depth >= deepestFlow) return undefined;
    const { text } = this;
    const start = this.at++;
    const entries = new Map<string, Entry>();
    this.spaces();
    if (text.charCodeAt(this.at) !== char.closeMap) {
      for (;;) {
        const key = this.key(true);
        if (!key || text.charCodeAt(this.at) !== char.space) return undefined;
        this.spaces();
        const value = this.value(true, depth + 1);
        if (!value) return undefined;
        this.add(entries, entryOf(key, value));
        const next = this.separator();
        if (next === char.closeMap) break;
        if (next !== char.comma) return undefined;
        this.at++;
        this.spaces();
      }
    }
    this.at++;
    this.words += 4;
    return { kind: 'map', range: { start, end: this.at }, flow: true, entries };
  }

  private separator(): number {
    this.spaces();
    this.words += 3;
    return this.text.charCodeAt(this.at);
  }
}

export function entryOf({ text, start, end }: Key, value: TreeNode): Entry {
  return { key: text, keyRange: { start, end }, value };
}

/** Whether a character, or the end of the text, lets a `:` or `-` before it be an indicator. */
export function endsWord(code: number, inFlow: boolean): boolean {
  return (
    code === char.space ||
    code === char.lineFeed ||
    code === char.carriageReturn ||
    code === char.tab ||
    code !== code ||
    (inFlow && endsFlowWord(code))
  );
}

function endsFlowWord(code: number): boolean {
  return (
    code === char.comma ||
    code === char.openList ||
    code === char.closeList ||
    code === char.openMap ||
    code === char.closeMap
  );
}
