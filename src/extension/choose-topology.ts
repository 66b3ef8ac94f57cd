/** Which topology a command is meant for. */
import * as vscode from 'vscode';
import type { Outline } from '../language/protocol.ts';

/** The one of the active editor, or the only one, or else what the user picks. */
export async function chooseTopology(
  outlines: readonly Outline[],
  question: string,
): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri.toString();
  const current = outlines.find((outline) => outline.files.some((file) => file === active));
  if (current) return current.uri;
  const [only, ...others] = outlines;
  if (only && others.length === 0) return only.uri;
  const picks = outlines.map(({ uri, name }) => ({
    label: name,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(uri)),
    uri,
  }));
  return (await vscode.window.showQuickPick(picks, { placeHolder: question }))?.uri;
}

/** Menus of an editor hand over its file, lenses the file's URI as text, the tree its own node. */
export function uriOf(argument: unknown): string | undefined {
  if (argument instanceof vscode.Uri) return argument.toString();
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('uri' in argument && typeof argument.uri === 'string') return argument.uri;
  return 'outline' in argument ? uriOf(argument.outline) : undefined;
}
