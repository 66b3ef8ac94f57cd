/** The recovery reports that lie beside a topology, whether its engine runs or not. */
import * as vscode from 'vscode';
import type { FiledReport } from '../../engine/process/filed-reports.ts';
import { mayHaveEngine } from './may-have-engine.ts';

/** `uri` is that of the topology; the newest report comes first. */
export async function filedReportsFor(uri: string): Promise<readonly FiledReport[]> {
  const { scheme, fsPath } = vscode.Uri.parse(uri);
  if (scheme !== 'file' || !(await mayHaveEngine(fsPath))) return [];
  const { filedReportsOf } = await import('./engine-folder.ts');
  return filedReportsOf(fsPath);
}
