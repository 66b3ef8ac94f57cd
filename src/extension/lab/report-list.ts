/** The recovery reports of a lab in a list: those of its engine where it runs, and those that it has filed where not. */
import * as vscode from 'vscode';
import type { FiledReport } from '../../engine/process/filed-reports.ts';
import { chooseTopology, uriOf } from '../choose-topology.ts';
import type { Outlines } from '../outlines.ts';
import { choose, type Choice } from './choices.ts';
import { clockTime } from './clock-time.ts';
import { filedReportsFor } from './filed.ts';
import type { Labs } from './labs.ts';
import type { RecoveryDocuments } from './recovery-documents.ts';
import { vpgOf } from './targets.ts';

export interface ReportServices {
  readonly outlines: Outlines;
  readonly labs: Labs;
  readonly recoveries: RecoveryDocuments;
}

/** Shows one as a Markdown document. */
export async function showReport(services: ReportServices, argument: unknown): Promise<void> {
  const uri = await chooseReported(services, argument);
  if (uri === undefined) return;
  const title = 'Show Recovery Report';
  const lab = services.labs.of(uri);
  if (!lab) {
    const report = await chooseFiled(uri, vpgOf(argument), title);
    if (report) await services.recoveries.showFiled(uri, report);
    return;
  }
  const { operations, now } = await lab.ask({ kind: 'snapshot' });
  const vpg = vpgOf(argument);
  const items = operations
    .filter((operation) => vpg === undefined || operation.vpg === vpg)
    .reverse()
    .map((operation) => itemOf(operation, now, operation));
  if (items.length === 0) {
    tellOfNone();
    return;
  }
  const chosen = await choose(title, 'Of which operation?', items);
  if (chosen) await services.recoveries.show(uri, chosen.value);
}

/** Opens one as the JSON file that the engine has left. */
export async function openReportAsJson(services: ReportServices, argument: unknown): Promise<void> {
  const uri = await chooseReported(services, argument);
  if (uri === undefined) return;
  const report = await chooseFiled(uri, vpgOf(argument), 'Open Recovery Report as JSON');
  if (report) await vscode.window.showTextDocument(vscode.Uri.file(report.json));
}

async function chooseReported(
  { outlines }: ReportServices,
  argument: unknown,
): Promise<string | undefined> {
  const asked = uriOf(argument);
  const own = asked === undefined ? undefined : outlines.ofFile(asked)[0]?.uri;
  return own ?? chooseTopology(outlines.all(), 'The reports of which lab?');
}

async function chooseFiled(
  uri: string,
  vpg: string | undefined,
  title: string,
): Promise<FiledReport | undefined> {
  const now = Date.now();
  const items = (await filedReportsFor(uri))
    .filter((report) => vpg === undefined || report.vpg === vpg)
    .map((report) => itemOf(report, now, report));
  if (items.length === 0) {
    tellOfNone();
    return undefined;
  }
  return (await choose(title, 'Of which operation?', items))?.value;
}

function itemOf<T>(
  {
    verb,
    vpg,
    at,
    outcome,
    result,
  }: Omit<FiledReport, 'id' | 'markdown' | 'json' | 'outcome'> & {
    readonly outcome?: string | undefined;
  },
  now: number,
  value: T,
): Choice<T> {
  const detail = (outcome ?? result).replaceAll('-', ' ');
  return { label: `${verb} of ${vpg}`, description: clockTime(at, now), detail, value };
}

function tellOfNone(): void {
  void vscode.window.showInformationMessage('No recovery has been asked for yet.');
}
