/**
 * Where a person is typing, told from the text around the cursor alone: the line is half-typed, so
 * the file mostly cannot be parsed there. Looks at indentation, dashes, keys and brackets.
 */
import type { Path, TextRange } from '../../topology/document.ts';
import { scanFlow, unquoted } from './flow-scan.ts';

export interface TypingPlace {
  /**
   * What is typed at: the path of the value where `on` is `value`, that of the section or item that
   * a key is typed in where it is `key`. The language tells whether a key or a value goes there.
   */
  readonly path: Path;
  readonly on: 'key' | 'value';
  /** What stands in the same section by key, or the same list by index, without what is typed. */
  readonly siblings: ReadonlyMap<string, string>;
  /** What is typed so far, and the whole word that a choice replaces. */
  readonly prefix: string;
  readonly range: TextRange;
  /** Whether brackets surround the cursor. */
  readonly flow: boolean;
  /** Whether a colon stands behind the word already. */
  readonly colon: boolean;
  /** Columns from the start of the line's text to the word: 2 behind a dash. */
  readonly inset: number;
  /** Whether the cursor touches the colon, so that a space has to come first. */
  readonly needsSpace: boolean;
}

interface Line {
  readonly start: number;
  readonly text: string;
  /** Columns of the dashes that begin the line. */
  readonly dashes: readonly number[];
  /** Column where the text behind indentation and dashes begins. */
  readonly column: number;
  readonly key: string | undefined;
  /** Column behind the key's colon. */
  readonly behind: number;
  readonly blank: boolean;
}

/** Lines above the cursor that are searched for the opening bracket. */
const mostFlowLines = 40;

/** Lines of a text that is completed in; the longest text that is read has as many of 20 characters. */
export const mostLines = 400_000;

/** Undefined in a comment. Linear in the lines above the cursor, at worst. */
export function typingPlace(
  text: string,
  lineStarts: readonly number[],
  offset: number,
): TypingPlace | undefined {
  const lines = new Lines(text, lineStarts);
  const number = lines.numberAt(offset);
  const line = lines.at(number);
  const before = text.slice(line.start, offset);
  if (isComment(before)) return undefined;
  const flow = flowPlace(lines, number, offset);
  if (flow) return flow;
  const typed = before.slice(Math.min(line.column, before.length));
  const column = Math.min(line.column, before.length);
  if (line.key === undefined || offset <= line.start + line.behind - 1) {
    return inKeyOf(lines, number, offset, typed, column);
  }
  const start = line.start + line.behind;
  const gap = /^[ \t]*/.exec(text.slice(start, offset))?.[0].length ?? 0;
  const from = start + gap;
  return {
    path: [...lines.pathAbove(number, line.column, line.dashes), line.key],
    on: 'value',
    siblings: lines.siblings(number, line.column),
    prefix: text.slice(from, offset),
    range: { start: from, end: Math.max(offset, endOfValue(text, offset)) },
    flow: false,
    colon: false,
    inset: 0,
    needsSpace: gap === 0 && offset === start,
  };
}

