/** Entry of the extension: registration, and nothing that takes time (law 10). */
import type * as vscode from 'vscode';
import { CheckpointLenses } from './checkpoint-lenses.ts';
import { registerCommands } from './commands.ts';
import { DrillResults } from './drill-results.ts';
import { DrillRunner } from './drill-runner.ts';
import { DrillTests } from './drill-tests.ts';
import { TopologyLanguage } from './language-client.ts';
import { dialogs, type Dialogs } from './lab/dialogs.ts';
import { AlertsView } from './lab/alerts-view.ts';
import { LabAlerts } from './lab/lab-alerts.ts';
import { LabNotices } from './lab/lab-notices.ts';
import { RecoveredFiles } from './files/recovered-files.ts';
import { Labs } from './lab/labs.ts';
import { Performer } from './lab/perform.ts';
import { RecoveryDocuments } from './lab/recovery-documents.ts';
import { LabStarter } from './lab/start-lab.ts';
import { LintTasks } from './lint-tasks.ts';
import { createLog } from './log.ts';
import { Outlines } from './outlines.ts';
import { Reports } from './reports.ts';
import { StatusItem } from './status-item.ts';
import { TimelinePanels } from './timeline-panels.ts';
import { TopologyTree } from './topology-tree.ts';

/** What tests look at; nothing of the product uses it. */
export interface ExtensionApi {
  readonly outlines: Outlines;
  readonly results: DrillResults;
  readonly tests: DrillTests;
  readonly tree: TopologyTree;
  readonly timelines: TimelinePanels;
  readonly labs: Labs;
  /** Replaced by tests, as nobody can answer a modal dialog in one. */
  readonly dialogs: Dialogs;
  readonly files: RecoveredFiles;
  readonly alerts: AlertsView;
  /** Milliseconds that `activate` took. */
  readonly activationTime: number;
}

let language: TopologyLanguage | undefined;

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const started = performance.now();
  const log = createLog();
  const outlines = new Outlines();
  const results = new DrillResults(outlines);
  const runner = new DrillRunner(context.extensionUri, log);
  language = new TopologyLanguage(context.extensionUri, outlines, results, log);
  const tests = new DrillTests(outlines, results, runner, language, log);
  const labs = new Labs(outlines, log, context.workspaceState);
  const tree = new TopologyTree(outlines, results, labs);
  const timelines = new TimelinePanels(context.extensionUri, outlines, results, tests, labs, log);
  const starter = new LabStarter(context, outlines, labs, log);
  const notices = new LabNotices(labs, log);
  const recoveries = new RecoveryDocuments(labs);
  const performer = new Performer(recoveries, log);
  const files = new RecoveredFiles(labs);
  const alerts = new AlertsView(outlines, labs);
  const reports = new Reports(outlines, language);
  context.subscriptions.push(
    log,
    outlines,
    results,
    runner,
    tests,
    tree,
    timelines,
    language,
    labs,
    files,
    notices,
    recoveries,
    alerts,
    reports,
    new CheckpointLenses(outlines, results),
    new StatusItem(outlines, results, labs),
    new LabAlerts(labs),
    new LintTasks(context.extensionUri, outlines),
    ...registerCommands({
      extensionUri: context.extensionUri,
      outlines,
      tests,
      tree,
      timelines,
      reports,
      labs,
      starter,
      notices,
      performer,
      recoveries,
      dialogs,
      files,
      log,
    }),
  );
  language.startSoon();
  return {
    outlines,
    results,
    tests,
    tree,
    timelines,
    labs,
    dialogs,
    files,
    alerts,
    activationTime: performance.now() - started,
  };
}

export async function deactivate(): Promise<void> {
  await language?.stop();
}
