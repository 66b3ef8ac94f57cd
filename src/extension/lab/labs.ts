/** The running labs that this window is connected with, one a topology at most. */
import * as vscode from 'vscode';
import { contexts } from '../ids.ts';
import type { Log } from '../log.ts';
import type { Outlines } from '../outlines.ts';
import { Lab, type LabEnd } from './lab.ts';

export interface EndedLab extends LabEnd {
  readonly lab: Lab;
}

/** What an engine leaves in its state folder once it can be reached. */
const endpoints = '**/.tidemark*/endpoint.json';

/** Under which the topologies are kept whose labs this window was connected with. */
const memoryKey = 'tidemark.labs';

export class Labs implements vscode.Disposable {
  readonly #outlines: Outlines;
  readonly #log: Log;
  readonly #memory: vscode.Memento;
  readonly #labs = new Map<string, Lab>();
  /** Topologies that have been looked after. */
  readonly #known = new Set<string>();
  readonly #reaching = new Map<string, Promise<Lab | undefined>>();
  readonly #changed = new vscode.EventEmitter<string>();
  /** URI of a topology whose lab came, went or changed. */
  readonly onDidChange = this.#changed.event;
  readonly #ended = new vscode.EventEmitter<EndedLab>();
  readonly onDidEnd = this.#ended.event;
  readonly #subscriptions: vscode.Disposable[];
  #isLeaving = false;

  /** `memory` outlives a reload of the window. */
  constructor(outlines: Outlines, log: Log, memory: vscode.Memento) {
    this.#outlines = outlines;
    this.#log = log;
    this.#memory = memory;
    // An engine does not wait for ever: it is not left waiting for its topology to be read.
    const remembered = memory.get<unknown>(memoryKey);
    if (Array.isArray(remembered)) {
      for (const uri of remembered) if (typeof uri === 'string') this.#tryToReach(uri);
    }
    const watcher = vscode.workspace.createFileSystemWatcher(endpoints);
    const lookAround = (): void => {
      for (const { uri } of outlines.all()) this.#look(uri);
    };
    this.#subscriptions = [
      watcher,
      watcher.onDidCreate(lookAround),
      watcher.onDidChange(lookAround),
      vscode.workspace.onDidGrantWorkspaceTrust(lookAround),
      outlines.onDidChange((uri) => {
        // A topology that is new to this window may have been running for long.
        if (!this.#known.has(uri)) this.#look(uri);
        if (!outlines.get(uri)) this.#known.delete(uri);
      }),
    ];
  }

  /** The lab of a topology, while its engine runs and is connected. */
  of(uri: string): Lab | undefined {
    return this.#labs.get(uri);
  }

  all(): Lab[] {
    return [...this.#labs.values()];
  }

  /**
   * Connects with the engine of a topology where one runs. In a workspace that is not trusted nothing is
   * connected with: where its files say that an engine is, anything may be.
   */
  async reach(uri: string): Promise<Lab | undefined> {
    const known = this.#labs.get(uri) ?? this.#reaching.get(uri);
    if (known) return known;
    const { scheme, fsPath } = vscode.Uri.parse(uri);
    if (scheme !== 'file' || !vscode.workspace.isTrusted) return undefined;
    const reaching = Lab.reach(uri, fsPath).then((lab) => {
      if (lab && this.#isLeaving) lab.dispose();
      else if (lab) this.#adopt(lab);
      return lab;
    });
    this.#reaching.set(uri, reaching);
    try {
      return await reaching;
    } finally {
      this.#reaching.delete(uri);
    }
  }

  /** Leaves all engines, which go on as long as others use them, or for as long as they were told to wait. */
  dispose(): void {
    this.#isLeaving = true;
    vscode.Disposable.from(
      ...this.#subscriptions,
      ...this.#labs.values(),
      this.#changed,
      this.#ended,
    ).dispose();
  }

  #look(uri: string): void {
    if (!this.#outlines.get(uri)) return;
    this.#known.add(uri);
    this.#tryToReach(uri);
  }

  #tryToReach(uri: string): void {
    this.reach(uri).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`The engine of ${uri} could not be connected with: ${why}`);
    });
  }

  #adopt(lab: Lab): void {
    const { uri } = lab;
    this.#labs.set(uri, lab);
    this.#log.info(`Connected with the engine of ${uri}, process ${String(lab.engine.pid)}.`);
    lab.onDidChange(() => {
      this.#changed.fire(uri);
    });
    lab.onDidEnd((end) => {
      this.#labs.delete(uri);
      if (this.#isLeaving) return;
      this.#tellMenus();
      this.#log.info(`The engine of ${uri} has left: ${end.message}`);
      this.#changed.fire(uri);
      this.#ended.fire({ ...end, lab });
    });
    this.#tellMenus();
    this.#changed.fire(uri);
  }

  #tellMenus(): void {
    void this.#memory.update(memoryKey, [...this.#labs.keys()]);
    void vscode.commands.executeCommand('setContext', contexts.labRuns, this.#labs.size > 0);
  }
}
