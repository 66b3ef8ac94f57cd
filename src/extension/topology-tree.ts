/** The tree in the activity bar: what the files declare, and what a running lab or the last drill shows of it. */
import * as vscode from 'vscode';
import type { VpgSnapshot } from '../engine/api.ts';
import type { OutlineNode } from '../language/protocol.ts';
import { checkpointRows, countRows } from './checkpoint-rows.ts';
import type { DrillResults } from './drill-results.ts';
import { views } from './ids.ts';
import { liveItems, type LiveItem } from './lab/live-items.ts';
import type { Labs } from './lab/labs.ts';
import type { Outlines } from './outlines.ts';
import { toTreeItem } from './tree-items.ts';
import type { TreeNode } from './tree-nodes.ts';

/** Rows of checkpoints that are shown at first, and with every further page. */
export const pageSize = 100;

export class TopologyTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  readonly #outlines: Outlines;
  readonly #results: DrillResults;
  readonly #labs: Labs;
  /** What is shown of the running labs, by topology: nothing is drawn anew that looks as before. */
  readonly #live = new Map<string, ReadonlyMap<string, LiveItem>>();
  readonly #nodes = new WeakMap<OutlineNode, TreeNode>();
  readonly #changed = new vscode.EventEmitter<TreeNode | TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  /** How many rows of a VPG's checkpoints are shown, by file and VPG. */
  readonly #shown = new Map<string, number>();

  constructor(outlines: Outlines, results: DrillResults, labs: Labs) {
    this.#labs = labs;
    this.#outlines = outlines;
    this.#results = results;
    this.view = vscode.window.createTreeView(views.topology, {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.#subscriptions = [
      outlines.onDidChange((uri) => {
        this.#live.delete(uri);
        this.#followLab(uri);
        this.refresh();
      }),
      labs.onDidChange((uri) => {
        this.#followLab(uri);
      }),
      results.onDidChange((uri) => {
        for (const key of this.#shown.keys()) {
          if (key.startsWith(`${uri}#`)) this.#shown.delete(key);
        }
        this.refresh();
      }),
    ];
  }

  refresh(): void {
    this.#changed.fire(undefined);
    this.view.badge = this.#badge();
  }

  showMore(uri: string, vpg: string): void {
    const key = `${uri}#${vpg}`;
    this.#shown.set(key, (this.#shown.get(key) ?? pageSize) + pageSize);
    this.#changed.fire(undefined);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind !== 'entry') return toTreeItem(node, { journaled: false, live: undefined });
    const { uri, node: entry } = node;
    return toTreeItem(node, {
      journaled: entry.kind === 'vpg' && this.#checkpointsOf(node).length > 0,
      live: this.#live.get(uri)?.get(entry.id),
    });
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (!node) return this.#roots();
    switch (node.kind) {
      case 'file':
        return this.#entries(node.outline.uri, node.outline.nodes);
      case 'entry':
        return [...this.#checkpointsOf(node), ...this.#entries(node.uri, node.node.children)];
      case 'checkpoints':
        return this.#rows(node.uri, node.vpg, node.drill === undefined);
      case 'row':
      case 'more':
        return [];
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.view, this.#changed).dispose();
  }

  /** With a single file its groups are the roots: one level less to open. */
  #roots(): TreeNode[] {
    const outlines = this.#outlines.all();
    const [only, ...others] = outlines;
    if (only && others.length === 0) return this.#entries(only.uri, only.nodes);
    return outlines.map((outline) => ({
      kind: 'file',
      outline,
      runs: this.#labs.of(outline.uri) !== undefined,
    }));
  }

  #checkpointsOf({ uri, node }: { uri: string; node: OutlineNode }): TreeNode[] {
    if (node.kind !== 'vpg') return [];
    const live = this.#labs.of(uri)?.snapshot.vpgs.find(({ name }) => name === node.label);
    if (live) return [{ kind: 'checkpoints', uri, vpg: live, drill: undefined, stale: false }];
    const result = this.#results.latest(uri);
    const vpg = result?.outcome.timeline.snapshot.vpgs.find(({ name }) => name === node.label);
    if (!result || !vpg) return [];
    const stale = this.#results.isStale(result);
    return [{ kind: 'checkpoints', uri, vpg, drill: result.outcome.name, stale }];
  }

  #rows(uri: string, vpg: VpgSnapshot, live: boolean): TreeNode[] {
    const now = live ? this.#labs.of(uri)?.snapshot.now : undefined;
    const limit = this.#shown.get(`${uri}#${vpg.name}`) ?? pageSize;
    const rows: TreeNode[] = checkpointRows(vpg, limit).map((row) => ({
      kind: 'row',
      uri,
      vpg: vpg.name,
      row,
      now,
    }));
    const left = countRows(vpg) - rows.length;
    return left > 0 ? [...rows, { kind: 'more', uri, vpg, left }] : rows;
  }

  /** Draws anew what of a lab looks different, and nothing else: somebody may be about to click. */
  #followLab(uri: string): void {
    const lab = this.#labs.of(uri);
    const nodes = this.#outlines.get(uri)?.nodes;
    const before = this.#live.get(uri);
    if (!lab || !nodes) {
      if (this.#live.delete(uri)) this.refresh();
      return;
    }
    const items = liveItems(nodes, lab.snapshot);
    this.#live.set(uri, items);
    if (!before) {
      this.refresh();
      return;
    }
    const changed = entriesBelow(nodes)
      .filter(({ id }) => looksOf(items.get(id)) !== looksOf(before.get(id)))
      .map((node) => this.#entry(uri, node));
    if (changed.length > 0) this.#changed.fire(changed);
  }

  /** The same one for the same entry: the editor knows nodes by what they are. */
  #entry(uri: string, node: OutlineNode): TreeNode {
    const known = this.#nodes.get(node);
    if (known) return known;
    const entry: TreeNode = { kind: 'entry', uri, node };
    this.#nodes.set(node, entry);
    return entry;
  }

  #entries(uri: string, nodes: readonly OutlineNode[]): TreeNode[] {
    return nodes.map((node) => this.#entry(uri, node));
  }

  #badge(): vscode.ViewBadge | undefined {
    const failed = this.#results.all().filter(({ outcome }) => outcome.verdict === 'failed').length;
    if (failed === 0) return undefined;
    return {
      value: failed,
      tooltip: `${String(failed)} failed ${failed === 1 ? 'drill' : 'drills'}`,
    };
  }
}

function entriesBelow(nodes: readonly OutlineNode[]): OutlineNode[] {
  return nodes.flatMap((node) => [node, ...entriesBelow(node.children)]);
}

function looksOf(item: LiveItem | undefined): string {
  return JSON.stringify(item);
}
