/** What may be written at the cursor. Works in a file that is half-typed, and never throws for one. */
import {
  CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
  type CompletionItem,
  type Position,
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
import { shapesOf } from './schema-view.ts';

export interface CompletionOptions {
  /** Whether the editor knows tab stops. */
  readonly snippets: boolean;
  /** Whether a space was typed that makes the editor ask by itself. */
  readonly bySpace?: boolean;
}

/** A text that is being typed, which may be newer than the last one that was read. */
export interface TypedText {
  readonly text: string;
  readonly lineStarts: readonly number[];
  readonly line: number;
  readonly offset: number;
}

export function typedText(text: string, { line, character }: Position): TypedText {
  const lineStarts = [0];
  for (const { index, 0: lineBreak } of text.matchAll(/\r\n|\r|\n/g)) {
    lineStarts.push(index + lineBreak.length);
  }
  const number = Math.min(Math.max(line, 0), lineStarts.length - 1);
  const start = lineStarts[number] ?? 0;
  const rest = /^[^\r\n]*/.exec(text.slice(start, lineStarts[number + 1]))?.[0] ?? '';
  const offset = start + Math.min(Math.max(character, 0), rest.length);
  return { text, lineStarts, line: number, offset };
}

/**
 * `names` is a document to look names up in: the text itself, or an earlier state of it. `others` are the
 * other files of its topology.
 */
export function completion(
  typed: TypedText,
  names: TopologyDocument,
  { snippets, bySpace = false }: CompletionOptions,
  others: readonly TopologyDocument[] = [],
): CompletionItem[] {
  const start = typed.lineStarts[typed.line] ?? 0;
  // Who indents a line is not asked to choose a key at every column.
  if (bySpace && typed.text.slice(start, typed.offset).trim() === '') return [];
  const place = typingPlace(typed.text, typed.lineStarts, typed.offset);
  const schema = place && schemaAt(place.path);
  if (!place || !schema) return [];
  const root = treeOf(names);
  const roots = [names, ...others].flatMap((document) => treeOf(document) ?? []);
  const request = { place, schema, names: new NameTree(roots, typedAround(place)), root };
  const isLeaf = shapesOf(schema).some(({ kind }) => kind === 'leaf');
  const offers = place.on === 'value' || isLeaf ? valueOffers(request) : keyOffers(request);
  // What a choice replaces always stands on the line of the cursor.
  const range: Range = {
    start: { line: typed.line, character: place.range.start - start },
    end: { line: typed.line, character: place.range.end - start },
  };
  return offers.map((offer, index) => toItem(offer, index, place, range, snippets));
}

/**
 * A document to look names up in: a half-typed line can make the parser lose everything behind it,
 * so such a text is read without that line.
 */
export function withoutTypedLine(
  { text, lineStarts, line }: TypedText,
  uri: string,
): TopologyDocument {
  const document = parseDocument(text, uri);
  if (document.problems.length === 0 || wasRefused(document)) return document;
  const start = lineStarts[line] ?? 0;
  const end = lineStarts[line + 1] ?? text.length;
  const blank = text.slice(start, end).replace(/[^\r\n]/g, ' ');
  return parseDocument(text.slice(0, start) + blank + text.slice(end), uri);
}

/** Whether a text was too large or too deep to be read at all. */
export function wasRefused({ problems }: TopologyDocument): boolean {
  return problems.some(({ rule }) => rule === 'yaml/too-large' || rule === 'yaml/too-deep');
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
