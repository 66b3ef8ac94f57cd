/** What the command palette, menus and lenses can ask for. Every failure is told in one place. */
import * as vscode from 'vscode';
import type { Outline, ReportKind } from '../language/protocol.ts';
import { chooseTopology, uriOf } from './choose-topology.ts';
import type { DrillTests } from './drill-tests.ts';
import { explainAlert } from './lab/alerts-page.ts';
import { openReportAsJson, showReport, type ReportServices } from './lab/report-list.ts';
import { restoreFiles } from './files/browse-files.ts';
import { commands, language, views } from './ids.ts';
import { reportFailure, type Log } from './log.ts';
import { newTopologyText } from './new-topology.ts';
import type { Outlines } from './outlines.ts';
import type { Reports } from './reports.ts';
import type { TimelinePanels } from './timeline-panels.ts';
import { labHandlers, type LabServices } from './lab/lab-commands.ts';
import { isTrusted } from './trust.ts';
import type { TopologyTree } from './topology-tree.ts';

export interface CommandServices extends LabServices, ReportServices {
  readonly extensionUri: vscode.Uri;
  readonly outlines: Outlines;
  readonly tests: DrillTests;
  readonly tree: TopologyTree;
  readonly timelines: TimelinePanels;
  readonly reports: Reports;
  readonly log: Log;
}

type Handler = (...args: unknown[]) => unknown;

export function registerCommands(services: CommandServices): vscode.Disposable[] {
  const { outlines, tests, tree, timelines, log } = services;
  const handlers: Record<(typeof commands)[keyof typeof commands], Handler> = {
    ...labHandlers(services),
    [commands.showReport]: (argument) => showReport(services, argument),
    [commands.openReportAsJson]: (argument) => openReportAsJson(services, argument),
    [commands.explainAlert]: (argument) => explainAlert(services.extensionUri, argument),
    [commands.restoreFiles]: (uri, selected) => restoreFiles(services, uri, selected),
    [commands.newTopology]: newTopology,
    [commands.openExample]: () => openExample(services.extensionUri),
    [commands.runDrill]: async (uri, name) => {
      if (!isTrusted('Drills')) return;
      const drill = await chooseDrill(outlines, uri, name, 'Which drill shall run?');
      if (drill) await tests.runDrill(drill.uri, drill.name);
    },
    [commands.runAllDrills]: async (uri) => {
      if (!isTrusted('Drills')) return;
      const asked = uriOf(uri);
      // The file may be a part of the topology that has the drills.
      const [topology] = asked === undefined ? [] : outlines.ofFile(asked);
      const file =
        topology?.uri ??
        asked ??
        (await chooseTopology(withDrills(outlines), 'The drills of which file?'));
      if (file !== undefined) await tests.runDrill(file);
    },
    [commands.showTimeline]: async (uri, name) => {
      const drill = await chooseDrill(outlines, uri, name, 'Of which drill?');
      if (drill) timelines.show(drill.uri, drill.name);
    },
    [commands.showMoreCheckpoints]: (uri, vpg) => {
      if (typeof uri === 'string' && typeof vpg === 'string') tree.showMore(uri, vpg);
    },
    [commands.refreshTree]: () => {
      tree.refresh();
    },
    [commands.showRoutes]: () => showGenerated(services, 'routes'),
    [commands.showPorts]: () => showGenerated(services, 'ports'),
    [commands.showPlan]: () => showGenerated(services, 'plan'),
    [commands.showLog]: () => {
      log.show();
    },
    [commands.showStatus]: () => vscode.commands.executeCommand(`${views.topology}.focus`),
  };
  return Object.entries(handlers).map(([id, handle]) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        await handle(...args);
      } catch (error) {
        reportFailure(log, 'That did not work', error);
      }
    }),
  );
}

interface DrillChoice {
  readonly uri: string;
  readonly name: string;
}

/** What was asked for, or else what the user picks; the file in the active editor comes first. */
async function chooseDrill(
  outlines: Outlines,
  uri: unknown,
  name: unknown,
  question: string,
): Promise<DrillChoice | undefined> {
  if (typeof uri === 'string' && typeof name === 'string') return { uri, name };
  const node = treeNode(uri);
  if (node) return { uri: node.uri, name: node.drill };
  const active = vscode.window.activeTextEditor?.document.uri.toString();
  const isActive = ({ files }: Outline): number => Number(files.some((file) => file === active));
  const files = outlines.all().sort((a, b) => isActive(b) - isActive(a));
  const picks = files.flatMap((outline) =>
    outline.drills.map((drill) => ({
      label: drill.name,
      description: vscode.workspace.asRelativePath(vscode.Uri.parse(outline.uri)),
      ...(drill.describes === undefined ? {} : { detail: drill.describes }),
      drill: { uri: outline.uri, name: drill.name },
    })),
  );
  if (picks.length === 0) {
    void vscode.window.showInformationMessage(
      'No topology file in this workspace declares a drill. Add one under `drills:`.',
    );
    return undefined;
  }
  const options = { placeHolder: question, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(picks, options))?.drill;
}

/** The tree hands its own node to a command that is called from it. */
function treeNode(argument: unknown): { uri: string; drill: string } | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  if (!('uri' in argument && 'drill' in argument)) return undefined;
  const { uri, drill } = argument;
  return typeof uri === 'string' && typeof drill === 'string' ? { uri, drill } : undefined;
}

async function showGenerated(
  { outlines, reports }: CommandServices,
  kind: ReportKind,
): Promise<void> {
  const uri = await chooseTopology(outlines.all(), 'Of which topology?');
  if (uri !== undefined) await reports.show(uri, kind);
}

function withDrills(outlines: Outlines): Outline[] {
  return outlines.all().filter(({ drills }) => drills.length > 0);
}

async function newTopology(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language, content: newTopologyText });
  await vscode.window.showTextDocument(document);
}

/** Opens a copy, so that whoever plays with the example does not change the extension's own. */
async function openExample(extensionUri: vscode.Uri): Promise<void> {
  const example = vscode.Uri.joinPath(extensionUri, 'examples', 'seed-lab.dr.yaml');
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(example));
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
}
