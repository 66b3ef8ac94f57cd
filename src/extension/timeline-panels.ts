/** The timeline's webview panels: one a drill or running lab, restored after a reload of the window. */
import * as vscode from 'vscode';
import {
  fromTimeline,
  timelineState,
  type FromTimeline,
  type TimelineContent,
  type TimelineState,
  type ToTimeline,
} from '../../webview/timeline/protocol.ts';
import type { DrillRange } from '../drill/protocol.ts';
import type { OutlineNode } from '../language/protocol.ts';
import type { DrillResult, DrillResults } from './drill-results.ts';
import type { DrillTests } from './drill-tests.ts';
import { panels } from './ids.ts';
import { reportFailure, type Log } from './log.ts';
import { LabTimelines } from './lab/lab-timelines.ts';
import type { Labs } from './lab/labs.ts';
import type { Outlines } from './outlines.ts';
import { revealRange } from './ranges.ts';
import { timelineHtml } from './timeline-html.ts';

export class TimelinePanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #outlines: Outlines;
  readonly #results: DrillResults;
  readonly #tests: DrillTests;
  readonly #log: Log;
  readonly #labs: LabTimelines;
  readonly #panels = new Map<string, TimelinePanel>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(
    extensionUri: vscode.Uri,
    outlines: Outlines,
    results: DrillResults,
    tests: DrillTests,
    labs: Labs,
    log: Log,
  ) {
    this.#labs = new LabTimelines(labs, outlines);
    this.#extensionUri = extensionUri;
    this.#outlines = outlines;
    this.#results = results;
    this.#tests = tests;
    this.#log = log;
    this.#subscriptions = [
      vscode.window.registerWebviewPanelSerializer(panels.timeline, this),
      results.onDidChange((uri) => {
        for (const panel of this.#panels.values()) this.#showAgain(panel, uri);
      }),
      tests.onDidFail(({ uri, drill, why }) => {
        this.#panels.get(keyOf(uri, drill))?.post({ type: 'failed', message: why });
      }),
      tests.onDidProgress(({ uri, drill, share }) => {
        this.#panels.get(keyOf(uri, drill))?.post({ type: 'running', drill, share });
      }),
    ];
  }

  /** Shows a drill's timeline, running the drill first where it has not run yet. */
  show(uri: string, drill: string): void {
    const known = this.#panels.get(keyOf(uri, drill));
    if (known) {
      known.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      panels.timeline,
      `Timeline: ${drill}`,
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      this.#options(),
    );
    this.#adopt(panel, { uri, drill, seed: 1 });
  }

  /** Shows what a running lab lives through. */
  showLab(uri: string, name: string): void {
    const known = this.#panels.get(keyOf(uri, theLab));
    if (known) {
      known.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      panels.timeline,
      `Timeline: ${name}`,
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      this.#options(),
    );
    this.#adopt(panel, { uri, drill: theLab, seed: 0 });
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, saved: unknown): Promise<void> {
    const state = timelineState.safeParse(saved);
    if (!state.success) {
      panel.dispose();
      return Promise.resolve();
    }
    panel.webview.options = this.#options();
    this.#adopt(panel, state.data);
    return Promise.resolve();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, ...this.#panels.values()).dispose();
  }

  #options(): vscode.WebviewOptions & vscode.WebviewPanelOptions {
    return {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(this.#extensionUri, 'dist', 'webview')],
    };
  }

  #adopt(panel: vscode.WebviewPanel, state: TimelineState): void {
    const key = keyOf(state.uri, state.drill);
    const icon = (kind: string): vscode.Uri =>
      vscode.Uri.joinPath(this.#extensionUri, 'media', `file-${kind}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const timeline = new TimelinePanel(panel, state, (message) => {
      this.#hear(timeline, state, message);
    });
    // A restored panel is heard of only when it is shown; by then there may be another.
    this.#panels.get(key)?.dispose();
    this.#panels.set(key, timeline);
    panel.onDidDispose(() => {
      if (this.#panels.get(key) === timeline) this.#panels.delete(key);
    });
    panel.webview.html = timelineHtml(panel.webview, this.#extensionUri);
  }

  #hear(panel: TimelinePanel, { uri, drill }: TimelineState, message: FromTimeline): void {
    switch (message.type) {
      case 'ready': {
        if (drill === theLab) {
          panel.follow(this.#labs);
          return;
        }
        const result = this.#results.get(uri, drill);
        if (result) panel.show(result, this.#results.isStale(result));
        else this.#run(panel, uri, drill);
        return;
      }
      case 'run-again':
        if (drill !== theLab) this.#run(panel, uri, drill);
        return;
      case 'reveal':
        this.#reveal(uri, message.kind, message.name);
        return;
    }
  }

  #showAgain(panel: TimelinePanel, uri: string): void {
    if (panel.state.uri !== uri || panel.state.drill === theLab) return;
    const result = this.#results.get(uri, panel.state.drill);
    if (result) panel.show(result, this.#results.isStale(result));
  }

  #run(panel: TimelinePanel, uri: string, drill: string): void {
    panel.post({ type: 'running', drill, share: 0 });
    this.#whenKnown(uri, drill)
      .then(() => this.#tests.runDrill(uri, drill))
      .catch((error: unknown) => {
        panel.post({ type: 'failed', message: error instanceof Error ? error.message : '' });
      });
  }

  /** A restored panel can be earlier than the language server's first word about its file. */
  #whenKnown(uri: string, drill: string): Promise<void> {
    const known = (): boolean =>
      this.#outlines.get(uri)?.drills.some(({ name }) => name === drill) ?? false;
    if (known()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        subscription.dispose();
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`The drill ${drill} is not in the file any more.`));
      }, 15_000);
      const subscription = this.#outlines.onDidChange(() => {
        if (!known()) return;
        settle();
        resolve();
      });
    });
  }

  #reveal(uri: string, kind: 'vpg' | 'component' | 'drill', name: string): void {
    const outline = this.#outlines.get(uri);
    if (!outline) return;
    const place =
      kind === 'drill'
        ? outline.drills.find((drill) => drill.name === name)
        : findNode(outline.nodes, pathOf(kind, name));
    if (!place) return;
    revealRange(place.uri ?? uri, place.range).catch((error: unknown) => {
      reportFailure(this.#log, `${name} could not be shown`, error);
    });
  }
}

