/** Places in a file as people and tools name them: lines and columns counted from 1. */
import type { TextRange, TopologyDocument } from '../topology/document.ts';

/** Columns are UTF-16 code units; `endColumn` is the one behind the last character. */
export interface Region {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export function regionOf(document: TopologyDocument, range: TextRange): Region {
  const start = document.positionAt(range.start);
  const end = document.positionAt(range.end);
  return {
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
}
