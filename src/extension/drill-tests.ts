/** Drills in the Test Explorer: one item a topology, one below it a drill. */
import * as vscode from 'vscode';
import type { DrillEvent, DrillOutcome, DrillRange } from '../drill/protocol.ts';
import type { Outline } from '../language/protocol.ts';
import { describeCounts } from './checkpoint-rows.ts';
import type { DrillResults } from './drill-results.ts';
import type { DrillRunner } from './drill-runner.ts';
import type { TopologyLanguage } from './language-client.ts';
import { reportFailure, type Log } from './log.ts';
import type { Outlines } from './outlines.ts';
import { toVscodeRange } from './ranges.ts';

export interface DrillProgress {
  readonly uri: string;
  readonly drill: string;
  /** 0 to 1. */
  readonly share: number;
}

/** A run that ended without an outcome. */
export interface DrillFailureNote {
  readonly uri: string;
  readonly drill: string;
  readonly why: string;
}

export class DrillTests implements vscode.Disposable {
  readonly controller: vscode.TestController;
  readonly #results: DrillResults;
  readonly #runner: DrillRunner;
  readonly #language: Pick<TopologyLanguage, 'texts'>;
  readonly #log: Log;
  readonly #profile: vscode.TestRunProfile;
  readonly #subscription: vscode.Disposable;
  readonly #progress = new vscode.EventEmitter<DrillProgress>();
  readonly onDidProgress = this.#progress.event;
  readonly #failed = new vscode.EventEmitter<DrillFailureNote>();
  readonly onDidFail = this.#failed.event;
  /** What runs now, by the id of its item: whoever asks for it again waits for the same run. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    outlines: Outlines,
    results: DrillResults,
    runner: DrillRunner,
    language: Pick<TopologyLanguage, 'texts'>,
    log: Log,
  ) {
    this.#language = language;
    this.#results = results;
    this.#runner = runner;
    this.#log = log;
    this.controller = vscode.tests.createTestController('tidemark.drills', 'Tidemark Drills');
    this.#profile = this.controller.createRunProfile(
      'Run Drill',
      vscode.TestRunProfileKind.Run,
      (request) => this.run(request),
      true,
    );
    this.#subscription = outlines.onDidChange((uri) => {
      this.#update(uri, outlines.get(uri));
    });
  }

  /** Runs drills of a file (all of them where no name is given), as the Test Explorer does. */
  async runDrill(uri: string, drill?: string): Promise<void> {
    const file = this.controller.items.get(uri);
    const item = drill === undefined ? file : file?.children.get(itemId(uri, drill));
    if (!item) throw new Error(`There is no drill ${drill ?? ''} in ${uri}.`);
    const running = this.#running.get(item.id);
    if (running) {
      await running;
      return;
    }
    const run = this.run(new vscode.TestRunRequest([item], undefined, this.#profile));
    this.#running.set(item.id, run);
    try {
      await run;
    } finally {
      this.#running.delete(item.id);
    }
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#progress.dispose();
    this.#failed.dispose();
    this.controller.dispose();
  }

  #update(uri: string, outline: Outline | undefined): void {
    const { items } = this.controller;
    if (!outline || outline.drills.length === 0) {
      items.delete(uri);
      return;
    }
    const location = vscode.Uri.parse(uri);
    let file = items.get(uri);
    if (!file) {
      file = this.controller.createTestItem(uri, '', location);
      items.add(file);
    }
    file.label = outline.name;
    file.description = vscode.workspace.asRelativePath(location);
    const known = file.children;
    for (const drill of outline.drills) {
      const id = itemId(uri, drill.name);
      const place = vscode.Uri.parse(drill.uri ?? uri);
      let item = known.get(id);
      // An item cannot move to another file.
      if (item?.uri?.toString() !== place.toString()) {
        item = this.controller.createTestItem(id, drill.name, place);
        known.add(item);
      }
      item.range = toVscodeRange(drill.range);
      item.description = drill.describes ?? '';
      item.tags = drill.facts.map((fact) => new vscode.TestTag(fact));
    }
    const wanted = new Set(outline.drills.map((drill) => itemId(uri, drill.name)));
    const gone: string[] = [];
    known.forEach((item) => {
      if (!wanted.has(item.id)) gone.push(item.id);
    });
    for (const id of gone) known.delete(id);
  }

  /** What the Test Explorer calls. Its stop button, and nothing else, triggers the run's own token. */
  async run(request: vscode.TestRunRequest): Promise<void> {
    const run = this.controller.createTestRun(request);
    try {
      for (const [file, drills] of this.#wanted(request)) {
        if (run.token.isCancellationRequested) break;
        await this.#runFile(run, file, drills);
      }
    } finally {
      run.end();
    }
  }

  /** The drills that a request asks for, by file. */
  #wanted(request: vscode.TestRunRequest): Map<vscode.TestItem, vscode.TestItem[]> {
    const excluded = new Set(request.exclude ?? []);
    const wanted = new Map<vscode.TestItem, vscode.TestItem[]>();
    const add = (file: vscode.TestItem, drill: vscode.TestItem): void => {
      if (excluded.has(drill) || excluded.has(file)) return;
      const drills = wanted.get(file) ?? [];
      if (!drills.includes(drill)) drills.push(drill);
      wanted.set(file, drills);
    };
    const addFile = (file: vscode.TestItem): void => {
      file.children.forEach((drill) => {
        add(file, drill);
      });
    };
    if (request.include) {
      for (const item of request.include) {
        if (item.parent) add(item.parent, item);
        else addFile(item);
      }
    } else {
      this.controller.items.forEach(addFile);
    }
    return wanted;
  }

