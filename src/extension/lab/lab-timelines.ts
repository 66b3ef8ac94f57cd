/** Feeds timeline panels with what running labs live through. */
import * as vscode from 'vscode';
import type { TimelineState, ToTimeline } from '../../../webview/timeline/protocol.ts';
import type { Outlines } from '../outlines.ts';
import type { Lab } from './lab.ts';
import type { Labs } from './labs.ts';

/** Milliseconds between two pictures: the rates are sampled no more often. */
const beat = 2000;

export interface TimelineView {
  readonly isVisible: () => boolean;
  readonly post: (message: ToTimeline) => void;
}

export class LabTimelines {
  readonly #labs: Labs;
  readonly #outlines: Outlines;

  constructor(labs: Labs, outlines: Outlines) {
    this.#labs = labs;
    this.#outlines = outlines;
  }

  /** Until it is disposed of. A lab that ends and is started again goes on in the same view. */
  follow(state: TimelineState, view: TimelineView): vscode.Disposable {
    const { uri } = state;
    let next = 0;
    let asked: Lab | undefined;
    let isOver = false;
    const show = async (lab: Lab): Promise<void> => {
      // One picture at a time, and none that nobody sees.
      if (asked || !view.isVisible() || performance.now() < next) return;
      asked = lab;
      next = performance.now() + beat;
      try {
        const timeline = await lab.ask({ kind: 'timeline' });
        if (isOver) return;
        const title = this.#outlines.get(uri)?.name ?? 'Running lab';
        const since = new Date(lab.engine.started).toLocaleString();
        const subtitle = `The running lab, since ${since}`;
        const content = { title, subtitle, verdict: 'running', failures: [], timeline } as const;
        view.post({ type: 'show', state, content });
      } catch {
        // The lab has ended, which is told below.
      } finally {
        asked = undefined;
      }
    };
    const look = (): void => {
      const lab = this.#labs.of(uri);
      if (lab) void show(lab);
      else view.post({ type: 'failed', message: 'The lab does not run. Start Lab starts it.' });
    };
    const changes = this.#labs.onDidChange((changed) => {
      if (changed === uri) look();
    });
    look();
    return new vscode.Disposable(() => {
      isOver = true;
      changes.dispose();
    });
  }
}
