/** How the tree's nodes look. Ids stay the same over refreshes, so that what is open stays open. */
import * as vscode from 'vscode';
import type { OutlineKind, OutlineNode } from '../language/protocol.ts';
import { describeCause, formatLength, formatOffset } from './checkpoint-rows.ts';
import { commands } from './ids.ts';
import { clockTime } from './lab/clock-time.ts';
import type { LiveItem } from './lab/live-items.ts';
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

const tints: Record<LiveItem['tint'], vscode.ThemeColor> = {
  ok: new vscode.ThemeColor('testing.iconPassed'),
  ...colours,
  off: new vscode.ThemeColor('disabledForeground'),
};

/** What is known of an entry beside what its file says. */
export interface EntryState {
  /** Whether it has checkpoints to show. */
  readonly journaled: boolean;
  readonly live: LiveItem | undefined;
}

export function toTreeItem(node: TreeNode, state: EntryState): vscode.TreeItem {
  switch (node.kind) {
    case 'file':
      return fileItem(node);
    case 'entry':
      return entryItem(node.uri, node.node, state);
    case 'checkpoints':
      return checkpointsItem(node);
    case 'row':
      return rowItem(node);
    case 'more':
      return moreItem(node);
  }
}

function fileItem({ outline, runs }: Extract<TreeNode, { kind: 'file' }>): vscode.TreeItem {
  const uri = vscode.Uri.parse(outline.uri);
  const item = new vscode.TreeItem(outline.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = outline.uri;
  item.resourceUri = uri;
  const path = vscode.workspace.asRelativePath(uri);
  item.description = runs ? `running · ${path}` : path;
  item.iconPath = runs ? new vscode.ThemeIcon('vm-running', tints.ok) : vscode.ThemeIcon.File;
  item.contextValue = runs ? 'file;lab' : 'file';
  item.command = { title: 'Open', command: 'vscode.open', arguments: [uri] };
  return item;
}

function entryItem(uri: string, node: OutlineNode, state: EntryState): vscode.TreeItem {
  const { journaled, live } = state;
  const leaf = node.children.length === 0 && !journaled;
  const item = new vscode.TreeItem(
    node.label,
    leaf
      ? vscode.TreeItemCollapsibleState.None
      : openAtFirst.has(node.kind)
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `${uri}#${node.id}`;
  const description = live?.description ?? node.description;
  item.description = description;
  item.tooltip = [tooltipOf(node), ...(live?.tooltip ?? [])].join('\n');
  item.contextValue = live ? `${node.kind};${live.context}` : node.kind;
  // What runs matters more than what the linter thinks of it; the file's own findings stay in the tooltip.
  const declared = node.health === 'ok' ? undefined : colours[node.health];
  item.iconPath = new vscode.ThemeIcon(icons[node.kind], live ? tints[live.tint] : declared);
  item.accessibilityInformation = {
    label: [node.label, description, healthText(node)].filter(Boolean).join(', '),
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
  const from = node.drill === undefined ? '' : ` · ${node.drill}${when}`;
  item.description = `${vpg.checkpoints.count.toLocaleString('en')}, ${gaps}${from}`;
  item.tooltip = [
    node.drill === undefined
      ? `${vpg.name} in the running lab`
      : `${vpg.name} after the drill ${node.drill}${when}`,
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
  item.contextValue = node.drill === undefined ? 'checkpoints;lab' : 'checkpoints';
  return item;
}

function rowItem({ uri, vpg, row, now }: Extract<TreeNode, { kind: 'row' }>): vscode.TreeItem {
  const at = (time: number): string =>
    now === undefined ? formatOffset(time) : clockTime(time, now);
  if (row.kind === 'checkpoint') {
    const item = new vscode.TreeItem(at(row.time));
    item.id = `${uri}#${vpg}#checkpoint/${String(row.id)}`;
    item.description = row.tag ?? '';
    const from = now === undefined ? " from the drill's start" : '';
    item.tooltip = `Checkpoint ${String(row.id)} at ${at(row.time)}${from}`;
    item.iconPath = new vscode.ThemeIcon(row.tag === undefined ? 'circle-small-filled' : 'tag');
    item.contextValue = now === undefined ? 'checkpoint' : 'checkpoint;lab';
    return item;
  }
  const { gap } = row;
  const length =
    gap.to !== undefined
      ? formatLength(gap.to - gap.from)
      : now === undefined
        ? 'still open'
        : `${formatLength(now - gap.from)}, still open`;
  const item = new vscode.TreeItem(`No checkpoints: ${length}`);
  item.id = `${uri}#${vpg}#gap/${String(gap.from)}`;
  const end = gap.to === undefined ? 'now' : at(gap.to);
  item.description = `${at(gap.from)} to ${end}, ${describeCause(gap)}`;
  item.tooltip = `No checkpoint was made from ${at(gap.from)} to ${end}, because ${describeCause(gap)}.`;
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
