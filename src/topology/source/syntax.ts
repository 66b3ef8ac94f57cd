/** What the YAML parser objects to, in words for the person who wrote the file. */
import type { ErrorCode, YAMLError } from 'yaml';
import type { Problem, TextRange } from '../document.ts';

interface Explanation {
  readonly rule: string;
  readonly message: string;
  readonly suggestions?: readonly string[];
}

const misindented: Explanation = {
  rule: 'yaml/syntax',
  message: 'The indentation does not fit the lines above it.',
};

const explanations: Partial<Record<ErrorCode, Explanation>> = {
  TAB_AS_INDENT: {
    rule: 'yaml/tab',
    message: 'A tab indents this line; YAML takes spaces only.',
    suggestions: ['  '],
  },
  BAD_INDENT: misindented,
  BAD_SCALAR_START: {
    rule: 'yaml/syntax',
    message: 'A plain value cannot start with this character; put the value in quotes.',
  },
  BAD_DQ_ESCAPE: {
    rule: 'yaml/syntax',
    message: 'This is no escape that YAML knows; write \\\\ for a backslash, or use single quotes.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    rule: 'yaml/syntax',
    message: 'Two keys stand on one line; put the inner one on a line of its own, or into { }.',
  },
  BLOCK_IN_FLOW: {
    rule: 'yaml/syntax',
    message: 'Inside { } and [ ] everything is written with { } and [ ].',
  },
  MULTILINE_IMPLICIT_KEY: {
    rule: 'yaml/syntax',
    message: 'This line is no entry: a key, a colon and a space are missing.',
  },
  KEY_OVER_1024_CHARS: { rule: 'yaml/syntax', message: 'The key is longer than 1024 characters.' },
  ALIAS_PROPS: { rule: 'yaml/alias', message: 'An alias takes neither an anchor nor a tag.' },
  MULTIPLE_ANCHORS: { rule: 'yaml/alias', message: 'A value has one anchor at most.' },
  BAD_ALIAS: {
    rule: 'yaml/alias',
    message: 'An anchor or alias needs a name, and no colon in it.',
  },
  MULTIPLE_TAGS: { rule: 'yaml/tag', message: 'A topology file needs no YAML tags.' },
  TAG_RESOLVE_FAILED: { rule: 'yaml/tag', message: 'A topology file needs no YAML tags.' },
  BAD_COLLECTION_TYPE: { rule: 'yaml/tag', message: 'A topology file needs no YAML tags.' },
  BAD_DIRECTIVE: { rule: 'yaml/syntax', message: 'A topology file needs no % directives.' },
};

/** What the parser's own words come to; the first match counts, before the code does. */
const rewordings: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing (['"])/, 'The closing $1 is missing.'],
  [
    /sufficiently indented and end with a (.)/,
    'The closing $1 is missing, or indented too little.',
  ],
  [/must end with a (.)/, 'The closing $1 is missing.'],
  [/Missing , between flow (?:map|sequence) items/, 'A comma is missing before this.'],
  [/Missing , or : between/, 'A comma or a colon is missing before this.'],
  [/Missing space after :/, 'A space is missing after the colon.'],
  [/Unexpected empty item/, 'Between two commas stands nothing.'],
  [/Unexpected , in flow/, 'This comma has nothing before it.'],
  [/Implicit map keys need to be followed by map values/, 'This key has no colon behind it.'],
  [/Comments must be separated/, 'A comment needs a space before its #.'],
  [/Sequence item without - indicator/, 'This list item has no dash.'],
  [/All sequence items must start/, 'The items of a list start in one column.'],
  [/Unexpected block-seq-ind/, 'A list begins on a line of its own, below its key.'],
  [/Unexpected scalar at node end/, 'The value ended before this; is a quote or a comma missing?'],
  [/Unexpected .* at node end/, 'The value ended before this.'],
  [/Unexpected (?:\S+) in flow/, 'This does not belong here, inside { } or [ ].'],
  [/Unexpected flow-(?:seq|map)-end/, 'This bracket closes nothing.'],
];

/**
 * Problems for a person from the errors and warnings of the parser; never with an empty range where
 * there is any text. Of several on one line the first is kept: the others are its echoes.
 */
export function explain(
  errors: readonly YAMLError[],
  text: string,
  lineOf: (offset: number) => number,
): Problem[] {
  const compact = new Set(
    errors.filter(({ code }) => code === 'BLOCK_AS_IMPLICIT_KEY').map(({ pos }) => pos[0]),
  );
  const lines = new Set<number>();
  const problems: Problem[] = [];
  for (const error of errors) {
    const misindented = error.code === 'MULTILINE_IMPLICIT_KEY' && compact.has(error.pos[0]);
    if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && hasEcho(errors, error)) continue;
    const problem = misindented ? indentation(text, error.pos[0]) : explained(error, text);
    const line = lineOf(problem.range.start);
    if (lines.has(line)) continue;
    lines.add(line);
    problems.push(problem);
  }
  return problems;
}

