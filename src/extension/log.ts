import * as vscode from 'vscode';

/** The extension's log channel; its level is the user's, set in the output view. */
export type Log = vscode.LogOutputChannel;

export function createLog(): Log {
  return vscode.window.createOutputChannel('Tidemark', { log: true });
}

/** Says what failed to the user, and all of it to the log. */
export function reportFailure(log: Log, what: string, error: unknown): void {
  log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const reason = error instanceof Error ? error.message : String(error);
  void vscode.window.showErrorMessage(`${what}: ${reason}`, 'Show Log').then((choice) => {
    if (choice !== undefined) log.show();
  });
}
