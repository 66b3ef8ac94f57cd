/** A topology's running lab, as this window sees it. */
import * as vscode from 'vscode';
import type { LabSnapshot } from '../../engine/api.ts';
import type { ControlClient, DisconnectedError } from '../../engine/control/control-client.ts';
import type { EngineEvent } from '../../engine/control/engine-events.ts';
import type { Answers, EngineInfo, Question } from '../../engine/control/questions.ts';
import { mayHaveEngine } from './may-have-engine.ts';

/** How a lab left this window. */
export interface LabEnd {
  /** Whether this window has ended the engine, somebody else has, or it has vanished. */
  readonly how: 'stopped-here' | 'stopped' | 'vanished';
  readonly message: string;
}

export class Lab implements vscode.Disposable {
  /** URI of the topology's first file. */
  readonly uri: string;
  readonly engine: EngineInfo;
  readonly #client: ControlClient;
  readonly #topologyFile: string;
  readonly #changed = new vscode.EventEmitter<LabSnapshot>();
  /** The newest snapshot; one a second at most. */
  readonly onDidChange = this.#changed.event;
  readonly #happened = new vscode.EventEmitter<EngineEvent>();
  readonly onDidHappen = this.#happened.event;
  readonly #ended = new vscode.EventEmitter<LabEnd>();
  /** Heard once; nothing can be asked from then on. */
  readonly onDidEnd = this.#ended.event;
  #snapshot: LabSnapshot;
  #isStopping = false;

  private constructor(
    uri: string,
    topologyFile: string,
    engine: EngineInfo,
    client: ControlClient,
    snapshot: LabSnapshot,
  ) {
    this.uri = uri;
    this.engine = engine;
    this.#topologyFile = topologyFile;
    this.#client = client;
    this.#snapshot = snapshot;
  }

  /**
   * The lab of a topology where its engine runs; undefined where none does.
   *
   * @throws DisconnectedError where the engine sends the window away, such as one of another version
   */
  static async reach(uri: string, topologyFile: string): Promise<Lab | undefined> {
    if (!(await mayHaveEngine(topologyFile))) return undefined;
    const { reachEngine } = await import('./engine-folder.ts');
    const heard: { by?: Lab } = {};
    const reached = await reachEngine(topologyFile, {
      snapshot: (snapshot) => heard.by?.renew(snapshot),
      event: (event) => heard.by?.tell(event),
      disconnected: (error) => heard.by?.leave(error),
    });
    if (!reached) return undefined;
    const { client, engine } = reached;
    const snapshot = await client.ask({ kind: 'snapshot' });
    const lab = new Lab(uri, topologyFile, engine, client, snapshot);
    heard.by = lab;
    await client.ask({ kind: 'subscribe', snapshots: true, events: true });
    return lab;
  }

  get snapshot(): LabSnapshot {
    return this.#snapshot;
  }

  /**
   * @throws QuestionError where the engine cannot answer
   * @throws DisconnectedError where it ends before it does
   */
  ask<Q extends Question>(
    question: Q,
    progress?: (done: number, total: number) => void,
  ): Promise<Answers[Q['kind']]> {
    return this.#client.ask(question, progress);
  }

  /**
   * The same over a connection of its own, which ends when the token says so: an engine gives up what nobody
   * waits for any more, where it can.
   */
  async askApart<Q extends Question>(
    question: Q,
    token: vscode.CancellationToken,
    progress?: (done: number, total: number) => void,
  ): Promise<Answers[Q['kind']]> {
    const { reachEngine } = await import('./engine-folder.ts');
    const apart = await reachEngine(this.#topologyFile, {});
    if (!apart) throw new Error('The engine has ended.');
    const { client } = apart;
    const cancelled = token.onCancellationRequested(() => {
      client.close();
    });
    try {
      if (token.isCancellationRequested) client.close();
      return await client.ask(question, progress);
    } finally {
      cancelled.dispose();
      client.close();
    }
  }

  /** Ends the engine. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const gone = new Promise<void>((resolve) => {
      this.onDidEnd(() => {
        resolve();
      });
    });
    await this.ask({ kind: 'stop' });
    await gone;
  }

  /** Leaves the engine, which goes on for others. */
  dispose(): void {
    this.#client.close();
  }

  private renew(snapshot: LabSnapshot): void {
    this.#snapshot = snapshot;
    this.#changed.fire(snapshot);
  }

  private tell(event: EngineEvent): void {
    this.#happened.fire(event);
  }

  private leave({ code, message }: DisconnectedError): void {
    const stopped = code === 'stopping' ? 'stopped' : 'vanished';
    this.#ended.fire({ how: this.#isStopping ? 'stopped-here' : stopped, message });
    for (const emitter of [this.#changed, this.#happened, this.#ended]) emitter.dispose();
  }
}
