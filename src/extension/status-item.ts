/** The status bar: the worst VPG of the running lab, or else how the last drill of the open file went. */
import * as vscode from 'vscode';
import type { VpgSnapshot } from '../engine/api.ts';
import type { Outline } from '../language/protocol.ts';
import type { DrillResults } from './drill-results.ts';
import { commands, language } from './ids.ts';
import { describeVpg } from './lab/choices.ts';
import type { Lab } from './lab/lab.ts';
import type { Labs } from './lab/labs.ts';
import type { Outlines } from './outlines.ts';

export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #outlines: Outlines;
  readonly #results: DrillResults;
  readonly #labs: Labs;
  readonly #subscriptions: vscode.Disposable[];

  constructor(outlines: Outlines, results: DrillResults, labs: Labs) {
    this.#outlines = outlines;
    this.#results = results;
    this.#labs = labs;
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
      labs.onDidChange(update),
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
    const own = outline && this.#labs.of(outline.uri);
    // What runs is shown whatever is being looked at, unless that has something of its own to say.
    const labs = own ? [own] : outline ? [] : this.#labs.all();
    if (labs.length > 0) this.#showLabs(labs);
    else if (outline) this.#showFile(outline);
    else this.#item.hide();
  }

  #showLabs(labs: readonly Lab[]): void {
    const all = labs.flatMap((lab) => lab.snapshot.vpgs);
    const [worst] = [...all].sort((a, b) => severity(b) - severity(a));
    const icon = worst ? icons[worst.health] : 'vm-running';
    const others = all.length > 1 ? ` (${String(all.length)} VPGs)` : '';
    this.#item.text = `$(${icon}) ${worst ? `${worst.name}: ${worst.status}${others}` : 'Lab'}`;
    this.#item.tooltip = labs
      .map((lab) => {
        const name = this.#outlines.get(lab.uri)?.name ?? lab.uri;
        const lines = lab.snapshot.vpgs.map((vpg) => `${vpg.name}: ${describeVpg(vpg)}`);
        return [`${name}, the running lab`, ...lines].join('\n');
      })
      .join('\n\n');
    this.#item.backgroundColor = worst && backgrounds[worst.health];
    this.#item.show();
  }

  #showFile(outline: Outline): void {
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
    this.#item.backgroundColor = result && !passed ? backgrounds.error : undefined;
    this.#item.show();
  }
}

const icons = { ok: 'pass', warning: 'warning', error: 'error' } as const;

const backgrounds = {
  ok: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
};

/** What replicates and meets its SLA is least worth a word. */
function severity({ health, status }: VpgSnapshot): number {
  const worth = { ok: 0, warning: 2, error: 4 }[health];
  return worth + (status === 'MeetingSLA' ? 0 : 1);
}
