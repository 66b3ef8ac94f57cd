/** Texts with their expected places marked: `mtu: «abc»`. */
import assert from 'node:assert/strict';
import type { Problem, TextRange } from '../../src/topology/document.ts';
import { loadTopology } from '../../src/topology/load.ts';

export interface Marked {
  readonly text: string;
  readonly ranges: readonly TextRange[];
}

export function unmark(marked: string): Marked {
  const ranges: TextRange[] = [];
  let text = '';
  let start = 0;
  for (const piece of marked.split(/([«»])/)) {
    if (piece === '«') start = text.length;
    else if (piece === '»') ranges.push({ start, end: text.length });
    else text += piece;
  }
  return { text, ranges };
}

/** Loads the text and checks that it has exactly these problems, in this order, at the marks. */
export function assertProblems(
  marked: string,
  expected: readonly {
    readonly rule: string;
    readonly message?: RegExp;
    readonly suggestions?: readonly string[];
  }[],
): readonly Problem[] {
  const { text, ranges } = unmark(marked);
  const { problems } = loadTopology(text, 'marked.dr.yaml');
  assert.deepEqual(
    problems.map(({ rule, range }) => ({ rule, at: text.slice(range.start, range.end), range })),
    expected.map(({ rule }, index) => {
      const range = ranges[index];
      assert.ok(range, `mark number ${index + 1} is missing`);
      return { rule, at: text.slice(range.start, range.end), range };
    }),
  );
  for (const [index, { message, suggestions }] of expected.entries()) {
    if (message) assert.match(problems[index]?.message ?? '', message);
    if (suggestions) assert.deepEqual(problems[index]?.suggestions, suggestions);
  }
  return problems;
}
