import * as vscode from 'vscode';

interface PlainRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** A range that crossed a process boundary, as the editor's own. */
export function toVscodeRange({ start, end }: PlainRange): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Opens a file with the range selected, beside what asks for it rather than on top of it. */
export async function revealRange(uri: string, range: PlainRange): Promise<void> {
  const shown = vscode.window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === uri,
  );
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    selection: toVscodeRange(range),
    preview: true,
  });
}