  async #runFile(
    run: vscode.TestRun,
    file: vscode.TestItem,
    drills: readonly vscode.TestItem[],
  ): Promise<void> {
    const open = new OpenDrills(run, file.id, drills, (note) => {
      this.#failed.fire(note);
    });
    try {
      // What stands in the editor counts, saved or not.
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(file.id));
      const seed = vscode.workspace
        .getConfiguration('tidemark', document.uri)
        .get<number>('drill.seed', 1);
      const known = await this.#language.texts(file.id);
      const text = known?.text ?? document.getText();
      const included = known?.included;
      const texts = new Map([
        [file.id, text],
        ...(included?.files ?? []).map((part): [string, string] => [part.uri, part.text]),
      ]);
      const hear = (event: DrillEvent): void => {
        this.#hear(run, open, texts, event);
      };
      const names = drills.map((item) => item.label);
      await this.#runner.run(
        { uri: file.id, text, ...(included ? { included } : {}), drills: names, seed },
        run.token,
        hear,
      );
      // What was typed meanwhile was heard of before there was a result that it could make stale.
      for (const open of vscode.workspace.textDocuments) {
        const uri = open.uri.toString();
        if (texts.has(uri)) this.#results.textIs(uri, open.getText());
      }
      open.skip('The run was stopped.');
    } catch (error) {
      open.fail(error instanceof Error ? error.message : String(error));
      reportFailure(this.#log, 'The drill could not be run', error);
    }
  }

  #hear(
    run: vscode.TestRun,
    open: OpenDrills,
    texts: ReadonlyMap<string, string>,
    event: DrillEvent,
  ): void {
    const { uri } = open;
    switch (event.type) {
      case 'started':
        open.started(event.drill);
        this.#progress.fire({ uri, drill: event.drill, share: 0 });
        return;
      case 'progress':
        this.#progress.fire({ uri, drill: event.drill, share: event.done / event.total });
        return;
      case 'finished': {
        const { outcome } = event;
        const item = open.take(outcome.name);
        if (item) this.#report(run, item, outcome);
        this.#results.set({ uri, outcome, texts });
        return;
      }
      case 'refused':
        open.fail(
          'The file has mistakes. The Problems view has them.',
          event.problems.map(({ range, message }) => messageAt(range, message)),
        );
        return;
      case 'crashed':
        open.fail(event.message, undefined, event.drill);
        this.#log.error(event.message);
        return;
      case 'ended':
        return;
    }
  }

  #report(run: vscode.TestRun, item: vscode.TestItem, outcome: DrillOutcome): void {
    run.appendOutput(`${summaryOf(outcome)}\r\n`, undefined, item);
    if (outcome.verdict === 'passed') {
      run.passed(item);
      return;
    }
    const messages = outcome.failures.map((failure) => {
      const message = messageAt(failure.range, failure.message);
      message.expectedOutput = failure.expected;
      message.actualOutput = failure.actual;
      return message;
    });
    run.failed(item, messages);
  }
}

/** The drills of a run that have no outcome yet. */
class OpenDrills {
  readonly uri: string;
  readonly #run: vscode.TestRun;
  readonly #items: Map<string, vscode.TestItem>;
  readonly #ended: (note: DrillFailureNote) => void;

  constructor(
    run: vscode.TestRun,
    uri: string,
    items: readonly vscode.TestItem[],
    ended: (note: DrillFailureNote) => void,
  ) {
    this.uri = uri;
    this.#run = run;
    this.#items = new Map(items.map((item) => [item.label, item]));
    this.#ended = ended;
    for (const item of items) run.enqueued(item);
  }

  started(drill: string): void {
    const item = this.#items.get(drill);
    if (item) this.#run.started(item);
  }

  take(drill: string): vscode.TestItem | undefined {
    const item = this.#items.get(drill);
    this.#items.delete(drill);
    return item;
  }

  skip(why: string): void {
    this.#endAll(why, undefined, (item) => {
      this.#run.skipped(item);
    });
  }

  /** One drill, or all that are open where none is named. */
  fail(why: string, messages = [new vscode.TestMessage(why)], drill?: string): void {
    this.#endAll(why, drill, (item) => {
      this.#run.errored(item, messages);
    });
  }

  #endAll(why: string, only: string | undefined, tell: (item: vscode.TestItem) => void): void {
    for (const [drill, item] of this.#items) {
      if (only !== undefined && only !== drill) continue;
      this.#items.delete(drill);
      tell(item);
      this.#ended({ uri: this.uri, drill, why });
    }
  }
}

function itemId(uri: string, drill: string): string {
  return `${uri}#${drill}`;
}

function messageAt(range: DrillRange, text: string): vscode.TestMessage {
  const message = new vscode.TestMessage(text);
  message.location = new vscode.Location(vscode.Uri.parse(range.uri), toVscodeRange(range));
  return message;
}

function summaryOf(outcome: DrillOutcome): string {
  const { vpgs } = outcome.timeline.snapshot;
  const parts = vpgs.map((vpg) => `${vpg.name}: ${describeCounts(vpg)}, ${vpg.status}`);
  return [`${outcome.name}: ${outcome.verdict}`, ...parts].join('\r\n  ');
}
