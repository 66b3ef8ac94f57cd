/** How the drills of this session went: the latest outcome of each. */
import * as vscode from 'vscode';
import type { DrillOutcome } from '../drill/protocol.ts';

export interface DrillResult {
  readonly uri: string;
  readonly outcome: DrillOutcome;
}

export class DrillResults implements vscode.Disposable {
  readonly #byDrill = new Map<string, DrillResult>();
  readonly #latestByFile = new Map<string, DrillResult>();
  readonly #changed = new vscode.EventEmitter<DrillResult>();
  readonly onDidChange = this.#changed.event;

  set(result: DrillResult): void {
    this.#byDrill.set(keyOf(result.uri, result.outcome.name), result);
    this.#latestByFile.set(result.uri, result);
    this.#changed.fire(result);
  }

  get(uri: string, drill: string): DrillResult | undefined {
    return this.#byDrill.get(keyOf(uri, drill));
  }

  /** The drill of a file that ran last: the tree shows its checkpoints. */
  latest(uri: string): DrillResult | undefined {
    return this.#latestByFile.get(uri);
  }

  all(): DrillResult[] {
    return [...this.#byDrill.values()];
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function keyOf(uri: string, drill: string): string {
  return `${uri}#${drill}`;
}
