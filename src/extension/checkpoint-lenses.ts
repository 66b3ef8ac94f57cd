/** Over each VPG in the text: how many checkpoints the last drill left in its journal. */
import * as vscode from 'vscode';
import type { Outline } from '../language/protocol.ts';
import { describeCounts } from './checkpoint-rows.ts';
import type { DrillResults } from './drill-results.ts';
import { commands } from './ids.ts';
import type { Outlines } from './outlines.ts';
import { toVscodeRange } from './ranges.ts';
import { topologySelector } from './topology-documents.ts';

/**
 * The window's own lenses, beside those of the language server: only the window knows how drills went.
 * They lead to the timeline of the drill that they quote.
 */
export class CheckpointLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #outlines: Outlines;
  readonly #results: DrillResults;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(outlines: Outlines, results: DrillResults) {
    this.#outlines = outlines;
    this.#results = results;
    const ask = (): void => {
      this.#changed.fire();
    };
    this.#subscriptions = [
      // A file without results has no lenses here that could have moved.
      outlines.onDidChange((uri) => {
        if (results.latest(uri)) ask();
      }),
      results.onDidChange(ask),
      vscode.languages.registerCodeLensProvider(topologySelector, this),
    ];
  }

  provideCodeLenses({ uri: file }: vscode.TextDocument): vscode.CodeLens[] {
    return this.#outlines
      .ofFile(file.toString())
      .flatMap((outline) => this.#lensesOf(outline, file.toString()));
  }

  #lensesOf({ uri, nodes }: Outline, file: string): vscode.CodeLens[] {
    const result = this.#results.latest(uri);
    const declared = nodes.find(({ kind }) => kind === 'vpgs');
    if (!result || !declared) return [];
    const { name: drill, timeline } = result.outcome;
    const here = declared.children.filter((node) => (node.uri ?? uri) === file);
    const ranges = new Map(here.map(({ label, range }) => [label, range]));
    const when = this.#results.isStale(result) ? ', before the file was changed' : '';
    return timeline.snapshot.vpgs.flatMap((vpg) => {
      const range = ranges.get(vpg.name);
      if (!range) return [];
      const lens = new vscode.CodeLens(toVscodeRange(range), {
        title: `${describeCounts(vpg)} (${drill}${when})`,
        tooltip: `Show the timeline of ${drill}`,
        command: commands.showTimeline,
        arguments: [uri, drill],
      });
      return [lens];
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }
}
