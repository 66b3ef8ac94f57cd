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
import { mergeFindings } from '../lint/merge.ts';
import type { Finding } from '../lint/rule.ts';
import type { LintOptions } from '../lint/run.ts';
import type { TopologyDocument } from '../topology/document.ts';
import type { Topology } from '../topology/model.ts';
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
import type { Outline, ReportKind, TextsResult } from './protocol.ts';
import { reportOf } from './reports.ts';
import { prepareRename, rename, type Refusal, type Renameable } from './rename.ts';
import { semanticTokens } from './semantic-tokens.ts';
import { documentSymbols, workspaceSymbols } from './symbols.ts';
import { TopologyWorkspace, type Disk, type OpenTopology } from './workspace.ts';

/** A file that stays broken is read for completion once in so many versions, which are keystrokes. */
const mostVersionsBehind = 30;

/** What has become otherwise since it was asked last. */
export interface Changes {
  /** The files whose findings may be others. */
  readonly files: readonly string[];
  readonly outlines: readonly Outline[];
  /** Files that were topologies and are none any more. */
  readonly gone: readonly string[];
}

/** A file as it is asked about: itself, and the first of the topologies that it is part of. */
interface Asked {
  readonly document: TopologyDocument;
  readonly topology: Topology;
  readonly topologies: readonly Topology[];
}

export class LanguageService {
  readonly #workspace: TopologyWorkspace;
  /** The last version of each file that YAML could read whole. */
  readonly #readable = new Map<string, { version: number; document: TopologyDocument }>();
  /** The topologies whose findings the editor has. */
  readonly #told = new Map<string, OpenTopology>();

  /** Without a disk, only files that are told can be included. */
  constructor(disk?: Disk) {
    this.#workspace = new TopologyWorkspace(disk);
  }

  /** Reads a version of a file, to be linted by its settings. Never throws for what stands in it. */
  update(
    uri: string,
    version: number,
    source: string | Uint8Array,
    options: LintOptions = unset,
  ): void {
    this.#workspace.update(uri, version, source, options);
    const document = this.#workspace.part(uri)?.document;
    if (document?.problems.length === 0) this.#readable.set(uri, { version, document });
  }

  has(uri: string): boolean {
    return this.#workspace.has(uri);
  }

  /** The version that was read last; undefined for a file that is not open. */
  version(uri: string): number | undefined {
    return this.#workspace.version(uri);
  }

  /** URI, version and source of everything that has been read. */
  texts(): [string, number, string | Uint8Array][] {
    return this.#workspace.texts();
  }

  close(uri: string): void {
    this.#workspace.close(uri);
    this.#readable.delete(uri);
  }

  /** What was read from disk is read again; of one file, or of all where none is named. */
  forgetDisk(uri?: string): void {
    this.#workspace.forgetDisk(uri);
  }

  /** Lints all topologies as they are now, in steps that each leave room for something else. */
  *linting(): Generator<void, void, void> {
    for (const topology of this.#workspace.topologies()) {
      while (topology.lintStep()) yield;
    }
  }

