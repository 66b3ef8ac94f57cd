/** Reads YAML step by step, so that no text can make it nest, grow or object without bounds. */
import { Composer, Lexer, Parser } from 'yaml';
import type { CST, Document, ParsedNode } from 'yaml';
import type { Problem } from '../document.ts';
import { explain } from './syntax.ts';

/** Collections inside collections. The language itself needs nine. */
export const deepestNesting = 100;
/** Words, brackets, line breaks and indentations. A 5 000-VM topology takes 900 000. */
export const mostTokens = 2_000_000;
/** Objections of the parser that are passed on: after the first few the rest are echoes. */
export const mostSyntaxProblems = 100;

export interface Composed {
  readonly contents: ParsedNode | null;
  readonly problems: readonly Problem[];
}

/** Never throws. `lineOf` counts lines from 0; `tokens` are read at most. `contents` is null where nothing could be read, or it was too much to be read. */
export function compose(
  text: string,
  lineOf: (offset: number) => number,
  tokens = mostTokens,
): Composed {
  const problems: Problem[] = [];
  // Checking for equal keys is quadratic in the parser; the tree builder does it with a map.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  let started = false;
  let errors = 0;
  const take = (token: CST.Token): boolean => {
    if (token.type === 'document') {
      if (started) {
        problems.push(secondDocument(token.offset, text));
        return false;
      }
      started = true;
    }
    if (token.type === 'directive' && !/^%YAML\s+1\.2\s*$/.test(token.source)) {
      problems.push({
        rule: 'yaml/syntax',
        message: 'A topology file needs no % directives; it is read as YAML 1.2.',
        range: { start: token.offset, end: token.offset + token.source.length },
        suggestions: [],
      });
      return problems.length < mostSyntaxProblems;
    }
    if (token.type === 'error') errors++;
    documents.push(...composer.next(token));
    return errors < mostSyntaxProblems;
  };
  const limit = withoutStackTraces(() => feed(text, tokens, take));
  if (limit) return { contents: null, problems: [...problems, limit] };
  documents.push(...composer.end(true, text.length));
  const [document] = documents;
  const objections = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  problems.push(...explain(objections.slice(0, mostSyntaxProblems), text, lineOf));
  return { contents: document?.contents ?? null, problems };
}

/**
 * The parser makes an error object for everything that it objects to. Tracing where each was made
 * takes ten times as long as all the rest of reading a file that is made of objections.
 */
function withoutStackTraces<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Drives lexer and parser; returns what stopped them early, unless `take` asked them to stop. */
function feed(
  text: string,
  most: number,
  take: (token: CST.Token) => boolean,
): Problem | undefined {
  const parser = new Parser();
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens++;
    for (const token of parser.next(lexeme)) if (!take(token)) return undefined;
    if (parser.stack.length > deepestNesting) return tooDeep(parser.offset, text);
    if (tokens > most) return tooMuch(most);
  }
  for (const token of parser.end()) if (!take(token)) return undefined;
  return undefined;
}

function tooDeep(offset: number, text: string): Problem {
  const start = Math.min(offset, Math.max(0, text.length - 1));
  return {
    rule: 'yaml/too-deep',
    message: `Values are nested deeper than ${deepestNesting} levels here; the file is not read.`,
    range: { start, end: Math.min(start + 1, text.length) },
    suggestions: [],
  };
}

function tooMuch(most: number): Problem {
  return {
    rule: 'yaml/too-large',
    message: `The file has more than ${most} words and brackets; it is not read.`,
    range: { start: 0, end: 0 },
    suggestions: [],
  };
}

function secondDocument(offset: number, text: string): Problem {
  const marker = text.lastIndexOf('---', offset + 3);
  const start = marker < 0 ? offset : marker;
  return {
    rule: 'yaml/several-documents',
    message: 'A second document starts here; a topology file holds one. What follows is not read.',
    range: { start, end: Math.min(start + 3, text.length) },
    suggestions: [],
  };
}
