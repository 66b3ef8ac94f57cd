/** The language server: a process of its own beside the window, speaking LSP. */
import {
  createConnection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  LSPErrorCodes,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { fixAllKind } from './code-actions.ts';
import { FolderSettings } from './folder-settings.ts';
import { IncludedOnDisk } from './included-on-disk.ts';
import {
  fileNotification,
  fileRemovedNotification,
  outlineGoneNotification,
  outlineNotification,
  type FileParams,
  type FileRemovedParams,
} from './protocol.ts';
import { answerRequests, featureCapabilities } from './requests.ts';
import { LanguageService } from './service.ts';

/** Long enough to let a burst of keystrokes pass, short enough to feel immediate. */
const quietMilliseconds = 120;
/** The linter gives way to what is asked meanwhile after so long, and the rule that is at work. */
const sliceMilliseconds = 10;

const connection = createConnection(ProposedFeatures.all, {
  // Requests wait behind each other: one that nobody wants any more by its turn costs nothing.
  cancelUndispatched: ({ jsonrpc }) => ({
    jsonrpc,
    // The protocol's library writes that of the request.
    id: null,
    error: { code: LSPErrorCodes.RequestCancelled, message: 'Cancelled before it was begun.' },
  }),
});
const documents = new TextDocuments(TextDocument);
const disk = new IncludedOnDisk();
const service = new LanguageService(disk);
const waiting = new Map<string, NodeJS.Timeout>();
const owed = new Set<string>();
let soon: NodeJS.Timeout | undefined;
/** What is left to lint; undefined where that has to be found out anew. */
let linting: ReturnType<LanguageService['linting']> | undefined;
let isLinting = false;
/** Who waits for the linter; they hear whether it came to its end. */
const awaiting = new Set<(ended: boolean) => void>();
const client = { snippets: false, canRefreshHints: false, hasSettings: false, watchesFiles: false };
const settings = new FolderSettings(askSettings, reread, (reason) => {
  warn('The settings could not be read, so those known before stay in force', reason);
});

function update(uri: string, version: number, text: string | Uint8Array): void {
  linting = undefined;
  guarded(uri, () => {
    service.update(uri, version, text, settings.of(uri).lint);
  });
}

/** Lints what has become otherwise and then tells it, giving way to whatever else there is to do. */
function publish(): void {
  linting = undefined;
  if (isLinting) return;
  isLinting = true;
  setImmediate(lintOn);
}

function lintOn(): void {
  // Findings of an outdated text are of no use. The newer one is linted when it has been read.
  if (isOutdated()) {
    lintingEnded(false);
    return;
  }
  if (lintSlice()) {
    setImmediate(lintOn);
    return;
  }
  tell();
  lintingEnded(true);
}

/** Whether something is left to lint. A failure ends it: there is no more to be had. */
function lintSlice(): boolean {
  try {
    linting ??= service.linting();
    const until = performance.now() + sliceMilliseconds;
    while (linting.next().done !== true) if (performance.now() >= until) return true;
  } catch (error) {
    connection.console.error(`Linting failed: ${String(error)}`);
  }
  return false;
}

function lintingEnded(ended: boolean): void {
  linting = undefined;
  isLinting = false;
  const told = [...awaiting];
  awaiting.clear();
  for (const hear of told) hear(ended);
}

/** Whether something was typed that waits to be read. */
function isOutdated(): boolean {
  return [...waiting.keys()].some((uri) => documents.get(uri)?.version !== service.version(uri));
}

/** Resolves when all that has been read is linted; to false where something was typed before. */
function linted(): Promise<boolean> {
  publish();
  return new Promise((resolve) => awaiting.add(resolve));
}

/**
 * Tells what has become otherwise, in whichever files that is. `owed` holds the files that are told in any
 * case: those that an editor has just opened or changed.
 */
function tell(): void {
  guarded('the topologies', () => {
    const changes = service.changes();
    const files = new Set([...changes.files, ...owed]);
    owed.clear();
    const outlines = new Map(changes.outlines.map((outline) => [outline.uri, outline]));
    for (const uri of changes.gone)
      void connection.sendNotification(outlineGoneNotification, { uri });
    for (const uri of files) {
      const version = service.version(uri);
      const diagnostics = service.diagnostics(uri);
      const outline = outlines.get(uri) ?? service.outline(uri);
      // What was typed while the rules ran is heard of first, and then these findings are of no use.
      setImmediate(() => {
        const document = documents.get(uri);
        if (version !== service.version(uri) || (document && document.version !== version)) {
          owed.add(uri);
          return;
        }
        const ofVersion = document ? { version: document.version } : {};
        void connection.sendDiagnostics({ uri, ...ofVersion, diagnostics });
        if (outline?.uri === uri) void connection.sendNotification(outlineNotification, outline);
      });
    }
  });
}

/** Many files are told at once when a folder is opened; their topologies are linted when all are there. */
function publishSoon(): void {
  soon ??= setTimeout(() => {
    soon = undefined;
    publish();
  }, quietMilliseconds);
}

/** A mistake of ours must not take the server, and with it every other file, down. */
function guarded(uri: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    connection.console.error(`Reading ${uri} failed: ${String(error)}`);
  }
}

