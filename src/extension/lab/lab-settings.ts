/** What the user has decided about engines. */
import * as vscode from 'vscode';

export interface LabSettings {
  /** Path of a Node; empty: one is looked for. */
  readonly node: string;
  /** Whether an engine goes on when nobody uses it any more. */
  readonly stays: boolean;
  /** Whether the VMs write what the topology says. */
  readonly workload: 'ask' | 'run' | 'none';
  readonly allowScripts: boolean;
}

const workloads = ['ask', 'run', 'none'] as const;

export function labSettings(uri: string): LabSettings {
  const settings = vscode.workspace.getConfiguration('tidemark', vscode.Uri.parse(uri));
  const workload = settings.get<string>('engine.workload');
  return {
    node: settings.get<string>('engine.node', '').trim(),
    stays: settings.get<boolean>('engine.stays', false),
    workload: workloads.find((known) => known === workload) ?? 'ask',
    allowScripts: settings.get<boolean>('engine.allowScripts', false),
  };
}
