/** The language server's life, and what the window asks of it. */
import * as vscode from 'vscode';
import type { LanguageClient, LanguageClientOptions } from 'vscode-languageclient/node';
import {
  fileNotification,
  fileRemovedNotification,
  outlineGoneNotification,
  outlineNotification,
  reportRequest,
  type FileParams,
  textsRequest,
  type Outline,
  type OutlineGoneParams,
  type ReportKind,
  type ReportParams,
  type ReportResult,
  type TextsParams,
  type TextsResult,
} from '../language/protocol.ts';
import type { DrillResults } from './drill-results.ts';
import { contexts } from './ids.ts';
import { reportFailure, type Log } from './log.ts';
import type { Outlines } from './outlines.ts';
import { topologySelector } from './topology-documents.ts';
import { TopologyFiles } from './topology-files.ts';

export class TopologyLanguage implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #outlines: Outlines;
  readonly #results: DrillResults;
  readonly #log: Log;
  readonly #disposables: { dispose(): unknown }[] = [];
  #client: LanguageClient | undefined;
  #started: Promise<void> | undefined;

  constructor(extensionUri: vscode.Uri, outlines: Outlines, results: DrillResults, log: Log) {
    this.#extensionUri = extensionUri;
    this.#outlines = outlines;
    this.#results = results;
    this.#log = log;
  }

  /** Starts after activation has returned: nobody waits for a process to come up. */
  startSoon(): void {
    setImmediate(() => {
      this.#started = this.#start().catch((error: unknown) => {
        this.#settle();
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

  /** What a topology is made of, as its files stand in the editors; undefined where it is not known. */
  async texts(uri: string): Promise<TextsResult | undefined> {
    await this.#started;
    const params: TextsParams = { uri };
    return this.#client?.sendRequest<TextsResult>(textsRequest, params);
  }

  async stop(): Promise<void> {
    await this.#started;
    if (this.#client?.isRunning()) await this.#client.stop();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  async #start(): Promise<void> {
    setTopologies('searching');
    const { LanguageClient, State, TransportKind } = await import('vscode-languageclient/node');
    const module = vscode.Uri.joinPath(this.#extensionUri, 'dist', 'language-server.cjs').fsPath;
    const options: LanguageClientOptions = {
      documentSelector: topologySelector,
      outputChannel: this.#log,
    };
    const server = { module, transport: TransportKind.ipc };
    const client = new LanguageClient('tidemark', 'Tidemark Language Server', server, options);
    this.#client = client;
    const files = new TopologyFiles(this.#outlines, this.#tellTo(client), this.#log);
    this.#disposables.push(
      files,
      this.#outlines.onDidChange(() => {
        if (this.#outlines.all().length === 0) setTopologies('none');
      }),
    );
    // Their handles are of a class of the protocol's library, not of the editor's: kept by themselves.
    client.onNotification(outlineNotification, (outline: Outline) => {
      this.#outlines.set(outline);
      setTopologies('some');
    });
    client.onNotification(outlineGoneNotification, ({ uri }: OutlineGoneParams) => {
      this.#outlines.delete(uri);
    });
    // A server that crashed comes back knowing only what is open.
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) return;
      void files.search().finally(() => {
        this.#settle();
      });
    });
    await client.start();
  }

  #tellTo(client: LanguageClient): ConstructorParameters<typeof TopologyFiles>[1] {
    return {
      read: (uri, text, bytes) => {
        this.#results.textIs(uri, text);
        const params: FileParams = {
          uri,
          text,
          ...(bytes ? { bytes: Buffer.from(bytes).toString('base64') } : {}),
        };
        void client.sendNotification(fileNotification, params);
      },
      removed: (uri) => void client.sendNotification(fileRemovedNotification, { uri }),
    };
  }

  /** The search is over: an empty tree is empty, and not waiting. */
  #settle(): void {
    const open = vscode.workspace.textDocuments.some(({ languageId }) =>
      topologySelector.some(({ language }) => language === languageId),
    );
    if (!open && this.#outlines.all().length === 0) setTopologies('none');
  }
}

function setTopologies(state: 'searching' | 'none' | 'some'): void {
  void vscode.commands.executeCommand('setContext', contexts.topologies, state);
}
