/** How the tree's nodes look. Ids stay the same over refreshes, so that what is open stays open. */
import * as vscode from 'vscode';
import type { OutlineKind, OutlineNode } from '../language/protocol.ts';
import { describeCause, formatLength, formatOffset } from './checkpoint-rows.ts';
import type { DrillResults } from './drill-results.ts';
import { commands } from './ids.ts';
import { toVscodeRange } from './ranges.ts';
import type { TreeNode } from './tree-nodes.ts';

const icons: Record<OutlineKind, string> = {
  sites: 'home',
  site: 'home',
  zvm: 'server-process',
  nic: 'plug',
  hosts: 'server',
  host: 'server',
  vra: 'sync',
  datastores: 'database',
  datastore: 'database',
  networks: 'globe',
  network: 'globe',
  vms: 'vm',
  vm: 'vm',
  links: 'arrow-both',
  link: 'arrow-both',
  vpgs: 'shield',
  vpg: 'shield',
  'protected-vm': 'vm',
  drills: 'beaker',
  drill: 'beaker',
};

const openAtFirst: ReadonlySet<OutlineKind> = new Set(['sites', 'vpgs', 'vpg']);

const colours = {
  error: new vscode.ThemeColor('list.errorForeground'),
  warning: new vscode.ThemeColor('list.warningForeground'),
};

export function toTreeItem(node: TreeNode, results: DrillResults): vscode.TreeItem {
  switch (node.kind) {
    case 'file':
      return fileItem(node);
    case 'entry':
      return entryItem(node.uri, node.node, results);
    case 'checkpoints':
      return checkpointsItem(node);
    case 'row':
      return rowItem(node);
    case 'more':
      return moreItem(node);
  }
}

function fileItem({ outline }: Extract<TreeNode, { kind: 'file' }>): vscode.TreeItem {
  const uri = vscode.Uri.parse(outline.uri);
  const item = new vscode.TreeItem(outline.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = outline.uri;
  item.resourceUri = uri;
  item.description = vscode.workspace.asRelativePath(uri);
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = 'file';
  item.command = { title: 'Open', command: 'vscode.open', arguments: [uri] };
  return item;
}

function entryItem(uri: string, node: OutlineNode, results: DrillResults): vscode.TreeItem {
  const drilled = node.kind === 'vpg' && results.latest(uri) !== undefined;
  const leaf = node.children.length === 0 && !drilled;
  const item = new vscode.TreeItem(
    node.label,
    leaf
      ? vscode.TreeItemCollapsibleState.None
      : openAtFirst.has(node.kind)
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `${uri}#${node.id}`;
  item.description = node.description;
  item.tooltip = tooltipOf(node);
  item.contextValue = node.kind;
  item.iconPath =
    node.health === 'ok'
      ? new vscode.ThemeIcon(icons[node.kind])
      : new vscode.ThemeIcon(icons[node.kind], colours[node.health]);
  item.accessibilityInformation = {
    label: [node.label, node.description, healthText(node)].filter(Boolean).join(', '),
  };
  item.command = {
    title: 'Go to the Place in the File',
    command: 'vscode.open',
    arguments: [vscode.Uri.parse(node.uri ?? uri), { selection: toVscodeRange(node.range) }],
  };
  return item;
}

function healthText(node: OutlineNode): string {
  if (node.health === 'ok') return '';
  return node.health === 'error' ? 'has errors' : 'has warnings';
}

function tooltipOf(node: OutlineNode): string {
  const health = healthText(node);
  return health ? `${node.tooltip}\nThis entry ${health}.` : node.tooltip;
}

function checkpointsItem(node: Extract<TreeNode, { kind: 'checkpoints' }>): vscode.TreeItem {
  const { vpg } = node;
  const item = new vscode.TreeItem('Checkpoints', vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${node.uri}#${vpg.name}#checkpoints`;
  const gaps = vpg.gaps.length === 1 ? '1 gap' : `${String(vpg.gaps.length)} gaps`;
  const when = node.stale ? ' (before the file was changed)' : '';
  item.description = `${vpg.checkpoints.count.toLocaleString('en')}, ${gaps} · ${node.drill}${when}`;
  item.tooltip = [
    `${vpg.name} after the drill ${node.drill}${when}`,
    `${vpg.status} (${vpg.subStatus}), health ${vpg.health}`,
    `Journal history: ${formatLength(vpg.history)} of ${formatLength(vpg.configuredHistory)}`,
  ].join('\n');
  item.iconPath = new vscode.ThemeIcon(
    'history',
    vpg.health === 'ok' ? new vscode.ThemeColor('testing.iconPassed') : colours[vpg.health],
  );
  // Without it a screen reader is told the tooltip.
  item.accessibilityInformation = {
    label: `Checkpoints of ${vpg.name}: ${vpg.checkpoints.count.toLocaleString('en')}, ${gaps}`,
  };
  item.contextValue = 'checkpoints';
  return item;
}

function rowItem({ uri, vpg, row }: Extract<TreeNode, { kind: 'row' }>): vscode.TreeItem {
  if (row.kind === 'checkpoint') {
    const item = new vscode.TreeItem(formatOffset(row.time));
    item.id = `${uri}#${vpg}#checkpoint/${String(row.id)}`;
    item.description = row.tag ?? '';
    item.tooltip = `Checkpoint ${String(row.id)} at ${formatOffset(row.time)} from the drill's start`;
    item.iconPath = new vscode.ThemeIcon(row.tag === undefined ? 'circle-small-filled' : 'tag');
    item.contextValue = 'checkpoint';
    return item;
  }
  const { gap } = row;
  const length = gap.to === undefined ? 'still open' : formatLength(gap.to - gap.from);
  const item = new vscode.TreeItem(`No checkpoints: ${length}`);
  item.id = `${uri}#${vpg}#gap/${String(gap.from)}`;
  const end = gap.to === undefined ? 'now' : formatOffset(gap.to);
  item.description = `${formatOffset(gap.from)} to ${end}, ${describeCause(gap)}`;
  item.tooltip = `No checkpoint was made from ${formatOffset(gap.from)} to ${end}, because ${describeCause(gap)}.`;
  item.iconPath = new vscode.ThemeIcon('warning', colours.warning);
  item.contextValue = 'gap';
  return item;
}

function moreItem({ uri, vpg, left }: Extract<TreeNode, { kind: 'more' }>): vscode.TreeItem {
  const item = new vscode.TreeItem('Show more…');
  item.id = `${uri}#${vpg.name}#more`;
  item.description = `${left.toLocaleString('en')} older`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = {
    title: 'Show More Checkpoints',
    command: commands.showMoreCheckpoints,
    arguments: [uri, vpg.name],
  };
  return item;
}
