/** The view of the alerts that stand now. Those that are over are in the list of `Show Alerts`. */
import * as vscode from 'vscode';
import { commands, views } from '../ids.ts';
import type { Outlines } from '../outlines.ts';
import { toVscodeRange } from '../ranges.ts';
import {
  alertRows,
  describeAlert,
  detailsOf,
  tooltipOf,
  type AlertNode,
  type AlertRow,
} from './alert-rows.ts';
import type { Labs } from './labs.ts';

const icons = {
  error: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  warning: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
};

export class AlertsView implements vscode.TreeDataProvider<AlertNode>, vscode.Disposable {
  readonly view: vscode.TreeView<AlertNode>;
  readonly #outlines: Outlines;
  readonly #labs: Labs;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  /** What is drawn: a lab tells of itself every second, and an alert stands for hours. */
  #shown = '';
  #rows: readonly AlertRow[] = [];

  constructor(outlines: Outlines, labs: Labs) {
    this.#outlines = outlines;
    this.#labs = labs;
    this.view = vscode.window.createTreeView(views.alerts, { treeDataProvider: this });
    const look = (): void => {
      this.#look();
    };
    this.#subscriptions = [labs.onDidChange(look), outlines.onDidChange(look)];
  }

  getTreeItem(node: AlertNode): vscode.TreeItem {
    switch (node.kind) {
      case 'alert':
        return alertItem(node);
      case 'vpg':
        return this.#vpgItem(node);
      case 'fact': {
        const item = leaf(node.text, node.key, node.icon);
        item.tooltip = node.text;
        return item;
      }
      case 'page': {
        const item = leaf(`What ${node.id} means`, node.key, 'book');
        item.command = {
          title: 'What This Alert Means',
          command: commands.explainAlert,
          arguments: [node],
        };
        return item;
      }
    }
  }

  getChildren(node?: AlertNode): AlertNode[] {
    if (!node) return [...this.#rows];
    return node.kind === 'alert' ? detailsOf(node) : [];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.view, this.#changed).dispose();
  }

  #look(): void {
    const sources = this.#labs.all().map(({ uri, snapshot }) => ({
      uri,
      name: this.#outlines.get(uri)?.name ?? uri,
      snapshot,
    }));
    this.#rows = alertRows(sources);
    const looks = JSON.stringify(this.#rows.map((row) => [row.key, row.lab, row.alert]));
    if (looks === this.#shown) return;
    this.#shown = looks;
    const count = this.#rows.length;
    const tooltip = count === 1 ? '1 alert stands' : `${String(count)} alerts stand`;
    this.view.badge = count === 0 ? undefined : { value: count, tooltip };
    this.#changed.fire(undefined);
  }

  /** It leads to where the file declares the VPG. */
  #vpgItem({ uri, vpg, key }: Extract<AlertNode, { kind: 'vpg' }>): vscode.TreeItem {
    const item = leaf(vpg, key, 'shield');
    item.description = 'Go to the VPG';
    const nodes = this.#outlines.get(uri)?.nodes.find(({ kind }) => kind === 'vpgs')?.children;
    const declared = nodes?.find(({ label }) => label === vpg);
    if (!declared) return item;
    item.command = {
      title: 'Go to the VPG in the File',
      command: 'vscode.open',
      arguments: [
        vscode.Uri.parse(declared.uri ?? uri),
        { selection: toVscodeRange(declared.range) },
      ],
    };
    return item;
  }
}

function alertItem(row: AlertRow): vscode.TreeItem {
  const { alert, key } = row;
  const item = new vscode.TreeItem(alert.id, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = key;
  item.description = describeAlert(row);
  item.tooltip = tooltipOf(row);
  item.iconPath = icons[alert.level];
  item.contextValue = 'alert';
  // Without it a screen reader is told the tooltip.
  item.accessibilityInformation = { label: `${alert.level} ${alert.id}: ${describeAlert(row)}` };
  return item;
}

function leaf(label: string, id: string, icon: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.id = id;
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}