  /** Whose findings and outlines have to be told anew. Lints what {@link linting} has not. */
  changes(): Changes {
    const files = new Set<string>();
    const add = ({ loaded }: OpenTopology): void => {
      for (const { document } of loaded.parts) files.add(document.uri);
    };
    const outlines: Outline[] = [];
    const now = this.#workspace.topologies();
    for (const topology of now) {
      const before = this.#told.get(topology.uri);
      if (before === topology) continue;
      if (before) add(before);
      add(topology);
      outlines.push(this.#outlineOf(topology));
    }
    const uris = new Set(now.map(({ uri }) => uri));
    const gone = [...this.#told.values()].filter(({ uri }) => !uris.has(uri));
    gone.forEach(add);
    this.#told.clear();
    for (const topology of now) this.#told.set(topology.uri, topology);
    return { files: [...files], outlines, gone: gone.map(({ uri }) => uri) };
  }

  diagnostics(uri: string): Diagnostic[] {
    return toDiagnostics(this.#findingsIn(uri));
  }

  outline(uri: string): Outline | undefined {
    const [topology] = this.#workspace.topologiesOf(uri);
    return topology && this.#outlineOf(topology);
  }

  codeActions(uri: string, range: Range, only: readonly string[] | undefined): CodeAction[] {
    const document = this.#document(uri);
    if (!document) return [];
    const findings = this.#findingsIn(uri);
    const wanted = (kind: string): boolean =>
      only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
    const actions = wanted('quickfix')
      ? quickFixes(findings, {
          start: document.offsetAt(range.start),
          end: document.offsetAt(range.end),
        })
      : [];
    // Offered only when asked for, as editors do on saving: it is no answer to a single squiggle.
    const all = only !== undefined && wanted(fixAllKind) ? fixAll(findings) : undefined;
    return all ? [...actions, all] : actions;
  }

  /** Undefined where the file is not known, or its topology could not be read whole. */
  report(uri: string, kind: ReportKind): string | undefined {
    const [topology] = this.#workspace.topologiesOf(uri);
    if (!topology || topology.loaded.problems.length > 0) return undefined;
    return reportOf(topology.loaded.topology, kind);
  }

  /** What a process needs that runs the drills of a topology. */
  textsOf(uri: string): TextsResult {
    const [topology] = this.#workspace.topologiesOf(uri);
    return { text: topology?.loaded.document.text, included: topology?.carried };
  }

  codeLenses(uri: string): CodeLens[] {
    const asked = this.#asked(uri);
    return asked ? codeLenses(asked.topologies, asked.document) : [];
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
    const document = this.#document(uri);
    const read = this.#workspace.version(uri);
    if (!document || read === undefined) return [];
    const { version, text } = newest ?? { version: read, text: document.text };
    // What is too large or too deep to be read is too large or too deep to be completed in, too.
    if (text.length > longestText || wasRefused(document)) return [];
    const typed = typedText(text, position);
    if (typed.lineStarts.length > mostLines) return [];
    let readable = this.#readable.get(uri);
    if (!readable || version - readable.version > mostVersionsBehind) {
      readable = { version, document: withoutTypedLine(typed, uri) };
      this.#readable.set(uri, readable);
    }
    if (wasRefused(readable.document)) return [];
    const [topology] = this.#workspace.topologiesOf(uri);
    const others = topology?.loaded.topology.documents.filter((each) => each.uri !== uri);
    return completion(typed, readable.document, options, others);
  }

  hover(uri: string, position: Position): Hover | undefined {
    const asked = this.#asked(uri);
    if (!asked) return undefined;
    const { topology, document } = asked;
    return hover(topology, document, document.offsetAt(position));
  }

  definition(uri: string, position: Position): Location[] {
    const asked = this.#asked(uri);
    if (!asked) return [];
    const { topology, document } = asked;
    return definition(topology, document, document.offsetAt(position));
  }

  /** In all topologies that the file is part of. */
  references(uri: string, position: Position, withDeclaration: boolean): Location[] {
    const asked = this.#asked(uri);
    if (!asked) return [];
    const { topologies, document } = asked;
    const offset = document.offsetAt(position);
    const all = topologies.flatMap((topology) =>
      references(topology, document, offset, withDeclaration),
    );
    if (topologies.length === 1) return all;
    return [...new Map(all.map((location) => [JSON.stringify(location), location])).values()];
  }

  highlights(uri: string, position: Position): DocumentHighlight[] {
    const asked = this.#asked(uri);
    if (!asked) return [];
    const { topology, document } = asked;
    return highlights(topology, document, document.offsetAt(position));
  }

  prepareRename(uri: string, position: Position): Renameable | Refusal {
    const asked = this.#asked(uri);
    if (!asked) return notOpen;
    const { topology, document } = asked;
    return prepareRename(topology, document, document.offsetAt(position));
  }

  rename(uri: string, position: Position, newName: string): WorkspaceEdit | Refusal {
    const asked = this.#asked(uri);
    if (!asked) return notOpen;
    const { topologies, document } = asked;
    return rename(topologies, document, document.offsetAt(position), newName);
  }

  documentSymbols(uri: string): DocumentSymbol[] {
    const document = this.#document(uri);
    return document ? documentSymbols(document) : [];
  }

  /** Symbols of everything that has been read, open in an editor or not. */
  workspaceSymbols(query: string): SymbolInformation[] {
    const documents = new Map<string, TopologyDocument>();
    for (const { loaded } of this.#workspace.topologies()) {
      for (const { document } of loaded.parts) documents.set(document.uri, document);
    }
    return workspaceSymbols(documents.values(), query);
  }

  foldingRanges(uri: string): FoldingRange[] {
    const document = this.#document(uri);
    return document ? foldingRanges(document) : [];
  }

  selectionRanges(uri: string, positions: readonly Position[]): SelectionRange[] {
    const document = this.#document(uri);
    if (!document) return [];
    return positions.map((position) => selectionRange(document, document.offsetAt(position)));
  }

  inlayHints(uri: string, range: Range): InlayHint[] {
    const asked = this.#asked(uri);
    return asked ? inlayHints(asked.topology, asked.document, range) : [];
  }

  documentLinks(uri: string): DocumentLink[] {
    const asked = this.#asked(uri);
    return asked ? documentLinks(asked.topology, asked.document) : [];
  }

  formatting(uri: string): TextEdit[] {
    const document = this.#document(uri);
    return document ? formatting(document) : [];
  }

  semanticTokens(uri: string): SemanticTokens {
    const document = this.#document(uri);
    return document ? semanticTokens(document) : { data: [] };
  }

  #document(uri: string): TopologyDocument | undefined {
    return this.#workspace.part(uri)?.document;
  }

  #asked(uri: string): Asked | undefined {
    const topologies = this.#workspace.topologiesOf(uri);
    const [first] = topologies;
    const document = first?.documentAt(uri);
    if (!first || !document) return undefined;
    return {
      document,
      topology: first.loaded.topology,
      topologies: topologies.map(({ loaded }) => loaded.topology),
    };
  }

  /** Of all topologies that the file is part of, each finding once. */
  #findingsIn(uri: string): readonly Finding[] {
    const topologies = this.#workspace.topologiesOf(uri);
    return mergeFindings(
      topologies.map((topology) => ({
        loaded: topology.loaded,
        findings: topology.findingsIn(uri),
      })),
    );
  }

  #outlineOf({ uri, loaded, findings }: OpenTopology): Outline {
    const { topology, problems } = loaded;
    const readable = topology.sites.size > 0 || problems.length === 0;
    return outlineOf(topology, findings, this.#workspace.version(uri) ?? 0, readable);
  }
}

/** One object, as what is linted is compared by it. */
const unset: LintOptions = {};

const notOpen: Refusal = { refused: 'This file has not been read yet.' };
