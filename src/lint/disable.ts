/**
 * `# tidemark-disable-next-line area/rule` in a topology file: the engineer has seen the finding and
 * decided otherwise, and the file says so where a reviewer reads it.
 */
import type { TopologyDocument } from '../topology/document.ts';

// A comment of its own line only: behind a value it would be unclear which line it speaks of.
const directive = /^[ \t]*#[ \t]*tidemark-disable-next-line[ \t:]+([^\r\n]+)/gm;

/** Which rules are switched off on which lines (counted from 0). */
export interface DisabledLines {
  isDisabled(rule: string, line: number): boolean;
}

/**
 * Reads the directives of a file. Several rules are separated by commas or spaces; what follows `--`
 * is the reason, for people. Directives in consecutive lines speak of the first line below them.
 */
export function disabledLines(document: TopologyDocument): DisabledLines {
  const { text } = document;
  const rulesOfLine = new Map<number, Set<string>>();
  for (const match of text.matchAll(directive)) {
    const [names = ''] = (match[1] ?? '').split(/(?:^|\s)--(?:\s|$)/);
    const line = document.positionAt(match.index).line;
    const rules = rulesOfLine.get(line + 1) ?? new Set<string>();
    for (const name of names.split(/[\s,]+/)) if (name !== '') rules.add(name);
    for (const name of rulesOfLine.get(line) ?? []) rules.add(name);
    rulesOfLine.set(line + 1, rules);
  }
  return { isDisabled: (rule, line) => rulesOfLine.get(line)?.has(rule) ?? false };
}
