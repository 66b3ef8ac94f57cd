import type { TextEdit } from '../../src/topology/edit.ts';

/** The text with the edits made; of several at one place the first comes first. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const { range, newText } of [...edits].sort((a, b) => a.range.start - b.range.start)) {
    result += text.slice(at, range.start) + newText;
    at = range.end;
  }
  return result + text.slice(at);
}
