/** The language server's life, and the files that it is told of. */
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions } from 'vscode-languageclient/node';
import {
  fileNotification,
  fileRemovedNotification,
  outlineNotification,
  reportRequest,
  type Outline,
  type ReportKind,
  type ReportParams,
  type ReportResult,
} from '../language/protocol.ts';
import { contexts, language, topologyGlob } from './ids.ts';
import { reportFailure, type Log } from './log.ts';
import type { Outlines } from './outlines.ts';

/** More files than anybody keeps by hand; a runaway search must not read a whole disk. */
const mostFiles = 500;

export class TopologyLanguage implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #outlines: Outlines;
  readonly #log: Log;
  readonly #disposables: vscode.Disposable[] = [];
  #client: LanguageClient | undefined;
  #started: Promise<void> | undefined;

  constructor(extensionUri: vscode.Uri, outlines: Outlines, log: Log) {
    this.#extensionUri = extensionUri;
    this.#outlines = outlines;
    this.#log = log;
  }

  /** Starts after activation has returned: nobody waits for a process to come up. */
  startSoon(): void {
    setImmediate(() => {
      this.#started = this.#start().catch((error: unknown) => {
        reportFailure(this.#log, 'The topology language server did not start', error);
      });
    });
  }

  /** What the command line prints of a file; undefined where the file cannot be read. */
  async report(uri: string, kind: ReportKind): Promise<string | undefined> {
    await this.#started;
    const params: ReportParams = { uri, kind };
    const answer = await this.#client?.sendRequest<ReportResult>(reportRequest, params);
    return answer?.text;
  }

  async stop(): Promise<void> {
    await this.#started;
    if (this.#client?.isRunning()) await this.#client.stop();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  async #start(): Promise<void> {
    await setTopologies('searching');
    const client = await this.#createClient();
    this.#client = client;
    this.#disposables.push(
      client.onNotification(outlineNotification, (outline: Outline) => {
        this.#outlines.set(outline);
        void setTopologies('some');
      }),
      this.#outlines.onDidChange(() => {
        if (this.#outlines.all().length === 0) void setTopologies('none');
      }),
    );
    await client.start();
    this.#watchFiles(client);
    const files = await vscode.workspace.findFiles(topologyGlob, undefined, mostFiles);
    if (files.length === mostFiles) {
      this.#log.warn(
        `More than ${String(mostFiles)} topology files: the rest is read when opened.`,
      );
    }
    await Promise.all(files.map((file) => this.#tell(client, file)));
    if (files.length === 0 && this.#outlines.all().length === 0) await setTopologies('none');
  }

  /** The client library is large; loading it is put off until activation is over. */
  async #createClient(): Promise<LanguageClient> {
    const { LanguageClient, TransportKind } = await import('vscode-languageclient/node');
    const module = vscode.Uri.joinPath(this.#extensionUri, 'dist', 'language-server.cjs').fsPath;
    const options: LanguageClientOptions = {
      documentSelector: [{ language }],
      outputChannel: this.#log,
    };
    const server = { module, transport: TransportKind.ipc };
    return new LanguageClient('tidemark', 'Tidemark Language Server', server, options);
  }

  #watchFiles(client: LanguageClient): void {
    const watcher = vscode.workspace.createFileSystemWatcher(topologyGlob);
    const tell = (uri: vscode.Uri): void => void this.#tell(client, uri);
    this.#disposables.push(
      watcher,
      watcher.onDidCreate(tell),
      watcher.onDidChange(tell),
      watcher.onDidDelete((uri) => {
        this.#outlines.delete(uri.toString());
        void client.sendNotification(fileRemovedNotification, { uri: uri.toString() });
      }),
      // A file closed without saving shows what is on disk again.
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (document.languageId === language && document.uri.scheme !== 'untitled') {
          tell(document.uri);
        } else if (document.languageId === language) {
          this.#outlines.delete(document.uri.toString());
        }
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(async ({ added }) => {
        for (const folder of added) {
          const pattern = new vscode.RelativePattern(folder, topologyGlob);
          for (const file of await vscode.workspace.findFiles(pattern, undefined, mostFiles)) {
            tell(file);
          }
        }
      }),
    );
  }

  /** What is open in an editor, the server knows from there. */
  async #tell(client: LanguageClient, uri: vscode.Uri): Promise<void> {
    const open = vscode.workspace.textDocuments.some(
      (document) => document.languageId === language && document.uri.toString() === uri.toString(),
    );
    if (open) return;
    try {
      const bytes = await vscode.workspace.fs.readFile(uri);
      const text = new TextDecoder('utf-8').decode(bytes);
      await client.sendNotification(fileNotification, { uri: uri.toString(), text });
    } catch (error) {
      this.#log.warn(`${uri.toString()} could not be read: ${String(error)}`);
    }
  }
}

async function setTopologies(state: 'searching' | 'none' | 'some'): Promise<void> {
  await vscode.commands.executeCommand('setContext', contexts.topologies, state);
}
