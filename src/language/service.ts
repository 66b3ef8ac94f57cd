/**
 * What an editor asks of topology files, without an editor: text goes in, LSP types come out. One
 * parse of a version feeds everything that is asked about it.
 */
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  Location,
  Position,
  Range,
  SelectionRange,
  SemanticTokens,
  SymbolInformation,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-types';
import { lint, type LintOptions } from '../lint/run.ts';
import type { Finding } from '../lint/rule.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { loadTopology, type LoadedTopology } from '../topology/load.ts';
import { longestText } from '../topology/source/decode.ts';
import { fixAll, fixAllKind, quickFixes } from './code-actions.ts';
import { codeLenses } from './code-lenses.ts';
import {
  completion,
  typedText,
  wasRefused,
  withoutTypedLine,
  type CompletionOptions,
} from './completion.ts';
import { mostLines } from './completion/typing-place.ts';
import { toDiagnostics } from './diagnostics.ts';
import { documentLinks } from './document-links.ts';
import { foldingRanges, selectionRange } from './folding.ts';
import { formatting } from './formatting.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlay-hints.ts';
import { definition, highlights, references } from './navigation.ts';
import { outlineOf } from './outline.ts';
import type { Outline, ReportKind } from './protocol.ts';
import { reportOf } from './reports.ts';
import { prepareRename, rename, type Refusal, type Renameable } from './rename.ts';
import { semanticTokens } from './semantic-tokens.ts';
import { documentSymbols, workspaceSymbols } from './symbols.ts';

/** A file that stays broken is read for completion once in so many versions, which are keystrokes. */
const mostVersionsBehind = 30;

/** A version of a file; it is linted when its findings are first asked for. */
class OpenFile {
  readonly version: number;
  readonly source: string | Uint8Array;
  readonly loaded: LoadedTopology;
  readonly #options: LintOptions;
  #findings: readonly Finding[] | undefined;

  constructor(
    version: number,
    source: string | Uint8Array,
    loaded: LoadedTopology,
    options: LintOptions,
  ) {
    this.version = version;
    this.source = source;
    this.loaded = loaded;
    this.#options = options;
  }

  get findings(): readonly Finding[] {
    this.#findings ??= lint(this.loaded, this.#options);
    return this.#findings;
  }

  offsetAt(position: Position): number {
    return this.loaded.document.offsetAt(position);
  }
}

export class LanguageService {
  readonly #files = new Map<string, OpenFile>();
  /** The last version of each file that YAML could read whole. */
  readonly #readable = new Map<string, { version: number; document: TopologyDocument }>();

  /** Reads a version of a file, to be linted by its settings. Never throws for what stands in it. */
  update(
    uri: string,
    version: number,
    source: string | Uint8Array,
    options: LintOptions = {},
  ): void {
    const loaded = loadTopology(source, uri);
    this.#files.set(uri, new OpenFile(version, source, loaded, options));
    const { document } = loaded;
    if (document.problems.length === 0) this.#readable.set(uri, { version, document });
  }

  has(uri: string): boolean {
    return this.#files.has(uri);
  }

  /** The version that was read last; undefined for a file that is not open. */
  version(uri: string): number | undefined {
    return this.#files.get(uri)?.version;
  }

