/**
 * `# tidemark-disable-next-line area/rule -- reason` in a topology file: the engineer has seen the
 * finding and decided otherwise, and the file says so where a reviewer reads it.
 */
import { commentsLike } from '../topology/comments.ts';
import type { TextRange, TopologyDocument } from '../topology/document.ts';

/** What a directive speaks of: the line below it, its own line, or the whole file. */
export const directives = [
  'tidemark-disable-next-line',
  'tidemark-disable-line',
  'tidemark-disable-file',
] as const;
export type Directive = (typeof directives)[number];

/** A rule's name in a directive. */
export interface DirectiveName {
  readonly name: string;
  readonly range: TextRange;
}

/** A comment that switches rules off. */
export interface Suppression {
  readonly directive: Directive;
  /** The comment, from its `#` to the end of the line. */
  readonly range: TextRange;
  /** The line that it speaks of, counted from 0; undefined for the whole file. */
  readonly line: number | undefined;
  /** The rules that it names. None of them means all. */
  readonly names: readonly DirectiveName[];
}

/** A comment that begins like a directive and is none. */
export interface UnknownDirective {
  readonly word: string;
  readonly range: TextRange;
}

export interface Directives {
  /** In the order of the text. */
  readonly suppressions: readonly Suppression[];
  readonly unknown: readonly UnknownDirective[];
}

const opening = /#[ \t]*tidemark-/g;
const directiveWord = /^#[ \t]*(tidemark-[\w-]+)(?=$|[\s:,])[ \t]*:?/;

/**
 * Reads the directives of a file. Several rules are separated by commas or spaces; what follows `--`
 * is the reason, for people. Directives for the next line that stand in lines one below the other
 * speak of the first line below them. A `#` in a string or a block of text is no comment.
 */
export function directivesOf(document: TopologyDocument): Directives {
  const { text } = document;
  const suppressions: Suppression[] = [];
  const unknown: UnknownDirective[] = [];
  for (const range of commentsLike(document, opening)) {
    const comment = text.slice(range.start, range.end);
    const [head = '', word] = directiveWord.exec(comment) ?? [];
    if (word === undefined) continue;
    const directive = directives.find((known) => known === word);
    if (directive === undefined) {
      const start = range.start + comment.indexOf(word);
      unknown.push({ word, range: { start, end: start + word.length } });
      continue;
    }
    const own = document.positionAt(range.start).line;
    suppressions.push({
      directive,
      range: { start: range.start, end: range.start + comment.trimEnd().length },
      line: lineOf(directive, own),
      names: namesIn(comment.slice(head.length), range.start + head.length),
    });
  }
  return { suppressions: stacked(document, suppressions), unknown };
}

function lineOf(directive: Directive, own: number): number | undefined {
  switch (directive) {
    case 'tidemark-disable-next-line':
      return own + 1;
    case 'tidemark-disable-line':
      return own;
    case 'tidemark-disable-file':
      return undefined;
  }
}

function namesIn(text: string, offset: number): readonly DirectiveName[] {
  const [names = ''] = text.split(/(?:^|[\s,])--(?:\s|$)/);
  return [...names.matchAll(/[^\s,]+/g)].map(({ 0: name, index }) => ({
    name,
    range: { start: offset + index, end: offset + index + name.length },
  }));
}

/** Hands the line of a directive on to the one above it, where nothing else stands in between. */
function stacked(
  document: TopologyDocument,
  suppressions: readonly Suppression[],
): readonly Suppression[] {
  const lines = new Map<number, number>();
  return suppressions
    .toReversed()
    .map((each): Suppression => {
      if (each.directive !== 'tidemark-disable-next-line' || each.line === undefined) return each;
      const line = lines.get(each.line) ?? each.line;
      const { line: own, character } = document.positionAt(each.range.start);
      const before = document.text.slice(each.range.start - character, each.range.start);
      if (before.trim() === '') lines.set(own, line);
      return { ...each, line };
    })
    .toReversed();
}
