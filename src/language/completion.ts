/** What may be written at the cursor. Works in a file that is half-typed, and never throws for one. */
import {
  CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
  type CompletionItem,
  type Range,
} from 'vscode-languageserver-types';
import type { Path, TopologyDocument } from '../topology/document.ts';
import { parseDocument, treeOf } from '../topology/parse.ts';
import { schemaAt } from '../topology/schema/lookup.ts';
import { keyOffers } from './completion/keys.ts';
import type { Offer } from './completion/offer.ts';
import { withoutStops } from './completion/snippets.ts';
import { typingPlace, type TypingPlace } from './completion/typing-place.ts';
import { valueOffers } from './completion/values.ts';
import { NameTree } from './names/name-tree.ts';
import { toRange } from './ranges.ts';
import { shapesOf } from './schema-view.ts';

export interface CompletionOptions {
  /** Whether the editor knows tab stops. */
  readonly snippets: boolean;
}

export function completion(
  document: TopologyDocument,
  offset: number,
  { snippets }: CompletionOptions,
): CompletionItem[] {
  const place = typingPlace(document.text, document.lineStarts, offset);
  const schema = place && schemaAt(place.path);
  if (!place || !schema) return [];
  const root = treeOf(readable(document, offset));
  const names = new NameTree(root, typedAround(place));
  const request = { place, schema, names, root };
  const isLeaf = shapesOf(schema).some(({ kind }) => kind === 'leaf');
  const offers = place.on === 'value' || isLeaf ? valueOffers(request) : keyOffers(request);
  const range = toRange(document, place.range);
  return offers.map((offer, index) => toItem(offer, index, place, range, snippets));
}

/**
 * The file to look names up in: a half-typed line can make the parser lose everything behind it, so
 * such a file is read once more without that line.
 */
function readable(document: TopologyDocument, offset: number): TopologyDocument {
  if (document.problems.length === 0) return document;
  const { line } = document.positionAt(offset);
  const start = document.lineStarts[line] ?? 0;
  const end = document.lineStarts[line + 1] ?? document.text.length;
  const blank = document.text.slice(start, end).replace(/[^\r\n]/g, ' ');
  const text = document.text.slice(0, start) + blank + document.text.slice(end);
  return parseDocument(text, document.uri);
}

function typedAround({ path, on, siblings }: TypingPlace): ReadonlyMap<string, string> {
  const container: Path = on === 'value' ? path.slice(0, -1) : path;
  return new Map([...siblings].map(([key, text]) => [[...container, key].join('\n'), text]));
}

function toItem(
  offer: Offer,
  index: number,
  place: TypingPlace,
  range: Range,
  snippets: boolean,
): CompletionItem {
  // An editor indents the lines of a snippet like the line it stands on, which a dash is not part of.
  const text = offer.text.replace(/\n/g, `\n${' '.repeat(place.inset)}`);
  const newText = (place.needsSpace ? ' ' : '') + (snippets ? text : withoutStops(text));
  return {
    label: offer.label,
    kind: kinds[offer.kind],
    sortText: String(index).padStart(5, '0'),
    filterText: place.needsSpace
      ? ` ${offer.filter ?? offer.label}`
      : (offer.filter ?? offer.label),
    ...(offer.detail !== undefined && { detail: offer.detail }),
    ...(offer.about !== undefined && { documentation: { kind: 'markdown', value: offer.about } }),
    ...(snippets && { insertTextFormat: InsertTextFormat.Snippet }),
    insertTextMode: InsertTextMode.adjustIndentation,
    textEdit: { range, newText },
  };
}

const kinds: Readonly<Record<Offer['kind'], CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  block: CompletionItemKind.Snippet,
  word: CompletionItemKind.EnumMember,
  reference: CompletionItemKind.Reference,
  value: CompletionItemKind.Value,
  unit: CompletionItemKind.Unit,
};
