/** Route statements, firewall matrix and sizing plan, as read-only documents that follow the file. */
import * as vscode from 'vscode';
import type { ReportKind } from '../language/protocol.ts';
import type { TopologyLanguage } from './language-client.ts';
import type { Outlines } from './outlines.ts';

const scheme = 'tidemark-report';

const titles: Record<ReportKind, string> = {
  routes: 'Route Statements',
  ports: 'Firewall Matrix',
  plan: 'Sizing Plan',
};

export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #language: TopologyLanguage;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(outlines: Outlines, language: TopologyLanguage) {
    this.#language = language;
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      outlines.onDidChange((uri) => {
        for (const document of vscode.workspace.textDocuments) {
          if (document.uri.scheme !== scheme || topologyOf(document.uri) !== uri) continue;
          this.#changed.fire(document.uri);
        }
      }),
    ];
  }

  async show(uri: string, kind: ReportKind): Promise<void> {
    const file = vscode.Uri.parse(uri);
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    const report = vscode.Uri.from({
      scheme,
      path: `/${name}: ${titles[kind]}`,
      query: uri,
      fragment: kind,
    });
    await vscode.window.showTextDocument(report, {
      preview: false,
      viewColumn: vscode.ViewColumn.Beside,
    });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = await this.#language.report(topologyOf(uri), uri.fragment as ReportKind);
    return (
      text ?? 'The file has mistakes that keep it from being read. The Problems view has them.\n'
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
  }
}

function topologyOf(report: vscode.Uri): string {
  return report.query;
}