function read(uri: string, version: number, text: string | Uint8Array): void {
  update(uri, version, text);
  owed.add(uri);
  publishSoon();
}

function bringUpToDate(uri: string): void {
  settle(uri);
  clearTimeout(waiting.get(uri));
  waiting.delete(uri);
  owed.add(uri);
  publish();
}

function forget(uri: string): void {
  clearTimeout(waiting.get(uri));
  waiting.delete(uri);
  service.close(uri);
  disk.forget();
  settings.forget(uri);
  owed.add(uri);
  publish();
}

/**
 * What is asked about a file is answered from its latest text. Findings are left to the timer: an
 * answer under the cursor must not wait for the linter.
 */
function settle(uri: string): void {
  const document = documents.get(uri);
  if (!document || service.version(uri) === document.version) return;
  update(uri, document.version, document.getText());
}

function warn(what: string, reason: unknown): void {
  connection.console.warn(`${what}: ${String(reason)}`);
}

async function askSettings(uris: readonly string[]): Promise<readonly unknown[]> {
  if (!client.hasSettings) return [];
  return connection.workspace.getConfiguration(
    uris.map((scopeUri) => ({ scopeUri, section: 'tidemark' })),
  );
}

function reread(uris: readonly string[]): void {
  const changed = new Set(uris);
  if (changed.size === 0) return;
  for (const [uri, version, text] of service.texts()) {
    if (changed.has(uri)) read(uri, version, text);
  }
  if (!client.canRefreshHints) return;
  connection.languages.inlayHint.refresh().catch((error: unknown) => {
    warn('The inlay hints could not be refreshed', error);
  });
}

connection.onInitialize(({ capabilities }): InitializeResult => {
  client.snippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport ?? false;
  client.watchesFiles = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false;
  client.hasSettings = capabilities.workspace?.configuration ?? false;
  client.canRefreshHints = capabilities.workspace?.inlayHint?.refreshSupport ?? false;
  return {
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      codeActionProvider: { codeActionKinds: ['quickfix', fixAllKind] },
      codeLensProvider: { resolveProvider: false },
      ...featureCapabilities,
    },
  };
});
connection.onInitialized(() => {
  if (client.watchesFiles) {
    const watchers = [{ globPattern: '**/*.{yaml,yml}' }];
    connection.client
      .register(DidChangeWatchedFilesNotification.type, { watchers })
      .catch((error: unknown) => {
        warn('Changes of included files on disk will not be noticed', error);
      });
  }
  connection.client
    .register(DidChangeConfigurationNotification.type, { section: 'tidemark' })
    .catch((error: unknown) => {
      warn('Changes of the settings will not be noticed', error);
    });
});
/** What no editor has open and a topology includes may change on disk. */
connection.onDidChangeWatchedFiles(({ changes }) => {
  disk.forget();
  for (const { uri } of changes) service.forgetDisk(uri);
  publishSoon();
});
connection.onDidChangeConfiguration(() => {
  void settings.refresh();
});

documents.onDidSave(() => {
  // An editor that watches no files may have written others at the same time.
  if (client.watchesFiles) return;
  disk.forget();
  service.forgetDisk();
  publishSoon();
});
documents.onDidChangeContent(({ document }) => {
  const { uri } = document;
  // The first text of a file is read at once: somebody is waiting to see it.
  if (!service.has(uri)) {
    bringUpToDate(uri);
    return;
  }
  clearTimeout(waiting.get(uri));
  waiting.set(
    uri,
    setTimeout(() => {
      bringUpToDate(uri);
    }, quietMilliseconds),
  );
});
documents.onDidClose(({ document }) => {
  forget(document.uri);
});
connection.onNotification(fileNotification, ({ uri, text, bytes }: FileParams) => {
  if (documents.get(uri)) return;
  disk.forget();
  read(uri, 0, bytes === undefined ? text : Buffer.from(bytes, 'base64'));
});
connection.onNotification(fileRemovedNotification, ({ uri }: FileRemovedParams) => {
  if (!documents.get(uri)) forget(uri);
});

connection.onCodeAction(async ({ textDocument, range, context }) => {
  settle(textDocument.uri);
  if (!(await linted())) {
    return new ResponseError(LSPErrorCodes.ContentModified, 'Something was typed meanwhile.');
  }
  return service.codeActions(textDocument.uri, range, context.only);
});
connection.onCodeLens(({ textDocument }) => {
  settle(textDocument.uri);
  return service.codeLenses(textDocument.uri);
});
answerRequests(connection, {
  service,
  settleAll: () => {
    for (const uri of documents.keys()) settle(uri);
  },
  newest: (uri) => {
    const document = documents.get(uri);
    return document && { version: document.version, text: document.getText() };
  },
  options: (uri) => ({ snippets: client.snippets, inlayHints: settings.of(uri).inlayHints }),
});

documents.listen(connection);
connection.listen();
