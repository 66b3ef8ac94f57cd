/** The comments of a topology file, found by the words of YAML: a `#` in a string is none. */
import { Lexer } from 'yaml';
import type { TextRange, TopologyDocument } from './document.ts';
import { mostTokens } from './source/compose.ts';
import { longestText, withoutControlCharacters } from './source/decode.ts';

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
