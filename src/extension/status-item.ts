/** The status bar: how many VPGs the open file has, and how its last drill went. */
import * as vscode from 'vscode';
import type { DrillResults } from './drill-results.ts';
import { commands, language } from './ids.ts';
import type { Outlines } from './outlines.ts';

export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #outlines: Outlines;
  readonly #results: DrillResults;
  readonly #subscriptions: vscode.Disposable[];

  constructor(outlines: Outlines, results: DrillResults) {
    this.#outlines = outlines;
    this.#results = results;
    this.#item = vscode.window.createStatusBarItem(
      'tidemark.status',
      vscode.StatusBarAlignment.Left,
      10,
    );
    this.#item.name = 'Tidemark';
    this.#item.command = commands.showStatus;
    const update = (): void => {
      this.#update();
    };
    this.#subscriptions = [
      outlines.onDidChange(update),
      results.onDidChange(update),
      vscode.window.onDidChangeActiveTextEditor(update),
    ];
    update();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#item).dispose();
  }

  #update(): void {
    const document = vscode.window.activeTextEditor?.document;
    const outline =
      document?.languageId === language
        ? this.#outlines.ofFile(document.uri.toString())[0]
        : undefined;
    if (!outline) {
      this.#item.hide();
      return;
    }
    const vpgs = outline.nodes.find(({ kind }) => kind === 'vpgs');
    const count = vpgs?.children.length ?? 0;
    const result = this.#results.latest(outline.uri);
    const passed = result?.outcome.verdict === 'passed';
    const icon = result ? (passed ? 'pass' : 'error') : 'shield';
    this.#item.text = `$(${icon}) ${String(count)} ${count === 1 ? 'VPG' : 'VPGs'}`;
    const when = result && this.#results.isStale(result) ? ', before the file was changed' : '';
    this.#item.tooltip = result
      ? `${outline.name}\nLast drill: ${result.outcome.name}, ${result.outcome.verdict}${when}`
      : `${outline.name}\nNo drill has been run yet`;
    this.#item.backgroundColor =
      result && !passed ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.show();
  }
}
