/** Tells the user what happens to labs without their doing, and what helps where one does not start. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { labCommands } from '../ids.ts';
import { reportFailure, type Log } from '../log.ts';
import { EngineStartError } from './engine-launch.ts';
import { NoNodeError } from './find-node.ts';
import type { Lab } from './lab.ts';
import type { EndedLab, Labs } from './labs.ts';

export class LabNotices implements vscode.Disposable {
  readonly #labs: Labs;
  readonly #log: Log;
  readonly #subscription: vscode.Disposable;

  constructor(labs: Labs, log: Log) {
    this.#labs = labs;
    this.#log = log;
    this.#subscription = labs.onDidEnd((ended) => {
      this.#tell(ended).catch((error: unknown) => {
        reportFailure(log, 'The lab has ended', error);
      });
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #tell({ lab, how, message }: EndedLab): Promise<void> {
    const name = nameOf(lab);
    if (how === 'stopped-here') return;
    if (how === 'stopped') {
      void vscode.window.showInformationMessage(`The lab ${name} was stopped.`);
      return;
    }
    // A connection can break while its engine goes on.
    if (await this.#labs.reach(lab.uri)) return;
    const again = 'Start Again';
    const log = 'Show Log';
    const choice = await vscode.window.showErrorMessage(
      `The engine of the lab ${name} has ended unexpectedly (${message}) What was acknowledged is safe in its state folder, and the next start goes on from there.`,
      again,
      log,
    );
    if (choice === again) await vscode.commands.executeCommand(labCommands.startLab, lab.uri);
    if (choice === log) await showEngineLog(lab.engine.state);
  }

  /** An engine did not start. */
  async explain(error: unknown): Promise<void> {
    if (error instanceof NoNodeError) {
      this.#log.error(error.message);
      const settings = 'Open Settings';
      const choice = await vscode.window.showErrorMessage(error.message, settings);
      if (choice === undefined) return;
      await vscode.commands.executeCommand('workbench.action.openSettings', 'tidemark.engine.node');
      return;
    }
    if (!(error instanceof EngineStartError)) throw error;
    this.#log.error(`The engine did not start: ${error.message}`);
    const findings = error.words.filter((line) => /:\d+:\d+: error: /.test(line));
    const why =
      findings.length > 0
        ? `the topology has ${String(findings.length)} ${findings.length === 1 ? 'error' : 'errors'}.`
        : (error.words[0] ?? error.message);
    const problems = 'Show Problems';
    const choice = await vscode.window.showErrorMessage(
      `The lab did not start: ${why}`,
      ...(findings.length > 0 ? [problems] : []),
      'Show Log',
    );
    if (choice === problems)
      await vscode.commands.executeCommand('workbench.panel.markers.view.focus');
    else if (choice !== undefined) this.#log.show();
  }
}

export async function showEngineLog(state: string): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.file(join(state, 'engine.log')));
}

function nameOf({ uri }: Lab): string {
  return vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
}
