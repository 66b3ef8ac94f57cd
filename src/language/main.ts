/** The language server: a process of its own beside the window, speaking LSP. */
import {
  createConnection,
  DidChangeConfigurationNotification,
  LSPErrorCodes,
  ProposedFeatures,
  TextDocuments,
  TextDocumentSyncKind,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { fixAllKind } from './code-actions.ts';
import { FolderSettings } from './folder-settings.ts';
import {
  fileNotification,
  fileRemovedNotification,
  outlineNotification,
  type FileParams,
  type FileRemovedParams,
} from './protocol.ts';
import { answerRequests, featureCapabilities } from './requests.ts';
import { LanguageService } from './service.ts';

/** Long enough to let a burst of keystrokes pass, short enough to feel immediate. */
const quietMilliseconds = 120;

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
const service = new LanguageService();
const waiting = new Map<string, NodeJS.Timeout>();
const client = { snippets: false, canRefreshHints: false, hasSettings: false };
const settings = new FolderSettings(askSettings, reread, (reason) => {
  warn('The settings could not be read, so those known before stay in force', reason);
});

function update(uri: string, version: number, text: string | Uint8Array): void {
  guarded(uri, () => {
    service.update(uri, version, text, settings.of(uri).lint);
  });
}

function publish(uri: string): void {
  guarded(uri, () => {
    const version = service.version(uri);
    const diagnostics = service.diagnostics(uri);
    const outline = service.outline(uri);
    // What was typed while the rules ran is heard of first, and then these findings are of no use.
    setImmediate(() => {
      const document = documents.get(uri);
      if (version !== service.version(uri) || (document && document.version !== version)) return;
      const ofVersion = document ? { version: document.version } : {};
      void connection.sendDiagnostics({ uri, ...ofVersion, diagnostics });
      if (outline) void connection.sendNotification(outlineNotification, outline);
    });
  });
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
  publish(uri);
}

function bringUpToDate(uri: string): void {
  settle(uri);
  clearTimeout(waiting.get(uri));
  waiting.delete(uri);
  publish(uri);
}

function forget(uri: string): void {
  clearTimeout(waiting.get(uri));
  waiting.delete(uri);
  service.close(uri);
  settings.forget(uri);
  void connection.sendDiagnostics({ uri, diagnostics: [] });
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
  connection.client
    .register(DidChangeConfigurationNotification.type, { section: 'tidemark' })
    .catch((error: unknown) => {
      warn('Changes of the settings will not be noticed', error);
    });
});
connection.onDidChangeConfiguration(() => {
  void settings.refresh();
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
  const source = bytes === undefined ? text : Buffer.from(bytes, 'base64');
  if (!documents.get(uri)) read(uri, 0, source);
});
connection.onNotification(fileRemovedNotification, ({ uri }: FileRemovedParams) => {
  if (!documents.get(uri)) forget(uri);
});

connection.onCodeAction(({ textDocument, range, context }) => {
  settle(textDocument.uri);
  return service.codeActions(textDocument.uri, range, context.only);
});
connection.onCodeLens(({ textDocument }) => {
  settle(textDocument.uri);
  return service.codeLenses(textDocument.uri);
});
answerRequests(connection, {
  service,
  settle,
  newest: (uri) => {
    const document = documents.get(uri);
    return document && { version: document.version, text: document.getText() };
  },
  options: (uri) => ({ snippets: client.snippets, inlayHints: settings.of(uri).inlayHints }),
});

documents.listen(connection);
connection.listen();
