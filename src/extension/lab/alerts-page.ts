/** What an alert means and what helps: the page of all alerts, at the place of that one. */
import * as vscode from 'vscode';

/** `argument` is a node of the alerts view, or anything else that has an alert or its identifier. */
export async function explainAlert(extension: vscode.Uri, argument: unknown): Promise<void> {
  const id = idOf(argument);
  const page = vscode.Uri.joinPath(extension, 'docs', 'alerts.md');
  const place = id === undefined ? page : page.with({ fragment: id.toLowerCase() });
  await vscode.commands.executeCommand('markdown.showPreview', place);
}

function idOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('alert' in argument) return idOf(argument.alert);
  const id = 'id' in argument ? argument.id : undefined;
  return typeof id === 'string' && /^[A-Z]{3}\d{4}$/.test(id) ? id : undefined;
}
