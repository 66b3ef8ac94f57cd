/** What runs programs of a workspace, and so only in one that the user trusts. */
import * as vscode from 'vscode';

/**
 * True in a trusted workspace. In another one the user is told why nothing happens, and offered to trust it.
 * `what` is what does not run, such as `Labs`.
 */
export function isTrusted(what: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  void vscode.window
    .showWarningMessage(
      `${what} run only in a trusted workspace: they start programs that its files and settings decide on.`,
      manage,
    )
    .then((choice) => {
      if (choice === manage) void vscode.commands.executeCommand('workbench.trust.manage');
    });
  return false;
}
