import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import type { TreeNode } from '../../src/extension/tree-nodes.ts';
import { exampleUri, extensionApi, until } from './lab.ts';

describe('the topology tree', () => {
  const uri = exampleUri('seed-lab.dr.yaml');
  let api: ExtensionApi;

  before(async () => {
    api = await extensionApi();
    await until('both examples', () => (api.outlines.all().length >= 2 ? true : undefined));
  });

  const labelOf = (node: TreeNode): string => {
    const { label } = api.tree.getTreeItem(node);
    return typeof label === 'string' ? label : (label?.label ?? '');
  };

  const child = (parent: TreeNode | undefined, label: string): TreeNode => {
    const children = api.tree.getChildren(parent);
    const found = children.find((node) => labelOf(node) === label);
    assert.ok(found, `no ${label} among ${children.map(labelOf).join(', ')}`);
    return found;
  };

  const pathIn = (topology: vscode.Uri, ...labels: string[]): TreeNode => {
    const file = api.tree
      .getChildren()
      .find((node) => node.kind === 'file' && node.outline.uri === topology.toString());
    assert.ok(file, `${topology.path} has no item of its own`);
    return labels.reduce((node, label) => child(node, label), file);
  };
  const path = (...labels: string[]): TreeNode => pathIn(uri, ...labels);

  it('shows every topology file of the workspace, opened or not', () => {
    const shown = api.tree.getChildren().map(labelOf);
    for (const name of [
      'The eve of the cutover',
      'There and back again',
      'Two sites, two NICs',
      'Two sites in several files',
    ]) {
      assert.ok(shown.includes(name), `${name} is not among ${shown.join(', ')}`);
    }
  });

  it('shows sites with their ZVM, hosts with VRAs, datastores and networks', () => {
    const site = path('Sites', 'Prod_Site');
    assert.deepEqual(api.tree.getChildren(site).map(labelOf), [
      'ZVM',
      'Hosts',
      'Datastores',
      'Networks',
      'VMs',
    ]);
    assert.equal(
      api.tree.getTreeItem(path('Sites', 'Prod_Site', 'ZVM')).description,
      '192.168.100.10',
    );
    const vra = path('Sites', 'DR_Site', 'Hosts', 'esx-d1', 'VRA');
    assert.equal(api.tree.getTreeItem(vra).description, '10.10.10.21');
  });

  it('leads from an item to its place in the file', async () => {
    const { command } = api.tree.getTreeItem(path('VPGs', 'file-server'));
    assert.ok(command);
    await vscode.commands.executeCommand(
      command.command,
      ...((command.arguments ?? []) as unknown[]),
    );
    const editor = await until('the editor', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.toString() === uri.toString() ? active : undefined;
    });
    assert.equal(editor.document.getText(editor.selection), 'file-server');
  });

  it('keeps the ids of its items when the text around them changes', async () => {
    const editor = await vscode.window.showTextDocument(uri);
    const before = api.tree.getTreeItem(path('VPGs', 'file-server')).id;
    const version = api.outlines.get(uri.toString())?.version ?? 0;
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), '# one more line\n');
    });
    await until('a newer outline', () =>
      (api.outlines.get(uri.toString())?.version ?? 0) > version ? true : undefined,
    );
    assert.equal(api.tree.getTreeItem(path('VPGs', 'file-server')).id, before);
    await vscode.commands.executeCommand('undo');
  });

  it('marks what has errors, for eyes and for screen readers', () => {
    const item = api.tree.getTreeItem(pathIn(exampleUri('broken-lab.dr.yaml'), 'Sites', 'Prod_A'));
    assert.match(item.accessibilityInformation?.label ?? '', /has errors/);
    assert.ok(item.iconPath instanceof vscode.ThemeIcon && item.iconPath.color);
  });
});