  /** URI, version and source of everything that has been read. */
  texts(): [string, number, string | Uint8Array][] {
    return [...this.#files].map(([uri, { version, source }]) => [uri, version, source]);
  }

  close(uri: string): void {
    this.#files.delete(uri);
    this.#readable.delete(uri);
  }

  diagnostics(uri: string): Diagnostic[] {
    return toDiagnostics(this.#files.get(uri)?.findings ?? []);
  }

  outline(uri: string): Outline | undefined {
    const file = this.#files.get(uri);
    if (!file) return undefined;
    const readable = file.loaded.topology.sites.size > 0 || file.loaded.problems.length === 0;
    return outlineOf(file.loaded.topology, file.findings, file.version, readable);
  }

  codeActions(uri: string, range: Range, only: readonly string[] | undefined): CodeAction[] {
    const file = this.#files.get(uri);
    if (!file) return [];
    const wanted = (kind: string): boolean =>
      only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
    const { document } = file.loaded;
    const actions = wanted('quickfix')
      ? quickFixes(file.findings, {
          start: document.offsetAt(range.start),
          end: document.offsetAt(range.end),
        })
      : [];
    // Offered only when asked for, as editors do on saving: it is no answer to a single squiggle.
    const all = only !== undefined && wanted(fixAllKind) ? fixAll(file.findings) : undefined;
    return all ? [...actions, all] : actions;
  }

  /** Undefined where the file is not known, or could not be read whole. */
  report(uri: string, kind: ReportKind): string | undefined {
    const file = this.#files.get(uri);
    if (!file || file.loaded.problems.length > 0) return undefined;
    return reportOf(file.loaded.topology, kind);
  }

  codeLenses(uri: string): CodeLens[] {
    const file = this.#files.get(uri);
    return file ? codeLenses(file.loaded.topology) : [];
  }

  /**
   * Answers at once, from the text that is just being typed (`newest`, where it has not been read yet):
   * names are looked up in the last version that YAML could read whole, as long as that is not old.
   */
  completion(
    uri: string,
    position: Position,
    options: CompletionOptions,
    newest?: { readonly version: number; readonly text: string },
  ): CompletionItem[] {
    const file = this.#files.get(uri);
    if (!file) return [];
    const { version, text } = newest ?? { version: file.version, text: file.loaded.document.text };
    // What is too large or too deep to be read is too large or too deep to be completed in, too.
    if (text.length > longestText || wasRefused(file.loaded.document)) return [];
    const typed = typedText(text, position);
    if (typed.lineStarts.length > mostLines) return [];
    let readable = this.#readable.get(uri);
    if (!readable || version - readable.version > mostVersionsBehind) {
      readable = { version, document: withoutTypedLine(typed, uri) };
      this.#readable.set(uri, readable);
    }
    if (wasRefused(readable.document)) return [];
    return completion(typed, readable.document, options);
  }

  hover(uri: string, position: Position): Hover | undefined {
    const file = this.#files.get(uri);
    return file && hover(file.loaded, file.offsetAt(position));
  }

  definition(uri: string, position: Position): Location[] {
    const file = this.#files.get(uri);
    return file ? definition(file.loaded.document, file.offsetAt(position)) : [];
  }

  references(uri: string, position: Position, withDeclaration: boolean): Location[] {
    const file = this.#files.get(uri);
    if (!file) return [];
    return references(file.loaded.document, file.offsetAt(position), withDeclaration);
  }

  highlights(uri: string, position: Position): DocumentHighlight[] {
    const file = this.#files.get(uri);
    return file ? highlights(file.loaded.document, file.offsetAt(position)) : [];
  }

  prepareRename(uri: string, position: Position): Renameable | Refusal {
    const file = this.#files.get(uri);
    return file ? prepareRename(file.loaded.document, file.offsetAt(position)) : notOpen;
  }

  rename(uri: string, position: Position, newName: string): WorkspaceEdit | Refusal {
    const file = this.#files.get(uri);
    return file ? rename(file.loaded.document, file.offsetAt(position), newName) : notOpen;
  }

  documentSymbols(uri: string): DocumentSymbol[] {
    const file = this.#files.get(uri);
    return file ? documentSymbols(file.loaded.document) : [];
  }

  /** Symbols of everything that has been read, open in an editor or not. */
  workspaceSymbols(query: string): SymbolInformation[] {
    const documents = [...this.#files.values()].map(({ loaded }) => loaded.document);
    return workspaceSymbols(documents, query);
  }

  foldingRanges(uri: string): FoldingRange[] {
    const file = this.#files.get(uri);
    return file ? foldingRanges(file.loaded.document) : [];
  }

  selectionRanges(uri: string, positions: readonly Position[]): SelectionRange[] {
    const file = this.#files.get(uri);
    if (!file) return [];
    return positions.map((position) =>
      selectionRange(file.loaded.document, file.offsetAt(position)),
    );
  }

  inlayHints(uri: string, range: Range): InlayHint[] {
    const file = this.#files.get(uri);
    return file ? inlayHints(file.loaded.topology, range) : [];
  }

  documentLinks(uri: string): DocumentLink[] {
    const file = this.#files.get(uri);
    return file ? documentLinks(file.loaded.topology) : [];
  }

  formatting(uri: string): TextEdit[] {
    const file = this.#files.get(uri);
    return file ? formatting(file.loaded.document) : [];
  }

  semanticTokens(uri: string): SemanticTokens {
    const file = this.#files.get(uri);
    return file ? semanticTokens(file.loaded.document) : { data: [] };
  }
}

const notOpen: Refusal = { refused: 'This file has not been read yet.' };
