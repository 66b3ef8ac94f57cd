/** Applying what a fix asks for. */
import type { TextEdit } from '../topology/edit.ts';

/** Two edits want to change the same characters, so there is no one result. */
export class OverlappingEdits extends Error {
  override readonly name = 'OverlappingEdits';
}

/**
 * The text after the edits. All ranges refer to the text as it was; insertions at one offset keep
 * their order.
 *
 * @throws OverlappingEdits where two ranges share a character
 * @throws RangeError where a range is not inside the text
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const inOrder = [...edits].sort(
    (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
  );
  const parts: string[] = [];
  let copied = 0;
  for (const { range, newText } of inOrder) {
    if (range.start < 0 || range.end < range.start || range.end > text.length) {
      throw new RangeError(
        `An edit of ${range.start} to ${range.end} is outside the text of ${text.length} characters`,
      );
    }
    if (range.start < copied) {
      throw new OverlappingEdits(`Two edits both change the text at offset ${range.start}`);
    }
    parts.push(text.slice(copied, range.start), newText);
    copied = range.end;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}
