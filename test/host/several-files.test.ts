import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import type { OutlineNode } from '../../src/language/protocol.ts';
import { exampleUri, extensionApi, ruleOf, textAt, until } from './lab.ts';

describe('a topology of several files', () => {
  const root = exampleUri('split-lab/lab.dr.yaml');
  const vpgs = exampleUri('split-lab/vpgs/file-server.dr.yaml');
  const recovery = exampleUri('split-lab/sites/recovery.dr.yaml');
  const drills = exampleUri('split-lab/drills/outages.dr.yaml');
  const drill = 'link-down-ten-minutes';
  let api: ExtensionApi;

  before(async () => {
    api = await extensionApi();
    await until('the split lab', () =>
      api.outlines.get(root.toString())?.files.length === 5 ? true : undefined,
    );
  });

  after(async () => {
    // The window is reloaded after this suite, and asks about what is not saved.
    await vscode.workspace.saveAll(false);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const mendedBy = async (uri: vscode.Uri, from: string, to: string): Promise<void> => {
    const document = await vscode.workspace.openTextDocument(uri);
    const start = document.getText().indexOf(from);
    assert.ok(start >= 0, from);
    const edit = new vscode.WorkspaceEdit();
    const range = new vscode.Range(
      document.positionAt(start),
      document.positionAt(start + from.length),
    );
    edit.replace(uri, range, to);
    assert.ok(await vscode.workspace.applyEdit(edit));
  };

  const rulesIn = (uri: vscode.Uri): string[] => vscode.languages.getDiagnostics(uri).map(ruleOf);

  it('is one topology: its parts are none of their own', () => {
    const uris = api.outlines.all().map(({ uri }) => uri);
    assert.ok(uris.includes(root.toString()));
    for (const part of [vpgs, recovery, drills]) assert.ok(!uris.includes(part.toString()));
    for (const part of [root, vpgs, recovery, drills]) assert.deepEqual(rulesIn(part), []);
  });

  it('leads from the tree and the Test Explorer to the file that holds the entry', async () => {
    const outline = api.outlines.get(root.toString());
    const find = (nodes: readonly OutlineNode[], id: string): OutlineNode | undefined =>
      nodes.flatMap((node) => (node.id === id ? [node] : (find(node.children, id) ?? [])))[0];
    const host = find(outline?.nodes ?? [], 'sites/DR_Site/hosts/esx-d1');
    assert.equal(host?.uri, recovery.toString());
    const { start, end } = host.range;
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    assert.equal(await textAt(recovery, range), 'esx-d1');
    const item = api.tests.controller.items
      .get(root.toString())
      ?.children.get(`${root.toString()}#${drill}`);
    assert.equal(item?.uri?.toString(), drills.toString());
  });

  it('has a finding where the mistake is, though another file was changed', async () => {
    await mendedBy(recovery, 'esx-d1:', 'esx-d7:');
    await until('the finding in the VPG', () =>
      rulesIn(vpgs).includes('reference/unknown') ? true : undefined,
    );
    await mendedBy(recovery, 'esx-d7:', 'esx-d1:');
    await until('its end', () => (rulesIn(vpgs).length === 0 ? true : undefined));
  });

  it('goes to names, and renames them, across files', async () => {
    const document = await vscode.workspace.openTextDocument(vpgs);
    const at = document.positionAt(document.getText().indexOf('esx-d1') + 2);
    const found = await vscode.commands.executeCommand<vscode.Location[]>(
      'vscode.executeDefinitionProvider',
      vpgs,
      at,
    );
    assert.deepEqual(
      found.map(({ uri }) => uri.toString()),
      [recovery.toString()],
    );
    const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      vpgs,
      at,
      'esx-new',
    );
    assert.deepEqual(
      edit
        .entries()
        .map(([uri]) => uri.toString())
        .sort(),
      [recovery.toString(), vpgs.toString()].sort(),
    );
  });

  it('has its lenses in the part, and its drill runs on all files as they stand', async () => {
    await vscode.window.showTextDocument(drills);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      drills,
      20,
    );
    const lens = lenses.find(({ command }) => command?.title === 'Run Drill');
    assert.deepEqual(lens?.command?.arguments, [root.toString(), drill]);
    await vscode.commands.executeCommand('tidemark.drill.run', root.toString(), drill);
    const result = api.results.get(root.toString(), drill);
    assert.equal(result?.outcome.verdict, 'passed');
    assert.equal(result.outcome.range.uri, drills.toString());
    assert.equal(api.results.isStale(result), false);
  });

  it('a result is old when any of its files says something else', async () => {
    const result = api.results.get(root.toString(), drill);
    assert.ok(result);
    await mendedBy(vpgs, 'rpo: 5m', 'rpo: 6m');
    await until('the result to be old', () => (api.results.isStale(result) ? true : undefined));
    await mendedBy(vpgs, 'rpo: 6m', 'rpo: 5m');
    await until('the result to be right again', () =>
      api.results.isStale(result) ? undefined : true,
    );
  });
});
