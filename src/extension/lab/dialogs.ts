/** Questions that stop everything else until they are answered. */
import * as vscode from 'vscode';

export interface Dialogs {
  /** Whether the user wants what cannot be undone, said in full by `detail`. */
  confirm(message: string, detail: string, action: string): Promise<boolean>;
  /** A folder of this machine. */
  chooseFolder(title: string, action: string): Promise<string | undefined>;
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
};
