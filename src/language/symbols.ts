/** The names of a file, for the outline of an editor and for jumping to one by its name. */
import {
  SymbolKind,
  type DocumentSymbol,
  type SymbolInformation,
} from 'vscode-languageserver-types';
import type { Path, TopologyDocument } from '../topology/document.ts';
import { treeOf } from '../topology/parse.ts';
import { entryRangeOf, solid, type TreeNode } from '../topology/source/tree.ts';
import { referencesOf } from './names/reference-index.ts';
import { roleAt, type NameKind } from './names/roles.ts';
import { toRange } from './ranges.ts';

const kinds: Readonly<Record<NameKind, SymbolKind>> = {
  site: SymbolKind.Namespace,
  network: SymbolKind.Interface,
  datastore: SymbolKind.Array,
  host: SymbolKind.Object,
  VM: SymbolKind.Struct,
  disk: SymbolKind.Field,
  NIC: SymbolKind.Field,
  'backup job': SymbolKind.Event,
  link: SymbolKind.Operator,
  VPG: SymbolKind.Class,
  drill: SymbolKind.Method,
  marker: SymbolKind.Key,
  tag: SymbolKind.Key,
  component: SymbolKind.Object,
};

/** Deeper than this stand the single fields, which an outline would drown in. */
const deepest = 6;

/** The file as a tree of its sections and names. What is not a section is left out. */
export function documentSymbols(document: TopologyDocument): DocumentSymbol[] {
  const root = treeOf(document);
  return root ? childrenOf(document, root, []) : [];
}

function childrenOf(document: TopologyDocument, node: TreeNode, path: Path): DocumentSymbol[] {
  if (node.kind !== 'map' || path.length >= deepest) return [];
  const symbols: DocumentSymbol[] = [];
  for (const entry of node.entries.values()) {
    const at = [...path, entry.key];
    const role = roleAt(at);
    const isName = role?.on === 'key';
    const value = solid(entry.value);
    if (value.kind === 'scalar' && !isName) continue;
    if (value.kind === 'list' && path.length > 0) continue;
    // An editor refuses symbols without a name.
    const name = entry.key.trim() === '' ? '""' : entry.key;
    symbols.push({
      name,
      kind: isName ? kinds[role.kind] : SymbolKind.Module,
      ...(isName && { detail: role.kind }),
      range: toRange(document, entryRangeOf(entry)),
      selectionRange: toRange(document, entry.keyRange),
      children: childrenOf(document, entry.value, at),
    });
  }
  return symbols;
}

/** Most symbols that one question is answered with: nobody scrolls through more. */
const mostSymbols = 500;

/** What is declared in any of the files and matches the query, letter after letter. */
export function workspaceSymbols(
  documents: Iterable<TopologyDocument>,
  query: string,
): SymbolInformation[] {
  const wanted = query.toLowerCase();
  const symbols: SymbolInformation[] = [];
  for (const document of documents) {
    for (const { use, kind, name, range, path, aliased } of referencesOf([document]).occurrences) {
      if (use !== 'declaration' || aliased || !matches(name.toLowerCase(), wanted)) continue;
      symbols.push({
        name,
        kind: kinds[kind],
        containerName: path.length > 2 ? String(path[1]) : kind,
        location: { uri: document.uri, range: toRange(document, range) },
      });
      if (symbols.length >= mostSymbols) return symbols;
    }
  }
  return symbols;
}

/** Whether the letters of the query stand in the name in their order, as editors match. */
function matches(name: string, query: string): boolean {
  let at = 0;
  for (const letter of query) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
