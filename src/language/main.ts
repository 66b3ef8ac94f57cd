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
import { LanguageService } from './service.ts';
import { settingsFrom } from './settings.ts';

/** Long enough to let a burst of keystrokes pass, short enough to feel immediate. */
const quietMilliseconds = 120;

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const service = new LanguageService();
const waiting = new Map<string, NodeJS.Timeout>();

function read(uri: string, version: number, text: string): void {
  try {
    service.update(uri, version, text);
  } catch (error) {
    // A mistake of ours must not take the server, and with it every other file, down.
    connection.console.error(`Reading ${uri} failed: ${String(error)}`);
    return;
  }
  void connection.sendDiagnostics({ uri, diagnostics: service.diagnostics(uri) });
  const outline = service.outline(uri);
  if (outline) void connection.sendNotification(outlineNotification, outline);
}

function bringUpToDate(uri: string): void {
  clearTimeout(waiting.get(uri));
  waiting.delete(uri);
  const document = documents.get(uri);
  if (document) read(uri, document.version, document.getText());
}

function forget(uri: string): void {
  clearTimeout(waiting.get(uri));
  waiting.delete(uri);
  service.close(uri);
  void connection.sendDiagnostics({ uri, diagnostics: [] });
}

/** What is asked about a file is answered from its latest text. */
function settle(uri: string): void {
  if (waiting.has(uri)) bringUpToDate(uri);
}

async function readSettings(): Promise<void> {
  const answer: unknown = await connection.workspace.getConfiguration('tidemark');
  service.configure(settingsFrom(answer));
  for (const [uri, version, text] of service.texts()) read(uri, version, text);
}

connection.onInitialize((): InitializeResult => ({
  capabilities: {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    codeActionProvider: { codeActionKinds: ['quickfix', fixAllKind] },
    codeLensProvider: { resolveProvider: false },
  },
}));
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

documents.listen(connection);
connection.listen();
