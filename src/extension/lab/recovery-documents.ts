/**
 * Recovery reports as read-only Markdown documents. They follow their operation while it goes on, and are what the
 * engine has filed where it does not run.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { LabSnapshot, Operation } from '../../engine/api.ts';
import type { FiledReport } from '../../engine/process/filed-reports.ts';
import { recoveryReport, recoveryReportName } from '../../report/recovery-report.ts';
import { filedReportsFor } from './filed.ts';
import type { Labs } from './labs.ts';

const scheme = 'tidemark-recovery';

export class RecoveryDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #labs: Labs;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  /** What a document showed last: its lab may have ended. */
  readonly #texts = new Map<string, string>();

  constructor(labs: Labs) {
    this.#labs = labs;
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#texts.delete(uri.toString());
      }),
      labs.onDidChange(() => {
        for (const uri of this.#opened()) {
          const text = this.#textOf(uri);
          if (text === undefined || text === this.#texts.get(uri.toString())) continue;
          this.#texts.set(uri.toString(), text);
          this.#changed.fire(uri);
        }
      }),
    ];
  }

  /** Beside what is being looked at, as a preview of its Markdown. */
  async show(topology: string, operation: Operation): Promise<void> {
    const uri = uriOf(topology, operation.id, nameOf(operation));
    // Newer than what the lab has sent last.
    this.#texts.set(uri.toString(), reportOf(operation, this.#labs.of(topology)?.snapshot));
    await this.#open(uri);
  }

  /** The same of one that was filed. */
  async showFiled(topology: string, { id, markdown }: FiledReport): Promise<void> {
    await this.#open(uriOf(topology, id, basename(markdown)));
  }

  async #open(uri: vscode.Uri): Promise<void> {
    // Always in the same place: each beside the last one would soon be too narrow to read.
    await vscode.commands.executeCommand(
      'vscode.openWith',
      uri,
      'vscode.markdown.preview.editor',
      vscode.ViewColumn.Two,
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = this.#texts.get(uri.toString()) ?? this.#textOf(uri) ?? (await filedText(uri));
    return (
      text ??
      'The lab does not run, and nothing is filed of this operation. Reports are filed when an operation ends.\n'
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }

  #opened(): vscode.Uri[] {
    return vscode.workspace.textDocuments
      .map(({ uri }) => uri)
      .filter((uri) => uri.scheme === scheme);
  }

  #textOf({ query }: vscode.Uri): string | undefined {
    // A document can be restored from another day, or made up by whoever opens a link.
    const about = aboutOf(query);
    if (!about) return undefined;
    const snapshot = this.#labs.of(about.topology)?.snapshot;
    const operation = snapshot?.operations.find(({ id }) => id === about.operation);
    return operation && reportOf(operation, snapshot);
  }
}

function uriOf(topology: string, operation: string, name: string): vscode.Uri {
  return vscode.Uri.from({
    scheme,
    path: `/${name}`,
    query: JSON.stringify({ topology, operation }),
  });
}

function nameOf(operation: Operation): string {
  return `${recoveryReportName(operation, new Date(operation.at))}.md`;
}

/** What the engine has filed of the operation. */
async function filedText({ query }: vscode.Uri): Promise<string | undefined> {
  const about = aboutOf(query);
  if (!about) return undefined;
  const reports = await filedReportsFor(about.topology);
  const report = reports.find(({ id }) => id === about.operation);
  return report && readFile(report.markdown, 'utf8');
}

interface About {
  readonly topology: string;
  readonly operation: string;
}

function aboutOf(query: string): About | undefined {
  try {
    const { topology, operation } = JSON.parse(query) as Partial<Record<keyof About, unknown>>;
    if (typeof topology !== 'string' || typeof operation !== 'string') return undefined;
    return { topology, operation };
  } catch {
    return undefined;
  }
}

function reportOf(operation: Operation, snapshot: LabSnapshot | undefined): string {
  const vpg = snapshot?.vpgs.find(({ name }) => name === operation.vpg);
  return recoveryReport(operation, {
    from: vpg?.from,
    to: vpg?.to,
    vms: vpg?.vms,
    // Written so that it can be broken where a column is narrow.
    time: (time) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  });
}
