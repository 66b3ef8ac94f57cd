/** The topology files of the workspace that no editor has open: found, watched and told of. */
import * as vscode from 'vscode';
import { topologyGlob } from './ids.ts';
import type { Log } from './log.ts';
import type { Outlines } from './outlines.ts';
import { isTopology } from './topology-documents.ts';

/** More files than anybody keeps by hand; a runaway search must not read a whole disk. */
const mostFiles = 500;
const neverOurs = '**/node_modules/**';

export interface FileListener {
  /** The text of a file that no editor has open, and its bytes where they are not UTF-8. */
  read(uri: string, text: string, bytes?: Uint8Array): void;
  removed(uri: string): void;
}

export class TopologyFiles implements vscode.Disposable {
  readonly #outlines: Outlines;
  readonly #listener: FileListener;
  readonly #log: Log;
  readonly #subscriptions: vscode.Disposable[];

  constructor(outlines: Outlines, listener: FileListener, log: Log) {
    this.#outlines = outlines;
    this.#listener = listener;
    this.#log = log;
    const watcher = vscode.workspace.createFileSystemWatcher(topologyGlob);
    const read = (uri: vscode.Uri): void => void this.#read(uri);
    this.#subscriptions = [
      watcher,
      watcher.onDidCreate(read),
      watcher.onDidChange(read),
      watcher.onDidDelete((uri) => {
        // What is open stays in its editor, and so in the tree, until it is closed.
        if (!isOpen(uri)) this.#forget(uri.toString());
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (!isTopology(document)) return;
        // A file closed without saving shows what is on disk again.
        if (document.uri.scheme === 'untitled') this.#forget(document.uri.toString());
        else read(document.uri);
      }),
      // Of a folder the watcher says only that it went, and the folder matches no file pattern.
      vscode.workspace.onDidDeleteFiles(({ files }) => {
        for (const file of files) this.#forgetBelow(file);
      }),
      vscode.workspace.onDidRenameFiles(({ files }) => {
        for (const { oldUri, newUri } of files) {
          this.#forgetBelow(oldUri);
          void this.#searchIn(new vscode.RelativePattern(newUri, topologyGlob));
        }
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const folder of removed) this.#forgetBelow(folder.uri);
        for (const folder of added) {
          void this.#searchIn(new vscode.RelativePattern(folder, topologyGlob));
        }
      }),
    ];
  }

  /** Reads every topology file of the workspace; also after the server has been started anew. */
  async search(): Promise<void> {
    await this.#searchIn(topologyGlob);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  async #searchIn(pattern: vscode.GlobPattern): Promise<void> {
    const files = await vscode.workspace.findFiles(pattern, neverOurs, mostFiles);
    if (files.length === mostFiles) {
      this.#log.warn(
        `More than ${String(mostFiles)} topology files: the rest is read when opened.`,
      );
    }
    await Promise.all(files.map((file) => this.#read(file)));
  }

  /** What is open in an editor, the server knows from there. */
  async #read(uri: vscode.Uri): Promise<void> {
    if (isOpen(uri) || uri.path.includes('/node_modules/')) return;
    try {
      const bytes = await vscode.workspace.fs.readFile(uri);
      const text = new TextDecoder('utf-8').decode(bytes);
      const isSame = !text.includes('\ufffd') || isUtf8(bytes);
      this.#listener.read(uri.toString(), text, isSame ? undefined : bytes);
    } catch (error) {
      this.#log.warn(`${uri.toString()} could not be read: ${String(error)}`);
      this.#forget(uri.toString());
    }
  }

  #forgetBelow(folder: vscode.Uri): void {
    const prefix = `${folder.toString()}/`;
    for (const { uri } of this.#outlines.all()) {
      const below = uri.startsWith(prefix) || uri === folder.toString();
      if (below && !isOpen(vscode.Uri.parse(uri))) this.#forget(uri);
    }
  }

  #forget(uri: string): void {
    this.#outlines.delete(uri);
    this.#listener.removed(uri);
  }
}

function isOpen(uri: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some(
    (document) => isTopology(document) && document.uri.toString() === uri.toString(),
  );
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
