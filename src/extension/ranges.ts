import * as vscode from 'vscode';

interface PlainRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** A range that crossed a process boundary, as the editor's own. */
export function toVscodeRange({ start, end }: PlainRange): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Opens a file with the range selected. */
export async function revealRange(uri: string, range: PlainRange): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
    selection: toVscodeRange(range),
    preview: true,
  });
}
