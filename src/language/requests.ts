/** Which requests of an editor the language server answers, and by what. */
import {
  ErrorCodes,
  ResponseError,
  type Connection,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { CompletionOptions } from './completion.ts';
import {
  reportRequest,
  textsRequest,
  type ReportParams,
  type ReportResult,
  type TextsParams,
  type TextsResult,
} from './protocol.ts';
import type { Refusal } from './rename.ts';
import { legend } from './semantic-tokens.ts';
import type { LanguageService } from './service.ts';

export const featureCapabilities: ServerCapabilities = {
  completionProvider: { triggerCharacters: [' ', '/', '[', '{', ','] },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  inlayHintProvider: true,
  documentLinkProvider: { resolveProvider: false },
  documentFormattingProvider: true,
  semanticTokensProvider: { legend, full: true },
};

export interface Answering {
  readonly service: LanguageService;
  /** Reads the latest text of every open file that has a newer one: a topology may be made of several. */
  readonly settleAll: () => void;
  /** The latest text of a file, read or not; undefined for one that no editor has open. */
  readonly newest: (uri: string) => { version: number; text: string } | undefined;
  /** What the editor can show and the user wants to see; asked at every request. */
  readonly options: (uri: string) => CompletionOptions & { readonly inlayHints: boolean };
}

/** Answers what is asked about a place or a file. */
export function answerRequests(
  connection: Connection,
  { service, settleAll, newest, options }: Answering,
): void {
  /** What is asked about a file is answered from its latest text. */
  const settled = ({
    textDocument,
  }: {
    readonly textDocument: { readonly uri: string };
  }): string => {
    settleAll();
    return textDocument.uri;
  };
  connection.onRequest(reportRequest, ({ uri, kind }: ReportParams): ReportResult => {
    settleAll();
    return { text: service.report(uri, kind) };
  });
  connection.onRequest(textsRequest, ({ uri }: TextsParams): TextsResult => {
    settleAll();
    return service.textsOf(uri);
  });
  // Completion is asked for between two keystrokes, and does not wait until the text is read.
  connection.onCompletion(({ textDocument: { uri }, position, context }) => {
    const bySpace = context?.triggerCharacter === ' ';
    return service.completion(uri, position, { ...options(uri), bySpace }, newest(uri));
  });
  connection.onHover((asked) => service.hover(settled(asked), asked.position));
  connection.onDefinition((asked) => service.definition(settled(asked), asked.position));
  connection.onReferences((asked) =>
    service.references(settled(asked), asked.position, asked.context.includeDeclaration),
  );
  connection.onDocumentHighlight((asked) => service.highlights(settled(asked), asked.position));
  connection.onPrepareRename((asked) =>
    orRefusal(service.prepareRename(settled(asked), asked.position)),
  );
  connection.onRenameRequest((asked) =>
    orRefusal(service.rename(settled(asked), asked.position, asked.newName)),
  );
  connection.onDocumentSymbol((asked) => service.documentSymbols(settled(asked)));
  connection.onWorkspaceSymbol(({ query }) => service.workspaceSymbols(query));
  connection.onFoldingRanges((asked) => service.foldingRanges(settled(asked)));
  connection.onSelectionRanges((asked) => service.selectionRanges(settled(asked), asked.positions));
  connection.languages.inlayHint.on((asked) =>
    options(asked.textDocument.uri).inlayHints
      ? service.inlayHints(settled(asked), asked.range)
      : [],
  );
  connection.onDocumentFormatting((asked) => service.formatting(settled(asked)));
  connection.languages.semanticTokens.on((asked) => service.semanticTokens(settled(asked)));
  connection.onDocumentLinks((asked) => service.documentLinks(settled(asked)));
}

/** An editor shows the message of an error where it asked for a name. */
function orRefusal<T extends object>(answer: T | Refusal): T | ResponseError<undefined> {
  if (!('refused' in answer)) return answer;
  return new ResponseError(ErrorCodes.InvalidRequest, answer.refused);
}
