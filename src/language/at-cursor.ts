/** What stands under the cursor in a file that was read. */
import type { Path, TextRange, TopologyDocument } from '../topology/document.ts';
import type { Occurrence, ReferenceIndex } from './names/reference-index.ts';

export interface AtCursor {
  /** The innermost entry, item or value that holds the cursor. */
  readonly path: Path;
  /** Whether the cursor stands on the entry's key, on its value, or between and around them. */
  readonly on: 'key' | 'value' | 'around';
  /** The key or value that the cursor stands on. */
  readonly range: TextRange;
  /** The name under the cursor, if it is one. */
  readonly name: Occurrence | undefined;
}

export function atCursor(
  document: TopologyDocument,
  offset: number,
  references: ReferenceIndex,
): AtCursor {
  const path = document.pathAt(offset);
  const name = references.at(document, offset);
  const holds = ({ start, end }: TextRange): boolean => start <= offset && offset <= end;
  const key = document.keyRange(path);
  if (typeof path.at(-1) === 'string' && holds(key)) return { path, on: 'key', range: key, name };
  const value = document.valueRange(path);
  if (path.length > 0 && holds(value)) return { path, on: 'value', range: value, name };
  return { path, on: 'around', range: { start: offset, end: offset }, name };
}
