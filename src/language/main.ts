/** The language server: a process of its own beside the window, speaking LSP. */
import {
  createConnection,
  DidChangeConfigurationNotification,
  ProposedFeatures,
  TextDocuments,
  TextDocumentSyncKind,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { fixAllKind } from './code-actions.ts';
import {
  fileNotification,
  fileRemovedNotification,
  outlineNotification,
  type FileParams,
  type FileRemovedParams,
} from './protocol.ts';
import { answerRequests, featureCapabilities } from './requests.ts';
import { LanguageService } from './service.ts';
import { inlayHintsFrom, settingsFrom } from './settings.ts';

/** Long enough to let a burst of keystrokes pass, short enough to feel immediate. */
const quietMilliseconds = 120;

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const service = new LanguageService();
const waiting = new Map<string, NodeJS.Timeout>();
const shown = { snippets: false, inlayHints: true, canRefreshHints: false };

function update(uri: string, version: number, text: string): void {
  guarded(uri, () => {
    service.update(uri, version, text);
  });
}

function publish(uri: string): void {
  guarded(uri, () => {
    void connection.sendDiagnostics({ uri, diagnostics: service.diagnostics(uri) });
    const outline = service.outline(uri);
    if (outline) void connection.sendNotification(outlineNotification, outline);
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

function read(uri: string, version: number, text: string): void {
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

async function readSettings(): Promise<void> {
  const answer: unknown = await connection.workspace.getConfiguration('tidemark');
  service.configure(settingsFrom(answer));
  const inlayHints = inlayHintsFrom(answer);
  if (inlayHints !== shown.inlayHints) {
    shown.inlayHints = inlayHints;
    if (shown.canRefreshHints) void connection.languages.inlayHint.refresh();
  }
  for (const [uri, version, text] of service.texts()) read(uri, version, text);
}

connection.onInitialize(({ capabilities }): InitializeResult => {
  shown.snippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport ?? false;
  shown.canRefreshHints = capabilities.workspace?.inlayHint?.refreshSupport ?? false;
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
  void connection.client.register(DidChangeConfigurationNotification.type, { section: 'tidemark' });
  void readSettings();
});
connection.onDidChangeConfiguration(() => {
  void readSettings();
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
connection.onNotification(fileNotification, ({ uri, text }: FileParams) => {
  if (!documents.get(uri)) read(uri, 0, text);
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
  options: () => shown,
});

documents.listen(connection);
connection.listen();