/** A value and the misindented entry below it look like one key over two lines to the parser. */
function hasEcho(errors: readonly YAMLError[], { pos }: YAMLError): boolean {
  return errors.some((other) => other.code === 'MULTILINE_IMPLICIT_KEY' && other.pos[0] === pos[0]);
}

function indentation(text: string, from: number): Problem {
  const below = /[\r\n]\s*([^\r\n:]+)/g;
  below.lastIndex = from;
  const match = below.exec(text);
  const end = match ? below.lastIndex : from + 1;
  const start = match ? end - (match[1] ?? '').length : from;
  const { rule, message } = misindented;
  return { rule, message, range: { start, end }, suggestions: [] };
}

function explained(error: YAMLError, text: string): Problem {
  const range = visible(text, error.pos[0], error.pos[1]);
  const reworded = rewordings.find(([pattern]) => pattern.test(error.message));
  if (reworded) {
    const [pattern, plain] = reworded;
    const message = plain.replace('$1', pattern.exec(error.message)?.[1] ?? '');
    return { rule: 'yaml/syntax', message, range, suggestions: [] };
  }
  const known = explanations[error.code];
  if (known) {
    const { rule, message, suggestions } = known;
    const at = rule === 'yaml/tab' ? tabsAt(text, range.start) : range;
    return { rule, message, range: at, suggestions: suggestions ?? [] };
  }
  const message = `This is not YAML: ${error.message.slice(0, 200)}.`;
  return { rule: 'yaml/syntax', message, range, suggestions: [] };
}

/** Errors may point at a line break or the end of the text, where there is nothing to underline. */
function visible(text: string, from: number, to: number): TextRange {
  let start = Math.min(Math.max(from, 0), text.length);
  let end = Math.min(Math.max(to, start), text.length);
  const lineEnd = text.slice(start, end).search(/[\r\n]/);
  if (lineEnd > 0) end = start + lineEnd;
  if (end - start === 0 || lineEnd === 0) {
    // The last character before it; what is missing is missing behind that.
    while (start > 0 && /\s/.test(text[start - 1] ?? '')) start--;
    end = start;
    start = Math.max(0, start - 1);
  }
  return { start, end };
}

/** All tabs of the indentation, so that replacing the range mends the line. */
function tabsAt(text: string, at: number): TextRange {
  let start = at;
  let end = at;
  while (text[start - 1] === '\t') start--;
  while (text[end] === '\t') end++;
  return { start, end: Math.max(end, start + 1) };
}

const unclosedQuote = /^The closing ["'] is missing\.$/;

/** Where a quote is never closed, the parser takes the text as a whole for what stands in it. */
export function isUnclosedQuote(problem: Problem): boolean {
  return unclosedQuote.test(problem.message);
}
