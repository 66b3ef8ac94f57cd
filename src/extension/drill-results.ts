/** How the drills of this session went: the latest outcome of each, and on which text. */
import * as vscode from 'vscode';
import type { DrillOutcome } from '../drill/protocol.ts';
import type { Outlines } from './outlines.ts';

export interface DrillResult {
  readonly uri: string;
  readonly outcome: DrillOutcome;
  /** What the file said when the drill ran. */
  readonly text: string;
}

export class DrillResults implements vscode.Disposable {
  readonly #byDrill = new Map<string, DrillResult>();
  /** The drill of each file that ran last. */
  readonly #latest = new Map<string, string>();
  /** What files that have results say now. */
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<string>();
  /** The URI of the file whose results came, went or grew old. */
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(outlines: Outlines) {
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        this.textIs(document.uri.toString(), document.getText());
      }),
      outlines.onDidChange((uri) => {
        const outline = outlines.get(uri);
        // While the text is unreadable, nobody knows which drills are gone.
        if (outline?.readable === false) return;
        this.#prune(uri, new Set(outline?.drills.map(({ name }) => name)));
      }),
    ];
  }

  set(result: DrillResult): void {
    this.#byDrill.set(keyOf(result.uri, result.outcome.name), result);
    this.#latest.set(result.uri, result.outcome.name);
    this.#changed.fire(result.uri);
  }

  get(uri: string, drill: string): DrillResult | undefined {
    return this.#byDrill.get(keyOf(uri, drill));
  }

  /** The drill of a file that ran last: the tree shows its checkpoints. */
  latest(uri: string): DrillResult | undefined {
    const drill = this.#latest.get(uri);
    return drill === undefined ? undefined : this.get(uri, drill);
  }

  all(): DrillResult[] {
    return [...this.#byDrill.values()];
  }

  /** Whether the file says something else by now than what the drill ran on. */
  isStale({ uri, text }: DrillResult): boolean {
    const current = this.#texts.get(uri);
    return current !== undefined && current !== text;
  }

  /** What a file says now. Kept only of files that have results. */
  textIs(uri: string, text: string): void {
    const latest = this.latest(uri);
    if (!latest) return;
    const was = this.isStale(latest);
    this.#texts.set(uri, text);
    if (this.isStale(latest) !== was) this.#changed.fire(uri);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }

  #prune(uri: string, drills: ReadonlySet<string>): void {
    let pruned = false;
    for (const [key, { uri: file, outcome }] of this.#byDrill) {
      if (file === uri && !drills.has(outcome.name)) pruned = this.#byDrill.delete(key);
    }
    if (!pruned) return;
    if (drills.size === 0) this.#texts.delete(uri);
    this.#changed.fire(uri);
  }
}

function keyOf(uri: string, drill: string): string {
  return `${uri}#${drill}`;
}