class TimelinePanel implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly state: TimelineState;
  #feed: vscode.Disposable | undefined;

  constructor(
    panel: vscode.WebviewPanel,
    state: TimelineState,
    hear: (message: FromTimeline) => void,
  ) {
    this.#panel = panel;
    this.state = state;
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const parsed = fromTimeline.safeParse(message);
      if (parsed.success) hear(parsed.data);
    });
  }

  /** Shows the running lab of its topology, for as long as it is open. */
  follow(labs: LabTimelines): void {
    this.#feed?.dispose();
    this.#feed = labs.follow(this.state, {
      isVisible: () => this.#panel.visible,
      post: (message) => {
        this.post(message);
      },
    });
    this.#panel.onDidDispose(() => {
      this.#feed?.dispose();
    });
  }

  show({ uri, outcome }: DrillResult, stale: boolean): void {
    this.post({
      type: 'show',
      state: { ...this.state, seed: outcome.seed },
      content: contentOf(uri, outcome, stale),
    });
  }

  post(message: ToTimeline): void {
    void this.#panel.webview.postMessage(message);
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  dispose(): void {
    this.#panel.dispose();
  }
}

/** Stands for a drill's name where it is the running lab that is shown; no drill can be called so. */
const theLab = '';

function contentOf(uri: string, outcome: DrillResult['outcome'], stale: boolean): TimelineContent {
  const about = outcome.describes ?? vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
  return {
    title: outcome.name,
    subtitle: stale ? `${about} (ran before the file was changed)` : about,
    verdict: outcome.verdict,
    failures: outcome.failures.map(({ range, message }) => `${placeOf(range, uri)}: ${message}`),
    timeline: outcome.timeline,
  };
}

/** `Line 3`, with the file where that is not the topology's first. */
function placeOf(range: DrillRange, uri: string): string {
  const line = String(range.start.line + 1);
  if (range.uri === uri) return `Line ${line}`;
  return `${vscode.workspace.asRelativePath(vscode.Uri.parse(range.uri))}, line ${line}`;
}

function keyOf(uri: string, drill: string): string {
  return `${uri}#${drill}`;
}

/** The outline's id of what a timeline names. */
function pathOf(kind: 'vpg' | 'component', name: string): string {
  if (kind === 'vpg') return `vpgs/${name}`;
  const [site = '', host, vra] = name.split('/');
  if (host === undefined) return name.includes('/') ? '' : `links/${name}`;
  if (host === 'zvm') return `sites/${site}/zvm`;
  return `sites/${site}/hosts/${host}${vra === undefined ? '' : '/vra'}`;
}

function findNode(nodes: readonly OutlineNode[], id: string): OutlineNode | undefined {
  for (const node of nodes) {
    if (node.id === id) return node;
    const found = findNode(node.children, id);
    if (found) return found;
  }
  return undefined;
}
