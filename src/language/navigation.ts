/** Going to where a name is declared, and finding where it is used. */
import type { DocumentHighlight, Location } from 'vscode-languageserver-types';
import { DocumentHighlightKind } from 'vscode-languageserver-types';
import type { TopologyDocument } from '../topology/document.ts';
import { atCursor } from './at-cursor.ts';
import { referencesOf, type Occurrence } from './names/reference-index.ts';
import { toRange } from './ranges.ts';

/** Where the name under the cursor is declared; on a declaration, that declaration itself. */
export function definition(document: TopologyDocument, offset: number): Location[] {
  const { name } = atCursor(document, offset);
  if (!name?.target) return [];
  if (name.kind === 'component') {
    if (!document.has(name.target)) return [];
    const range = toRange(document, document.keyRange(name.target));
    return [{ uri: document.uri, range }];
  }
  return referencesOf(document)
    .of(name.target)
    .filter(({ use }) => use === 'declaration')
    .map((occurrence) => locationOf(document, occurrence));
}

export function references(
  document: TopologyDocument,
  offset: number,
  withDeclaration: boolean,
): Location[] {
  return namesLike(document, offset)
    .filter(({ use }) => withDeclaration || use === 'reference')
    .map((occurrence) => locationOf(document, occurrence));
}

export function highlights(document: TopologyDocument, offset: number): DocumentHighlight[] {
  return namesLike(document, offset).map(({ range, use }) => ({
    range: toRange(document, range),
    kind: use === 'declaration' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

function namesLike(document: TopologyDocument, offset: number): readonly Occurrence[] {
  const target = atCursor(document, offset).name?.target;
  return target ? referencesOf(document).of(target) : [];
}

function locationOf(document: TopologyDocument, { range }: Occurrence): Location {
  return { uri: document.uri, range: toRange(document, range) };
}