function inKeyOf(
  lines: Lines,
  number: number,
  offset: number,
  typed: string,
  column: number,
): TypingPlace {
  const line = lines.at(number);
  const start = offset - typed.length;
  const rest =
    /^[^\s:#,{}[\]]*/.exec(lines.text.slice(offset, lineEnd(lines.text, offset)))?.[0] ?? '';
  const end = offset + rest.length;
  const dashes = line.dashes.filter((dash) => dash < column);
  return {
    path: lines.pathAbove(number, column, dashes),
    on: 'key',
    siblings: lines.siblings(number, column),
    prefix: typed,
    range: { start, end },
    flow: false,
    colon: line.key !== undefined,
    inset: dashes.length > 0 ? column - (dashes[0] ?? column) : 0,
    needsSpace: false,
  };
}

function flowPlace(lines: Lines, number: number, offset: number): TypingPlace | undefined {
  const { text } = lines;
  for (let above = number; above >= 0 && number - above < mostFlowLines; above--) {
    const line = lines.at(above);
    if (above < number && !/[{[,]\s*(?:#.*)?$/.test(line.text)) return undefined;
    const from = line.start + (line.key === undefined ? line.column : line.behind);
    const found = from <= offset ? scanFlow(text, from, offset) : undefined;
    if (!found) continue;
    const path: (string | number)[] = lines.pathAbove(above, line.column, line.dashes);
    if (line.key !== undefined) path.push(line.key);
    const { frames } = found;
    const wordStart = Math.max(found.wordStart, textStart(lines.at(number).start, offset, text));
    const inner = frames.at(-1);
    for (const frame of frames) {
      if (frame.bracket === '[') path.push(frame.index);
      else if (frame.key !== undefined) path.push(frame.key);
    }
    const prefix = text.slice(wordStart, offset);
    const rest = /^[^\s,:{}[\]#]*/.exec(text.slice(offset, lineEnd(text, offset)))?.[0] ?? '';
    const end = offset + rest.length;
    const siblings = new Map(inner?.entries);
    const isKey = inner?.bracket === '{' && inner.key === undefined;
    const own = inner?.bracket === '[' ? String(inner.index) : (inner?.key ?? '');
    siblings.delete(isKey ? unquoted(text.slice(wordStart, end).trim()) : own);
    return {
      path,
      on: isKey ? 'key' : 'value',
      siblings,
      prefix,
      range: { start: wordStart, end },
      flow: true,
      colon: isKey && /^\s*:/.test(text.slice(end, end + 20)),
      inset: 0,
      needsSpace: !isKey && text[offset - 1] === ':',
    };
  }
  return undefined;
}

/** Where the text of a line begins: a word may have begun above, but what is typed replaces nothing there. */
function textStart(lineStart: number, offset: number, text: string): number {
  return lineStart + (/^[ \t]*/.exec(text.slice(lineStart, offset))?.[0].length ?? 0);
}

/** Whether the end of a line's beginning lies in a comment. */
function isComment(before: string): boolean {
  let quote = '';
  for (let index = 0; index < before.length; index++) {
    const character = before[index] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (
      (character === '"' || character === "'") &&
      /[\s,:{[]|^$/.test(before[index - 1] ?? '')
    ) {
      quote = character;
    } else if (character === '#' && (index === 0 || /\s/.test(before[index - 1] ?? ''))) {
      return true;
    }
  }
  return false;
}

function lineEnd(text: string, offset: number): number {
  const end = /[\r\n]/g;
  end.lastIndex = offset;
  return end.exec(text)?.index ?? text.length;
}

/** Where a value ends: before a comment and before spaces at the end of the line. */
function endOfValue(text: string, offset: number): number {
  const rest = text.slice(offset, lineEnd(text, offset));
  const comment = rest.search(/\s+#/);
  return offset + (comment < 0 ? rest : rest.slice(0, comment)).trimEnd().length;
}

class Lines {
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(text: string, starts: readonly number[]) {
    this.text = text;
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  numberAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  at(number: number): Line {
    const start = this.#starts[number] ?? this.text.length;
    const next = this.#starts[number + 1] ?? this.text.length;
    const text = this.text.slice(start, next).replace(/[\r\n]+$/, '');
    const dashes: number[] = [];
    let column = spacesFrom(text, 0);
    while (text[column] === '-' && /\s|^$/.test(text[column + 1] ?? '')) {
      dashes.push(column);
      column = spacesFrom(text, column + 1);
    }
    const match =
      /^("[^"]*"|'[^']*'|[^\s"'{}[\],&*!|>%@`#:](?:[^:#]|:(?=\S)|(?<=\S)#)*?)\s*:(?=\s|$)/.exec(
        text.slice(column, column + 1100),
      );
    return {
      start,
      text,
      dashes,
      column,
      key: match?.[1] === undefined ? undefined : unquoted(match[1]),
      behind: column + (match?.[0].length ?? 0),
      blank: /^\s*(?:#.*)?$/.test(text),
    };
  }

  /** The keys and indexes that lead to what begins at a column of a line, its own dashes included. */
  pathAbove(number: number, column: number, dashes: readonly number[]): (string | number)[] {
    const path: (string | number)[] = [];
    let limit = column;
    /** The column of the innermost dash whose list is not yet left; its items are counted. */
    let list: { readonly column: number; readonly at: number } | undefined;
    const dash = (at: number): void => {
      path.push(0);
      list = { column: at, at: path.length - 1 };
      limit = at;
    };
    for (const at of [...dashes].reverse()) if (at < limit) dash(at);
    for (let above = number - 1; above >= 0 && (limit > 0 || list); above--) {
      const line = this.at(above);
      if (line.blank) continue;
      const first = line.dashes[0] ?? line.column;
      if (list && line.dashes.includes(list.column)) {
        if (first === list.column) {
          path[list.at] = Number(path[list.at] ?? 0) + 1;
          continue;
        }
        // `- - a`: the outer dash of the first inner item stands on the same line.
        path[list.at] = Number(path[list.at] ?? 0) + 1;
        for (const at of [...line.dashes].reverse()) if (at < limit) dash(at);
        continue;
      }
      const reach = list ? limit + 1 : limit;
      if (line.key !== undefined && line.column < reach) {
        path.push(line.key);
        limit = line.column;
        list = undefined;
      } else if (line.key === undefined && first < limit && line.dashes.length === 0) {
        // A line that is no entry and stands further left: nothing above it is known to belong here.
        limit = first;
      }
      if (line.key !== undefined || line.dashes.length > 0) {
        for (const at of [...line.dashes].reverse()) if (at < limit) dash(at);
      }
    }
    return path.reverse();
  }

  /** The other entries of the section that a line's entry stands in. */
  siblings(number: number, column: number): Map<string, string> {
    const found = new Map<string, string>();
    const own = this.at(number);
    const add = (line: Line): void => {
      if (line.key === undefined || line.column !== column) return;
      found.set(
        line.key,
        unquoted(
          line.text
            .slice(line.behind)
            .replace(/\s#.*$/, '')
            .trim(),
        ),
      );
    };
    if (own.dashes.length === 0 || column <= (own.dashes[0] ?? column)) {
      for (let above = number - 1; above >= 0; above--) {
        const line = this.at(above);
        if (line.blank) continue;
        const first = line.dashes[0] ?? line.column;
        if (line.column < column) break;
        add(line);
        if (first < column) break;
      }
    }
    for (let below = number + 1; below < this.count; below++) {
      const line = this.at(below);
      if (line.blank) continue;
      if ((line.dashes[0] ?? line.column) < column) break;
      add(line);
    }
    return found;
  }
}

function spacesFrom(text: string, from: number): number {
  let column = from;
  while (text[column] === ' ') column++;
  return column;
}
