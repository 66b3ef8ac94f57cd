/** Going to where a name is declared, and finding where it is used. */
import type { DocumentHighlight, Location } from 'vscode-languageserver-types';
import { DocumentHighlightKind } from 'vscode-languageserver-types';
import type { TopologyDocument } from '../topology/document.ts';
import type { Topology } from '../topology/model.ts';
import { atCursor } from './at-cursor.ts';
import { referencesOf, type Occurrence } from './names/reference-index.ts';
import { toRange } from './ranges.ts';

/**
 * Where the name under the cursor is declared; on a declaration, that declaration itself. On an item of
 * `include`, the files that it leads to.
 */
export function definition(
  topology: Topology,
  document: TopologyDocument,
  offset: number,
): Location[] {
  const index = referencesOf(topology.documents);
  const { name, path } = atCursor(document, offset, index);
  if (path[0] === 'include') return includedFiles(topology, document, path[1]);
  const { target } = name ?? {};
  if (!name || !target) return [];
  if (name.kind === 'component') {
    return topology.documents
      .filter((each) => each.has(target))
      .map((each) => ({ uri: each.uri, range: toRange(each, each.keyRange(target)) }));
  }
  return index
    .of(target)
    .filter(({ use }) => use === 'declaration')
    .map(locationOf);
}

function includedFiles(
  { includes }: Topology,
  document: TopologyDocument,
  item: string | number | undefined,
): Location[] {
  const start = { line: 0, character: 0 };
  return includes
    .filter(({ place }) => place.document === document && place.path[1] === item)
    .flatMap(({ files }) => files)
    .map((file) => ({ uri: file.document.uri, range: { start, end: start } }));
}

export function references(
  topology: Topology,
  document: TopologyDocument,
  offset: number,
  withDeclaration: boolean,
): Location[] {
  return namesLike(topology, document, offset)
    .filter(({ use }) => withDeclaration || use === 'reference')
    .map(locationOf);
}

/** In the file under the cursor; an editor asks for no others. */
export function highlights(
  topology: Topology,
  document: TopologyDocument,
  offset: number,
): DocumentHighlight[] {
  return namesLike(topology, document, offset)
    .filter((name) => name.document === document)
    .map(({ range, use }) => ({
      range: toRange(document, range),
      kind: use === 'declaration' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
    }));
}

function namesLike(
  { documents }: Topology,
  document: TopologyDocument,
  offset: number,
): readonly Occurrence[] {
  const index = referencesOf(documents);
  const target = atCursor(document, offset, index).name?.target;
  return target ? index.of(target) : [];
}

function locationOf({ document, range }: Occurrence): Location {
  return { uri: document.uri, range: toRange(document, range) };
}
