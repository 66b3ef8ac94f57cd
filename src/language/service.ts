/**
 * What an editor asks of topology files, without an editor: text goes in, LSP types come out. One
 * parse of a version feeds everything that is asked about it.
 */
import type { CodeAction, CodeLens, Diagnostic, Range } from 'vscode-languageserver-types';
import { lint, type LintOptions } from '../lint/run.ts';
import type { Finding } from '../lint/rule.ts';
import { loadTopology, type LoadedTopology } from '../topology/load.ts';
import { fixAll, fixAllKind, quickFixes } from './code-actions.ts';
import { codeLenses } from './code-lenses.ts';
import { toDiagnostic } from './diagnostics.ts';
import { outlineOf } from './outline.ts';
import type { Outline } from './protocol.ts';

interface OpenFile {
  readonly version: number;
  readonly loaded: LoadedTopology;
  readonly findings: readonly Finding[];
}

export class LanguageService {
  readonly #files = new Map<string, OpenFile>();
  #options: LintOptions = {};

  /** Settings hold from the next update on. */
  configure(options: LintOptions): void {
    this.#options = options;
  }

  /** Reads a version of a file. Never throws for what stands in the file. */
  update(uri: string, version: number, text: string): void {
    const loaded = loadTopology(text, uri);
    this.#files.set(uri, { version, loaded, findings: lint(loaded, this.#options) });
  }

  has(uri: string): boolean {
    return this.#files.has(uri);
  }

  /** URI, version and text of everything that has been read. */
  texts(): [string, number, string][] {
    return [...this.#files].map(([uri, { version, loaded }]) => [
      uri,
      version,
      loaded.document.text,
    ]);
  }

  close(uri: string): void {
    this.#files.delete(uri);
  }

  diagnostics(uri: string): Diagnostic[] {
    return this.#files.get(uri)?.findings.map(toDiagnostic) ?? [];
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

  codeLenses(uri: string): CodeLens[] {
    const file = this.#files.get(uri);
    return file ? codeLenses(file.loaded.topology) : [];
  }
}
