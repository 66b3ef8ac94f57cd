/** Questions that stop everything else until they are answered. */
import * as vscode from 'vscode';

export interface Dialogs {
  /** Whether the user wants what cannot be undone, said in full by `detail`. */
  confirm(message: string, detail: string, action: string): Promise<boolean>;
  /** A folder of this machine. */
  chooseFolder(title: string, action: string): Promise<string | undefined>;
  /** Shows a folder in the Explorer, beside those that are open. VS Code may start its extensions anew for that. */
  openFolder(uri: vscode.Uri, name: string): Promise<void>;
}

export const dialogs: Dialogs = {
  confirm: async (message, detail, action) =>
    (await vscode.window.showWarningMessage(message, { modal: true, detail }, action)) === action,
  chooseFolder: async (title, action) => {
    const chosen = await vscode.window.showOpenDialog({
      title,
      openLabel: action,
      canSelectFolders: true,
      canSelectFiles: false,
    });
    return chosen?.[0]?.fsPath;
  },
  openFolder: async (uri, name) => {
    const open = vscode.workspace.workspaceFolders ?? [];
    if (!open.some((folder) => folder.uri.toString() === uri.toString())) {
      vscode.workspace.updateWorkspaceFolders(open.length, 0, { uri, name });
    }
    await vscode.commands.executeCommand('workbench.view.explorer');
  },
};
