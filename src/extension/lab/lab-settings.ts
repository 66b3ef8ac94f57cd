/** What the user has decided about engines. */
import * as vscode from 'vscode';

export interface LabSettings {
  /** Path of a Node; empty: one is looked for. */
  readonly node: string;
  /** Whether an engine goes on when nobody uses it any more. */
  readonly stays: boolean;
}

export function labSettings(uri: string): LabSettings {
  const settings = vscode.workspace.getConfiguration('tidemark', vscode.Uri.parse(uri));
  return {
    node: settings.get<string>('engine.node', '').trim(),
    stays: settings.get<boolean>('engine.stays', false),
  };
}
