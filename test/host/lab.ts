/** What the suites share: the extension's parts, and waiting for what happens elsewhere. */
import * as vscode from 'vscode';
import type { Lab } from '../../src/extension/lab/lab.ts';
import type { ExtensionApi } from '../../src/extension/main.ts';

/** The tag that the suite of recovered files gives to the checkpoint of the disk that it has filled. */
export const filledTag = 'full';

export async function extensionApi(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('tidemark.tidemark');
  if (!extension) throw new Error('tidemark.tidemark is not among the extensions');
  return extension.activate();
}

export function exampleUri(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) throw new Error('No folder is open.');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Asks again until there is an answer; the suite's own time-out ends it. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Tags a checkpoint of now of the shop, and answers its id. */
export async function taggedCheckpoint(lab: Lab, tag: string): Promise<number> {
  const request = { kind: 'checkpoint', vpg: 'shop', tag } as const;
  return until('a tagged checkpoint', async () => {
    const answer = await lab.ask({ kind: 'request', request });
    return answer.result === 'success' ? answer.checkpoint?.id : undefined;
  });
}

/** The diagnostics of a file once the language server has spoken about it. */
export async function diagnosticsOf(uri: vscode.Uri, rule?: string): Promise<vscode.Diagnostic[]> {
  return until(`diagnostics of ${uri.path}`, () => {
    const found = vscode.languages
      .getDiagnostics(uri)
      .filter((diagnostic) => rule === undefined || ruleOf(diagnostic) === rule);
    return found.length > 0 ? found : undefined;
  });
}

export function ruleOf({ code }: vscode.Diagnostic): string {
  return typeof code === 'object' ? String(code.value) : String(code);
}

/** The text under a range, to assert exact places without counting columns. */
export async function textAt(uri: vscode.Uri, range: vscode.Range): Promise<string> {
  return (await vscode.workspace.openTextDocument(uri)).getText(range);
}
