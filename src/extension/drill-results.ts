/** How the drills of this session went: the latest outcome of each, and on which text. */
import * as vscode from 'vscode';
import type { DrillOutcome } from '../drill/protocol.ts';
import type { Outlines } from './outlines.ts';

export interface DrillResult {
  /** The topology's first file. */
  readonly uri: string;
  readonly outcome: DrillOutcome;
  /** What the files of the topology said when the drill ran, by their URIs. */
  readonly texts: ReadonlyMap<string, string>;
}

export class DrillResults implements vscode.Disposable {
  readonly #byDrill = new Map<string, DrillResult>();
  /** The drill of each file that ran last. */
  readonly #latest = new Map<string, string>();
  /** What files that have results say now. */
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<string>();
  /** The URI of the topology whose results came, went or grew old. */
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

  /** Whether one of the files says something else by now than what the drill ran on. */
  isStale({ texts }: DrillResult): boolean {
    for (const [file, text] of texts) {
      const current = this.#texts.get(file);
      if (current !== undefined && current !== text) return true;
    }
    return false;
  }

  /** What a file says now. Kept only of files that have results. */
  textIs(uri: string, text: string): void {
    const concerned = [...this.#latest.keys()].flatMap((topology) => {
      const latest = this.latest(topology);
      return latest?.texts.has(uri) === true ? [{ latest, was: this.isStale(latest) }] : [];
    });
    if (concerned.length === 0) return;
    this.#texts.set(uri, text);
    for (const { latest, was } of concerned) {
      if (this.isStale(latest) !== was) this.#changed.fire(latest.uri);
    }
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
