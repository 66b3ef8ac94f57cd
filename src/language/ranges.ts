/** Offsets of a document as the ranges that editors use. */
import type { Range } from 'vscode-languageserver-types';
import type { Place, TextRange, TopologyDocument } from '../topology/document.ts';

export function toRange(document: TopologyDocument, range: TextRange): Range {
  return { start: document.positionAt(range.start), end: document.positionAt(range.end) };
}

export function keyRangeOf(place: Place): Range {
  return toRange(place.document, place.document.keyRange(place.path));
}

export function intersects(range: TextRange, start: number, end: number): boolean {
  return range.start <= end && start <= range.end;
}
