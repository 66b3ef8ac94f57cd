/**
 * Formatting that only moves white space: two columns a level, no spaces at the ends of lines, at most
 * one empty line, one line break at the end. What the file says and its comments stay as they are, and
 * where that cannot be shown for a change, the change is not made.
 */
import { Lexer } from 'yaml';
import type { TextEdit } from 'vscode-languageserver-types';
import type { TopologyDocument } from '../topology/document.ts';
import { parseDocument } from '../topology/parse.ts';
import { newlineOf } from '../topology/edit/text.ts';
import { layoutOf, type Anchor, type Layout } from './formatting/columns.ts';
import { toRange } from './ranges.ts';

/** Edits a line; none for a file that is not YAML, or is in good order. */
export function formatting(document: TopologyDocument): TextEdit[] {
  const formatted = formattedText(document);
  return formatted === document.text ? [] : lineEdits(document, formatted);
}

export function formattedText(document: TopologyDocument): string {
  if (document.problems.length > 0 || document.value === undefined) return document.text;
  const layout = layoutOf(document);
  const candidates = [
    ...(layout ? [rewritten(document, layout, true), rewritten(document, layout, false)] : []),
    rewritten(document, undefined, false),
  ];
  return candidates.find((text) => saysTheSame(document, text)) ?? document.text;
}

function saysTheSame(document: TopologyDocument, text: string): boolean {
  if (text === document.text) return true;
  const other = parseDocument(text, document.uri);
  return (
    other.problems.length === 0 &&
    JSON.stringify(other.value) === JSON.stringify(document.value) &&
    commentsOf(text).join('\n') === commentsOf(document.text).join('\n')
  );
}

/** The comments of a YAML text, in their order, without spaces at their ends. */
export function commentsOf(text: string): string[] {
  return [...new Lexer().lex(text)]
    .filter((token) => token.startsWith('#'))
    .map((token) => token.trimEnd());
}

function rewritten(
  document: TopologyDocument,
  layout: Layout | undefined,
  fewerEmptyLines: boolean,
): string {
  const newline = newlineOf(document.text);
  const lines = document.text.split(/\r\n|\r|\n/);
  const shifts = shiftsOf(lines, layout);
  const output: string[] = [];
  lines.forEach((line, number) => {
    const isContinued = layout?.continued.has(number) === true;
    const moved = movedLine(line, layout?.anchors.get(number), shifts[number] ?? 0);
    // In a text over several lines, spaces and empty lines may belong to it.
    const text = isContinued ? moved : moved.trimEnd();
    const isSecondEmpty = text === '' && !isContinued && (output.at(-1) ?? '') === '';
    if (fewerEmptyLines && isSecondEmpty) return;
    output.push(text);
  });
  while (output.length > 0 && output.at(-1) === '') output.pop();
  return output.length === 0 ? '' : output.join(newline) + newline;
}

/** By how many columns each line that begins no entry moves. */
function shiftsOf(lines: readonly string[], layout: Layout | undefined): number[] {
  const shifts = lines.map(() => 0);
  if (!layout) return shifts;
  let shift = 0;
  /** Where entries in each column went, of those above. */
  const moved = new Map<number, number>();
  const commentsAbove: number[] = [];
  lines.forEach((line, number) => {
    const [first] = layout.anchors.get(number) ?? [];
    if (!first) {
      shifts[number] = shift;
      if (/^\s*#/.test(line) && !layout.continued.has(number)) {
        shifts[number] = moved.get(indentOf(line)) ?? shift;
        commentsAbove.push(number);
      }
      return;
    }
    shift = first.to - first.from;
    moved.set(first.from, shift);
    // A comment in the column of the entry below it is about that entry.
    for (const above of commentsAbove) {
      if (indentOf(lines[above] ?? '') === first.from) shifts[above] = shift;
    }
    commentsAbove.length = 0;
  });
  return shifts;
}

function movedLine(line: string, anchors: readonly Anchor[] | undefined, shift: number): string {
  if (anchors) {
    let text = '';
    let done = 0;
    for (const { from, to } of anchors) {
      // Whatever else stands before an anchor (an anchor name, a tag) is kept, and so is its column.
      const before = line.slice(done, from);
      if (before.trim() === '') text = text.padEnd(to, ' ');
      else text += before;
      const next = anchors.find((each) => each.from > from)?.from ?? line.length;
      const content = line.slice(from, next);
      text += next === line.length ? content : content.trimEnd();
      done = next;
    }
    return text;
  }
  const indent = indentOf(line);
  return ' '.repeat(Math.max(0, indent + shift)) + line.slice(indent);
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

/** One edit for each run of lines that differ, so that cursors and folds elsewhere stay. */
function lineEdits(document: TopologyDocument, formatted: string): TextEdit[] {
  const { text } = document;
  const old = linesWithBreaks(text);
  const renewed = linesWithBreaks(formatted);
  const edits: TextEdit[] = [];
  let offset = 0;
  let at = 0;
  let index = 0;
  // Formatting drops lines and changes lines; it never adds or moves one.
  while (index < old.length) {
    const line = old[index] ?? '';
    const replacement = renewed[at];
    const isDropped = line.trim() === '' && replacement !== undefined && replacement.trim() !== '';
    const newText = isDropped ? '' : (replacement ?? '');
    if (newText !== line) {
      const range = toRange(document, { start: offset, end: offset + line.length });
      edits.push({ range, newText });
    }
    if (!isDropped) at += 1;
    offset += line.length;
    index += 1;
  }
  return edits;
}

function linesWithBreaks(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}
