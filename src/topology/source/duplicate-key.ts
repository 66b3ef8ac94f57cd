import type { Problem } from '../document.ts';
import type { Entry } from './tree.ts';

/** Says of an entry that its key stands in the map already; `lineOf` counts from 0. */
export function duplicateKey(
  entry: Entry,
  first: Entry,
  lineOf: (offset: number) => number,
): Problem {
  const line = lineOf(first.keyRange.start) + 1;
  const message = `"${shortened(entry.key)}" stands in this map already, in line ${line}.`;
  return { rule: 'yaml/duplicate-key', message, range: entry.keyRange, suggestions: [] };
}

function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
