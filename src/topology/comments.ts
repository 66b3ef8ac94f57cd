/** The comments of a topology file, found by the words of YAML: a `#` in a string is none. */
import { Lexer } from 'yaml';
import type { TextRange, TopologyDocument } from './document.ts';
import { treeOf } from './parse.ts';
import { mostTokens } from './source/compose.ts';
import { longestText, withoutControlCharacters } from './source/decode.ts';
import { follow } from './source/tree.ts';

// Words that the lexer puts in between; they stand for no character of the text.
const documentMark = '\u0002';
const flowError = '\u0018';
const scalarMark = '\u001f';

/**
 * Where the comments stand, in the order of the text, each from its `#` to the end of its line. One
 * pass over the text; a text beyond the limits of reading counts as one without comments behind them.
 */
export function commentsOf(document: TopologyDocument): readonly TextRange[] {
  const { text } = document;
  if (text.length > longestText) return [];
  const comments: TextRange[] = [];
  let offset = 0;
  let isScalar = false;
  let words = 0;
  for (const word of new Lexer().lex(withoutControlCharacters(text))) {
    if (++words > mostTokens) break;
    if (!isScalar) {
      if (word === documentMark || word === flowError) continue;
      if (word === scalarMark) {
        isScalar = true;
        continue;
      }
      if (word.startsWith('#')) comments.push({ start: offset, end: offset + word.length });
    }
    isScalar = false;
    offset += word.length;
  }
  return comments;
}

/**
 * The comments that begin as the pattern says: global, and matching from the `#` on. Where the tree of
 * the document leaves no doubt that a match is a comment, the text is not taken apart once more, which
 * would cost a tenth to a fifth of reading it.
 */
export function commentsLike(document: TopologyDocument, pattern: RegExp): readonly TextRange[] {
  const starts = [...document.text.matchAll(pattern)].map(({ index }) => index);
  if (starts.length === 0) return [];
  if (document.problems.length === 0 && starts.every((at) => isSurelyComment(document, at))) {
    return starts.map((start) => ({ start, end: commentEnd(document.text, start) }));
  }
  const wanted = new Set(starts);
  return commentsOf(document).filter(({ start }) => wanted.has(start));
}

function isSurelyComment(document: TopologyDocument, at: number): boolean {
  const { text } = document;
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  // Behind another # it may be a part of that one's comment; without a space it is none.
  if (before.includes('#') || !/(?:^|[ \t])$/.test(before)) return false;
  const root = treeOf(document);
  if (!root) return false;
  const path = document.pathAt(at);
  const { node, entry } = follow(root, path).found ?? {};
  const holds = (range: TextRange): boolean => range.start <= at && at < range.end;
  if (!node || (entry && holds(entry.keyRange))) return false;
  return node.kind === 'map' || node.kind === 'list' || !holds(node.range);
}

function commentEnd(text: string, start: number): number {
  const line = text.indexOf('\n', start);
  if (line < 0) return text.length;
  return text[line - 1] === '\r' ? line - 1 : line;
}
