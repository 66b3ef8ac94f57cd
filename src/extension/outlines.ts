/** The latest outline of every topology that the language server has read. */
import * as vscode from 'vscode';
import type { Outline } from '../language/protocol.ts';

export class Outlines implements vscode.Disposable {
  readonly #byUri = new Map<string, Outline>();
  readonly #changed = new vscode.EventEmitter<string>();
  /** The URI of the file whose outline came, changed or went. */
  readonly onDidChange = this.#changed.event;

  set(outline: Outline): void {
    const known = this.#byUri.get(outline.uri);
    // While a keystroke leaves the text unreadable, the tree keeps what it last could read.
    const shown =
      outline.readable || !known
        ? outline
        : { ...known, version: outline.version, readable: false };
    this.#byUri.set(outline.uri, shown);
    this.#changed.fire(outline.uri);
  }

  delete(uri: string): void {
    if (this.#byUri.delete(uri)) this.#changed.fire(uri);
  }

  get(uri: string): Outline | undefined {
    return this.#byUri.get(uri);
  }

  /** The topologies that a file is part of. */
  ofFile(uri: string): Outline[] {
    const own = this.#byUri.get(uri);
    return own ? [own] : this.all().filter(({ files }) => files.includes(uri));
  }

  /** In the order of their URIs. */
  all(): Outline[] {
    return [...this.#byUri.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1));
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
