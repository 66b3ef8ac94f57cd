import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import { pageSize } from '../../src/extension/topology-tree.ts';
import type { TreeNode } from '../../src/extension/tree-nodes.ts';
import { itOnPage } from './bridge.ts';
import { useTheme } from './theme.ts';
import { exampleUri, extensionApi, until } from './lab.ts';

const drill = 'protected-zvm-down-70-minutes';

describe('drills', () => {
  const uri = exampleUri('seed-lab.dr.yaml');
  let api: ExtensionApi;

  before(async () => {
    api = await extensionApi();
    await until('the drills of the seed lab', () => api.tests.controller.items.get(uri.toString()));
  });

  const items = (): vscode.TestItem[] => {
    const found: vscode.TestItem[] = [];
    api.tests.controller.items.get(uri.toString())?.children.forEach((item) => found.push(item));
    return found;
  };

  const run = async (included: vscode.TestItem[]): Promise<void> => {
    await api.tests.run(new vscode.TestRunRequest(included));
  };

  it('are items of the Test Explorer, each at its line', async () => {
    const document = await vscode.workspace.openTextDocument(uri);
    await until('the outline of the latest text', () =>
      api.outlines.get(uri.toString())?.version === document.version ? true : undefined,
    );
    for (const item of items()) {
      assert.ok(item.range);
      assert.equal(document.getText(item.range), item.label);
    }
    assert.ok(items().length >= 9);
  });

  it('have a lens to run them over each of them', async () => {
    await vscode.window.showTextDocument(uri);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
      100,
    );
    const runs = lenses.filter(({ command }) => command?.title === 'Run Drill');
    assert.equal(runs.length, items().length);
  });

  const checkpointLenses = async (): Promise<vscode.CodeLens[]> => {
    await vscode.window.showTextDocument(uri);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
      100,
    );
    return lenses.filter(({ command }) => / checkpoints?, /.test(command?.title ?? ''));
  };

  it('show nothing over a VPG before any of them has run', async () => {
    assert.equal(api.results.latest(uri.toString()), undefined);
    assert.deepEqual(await checkpointLenses(), []);
  });

  it('run through the Test Explorer: 70 minutes without the protected ZVM leave one gap', async () => {
    const item = items().find(({ label }) => label === drill);
    assert.ok(item);
    await run([item]);
    const outcome = api.results.get(uri.toString(), drill)?.outcome;
    assert.equal(outcome?.verdict, 'passed', JSON.stringify(outcome?.failures));
    const [vpg] = outcome.timeline.snapshot.vpgs;
    assert.equal(vpg?.gaps.length, 1);
    const [gap] = vpg.gaps;
    assert.equal(gap?.cause, 'zvm-down');
    assert.ok(Math.abs(gap.from - 3_600_000) <= 10_000);
    assert.ok(Math.abs((gap.to ?? 0) - 7_800_000) <= 10_000);
  });

  it('leave the number of checkpoints and gaps over the VPG, which leads to the timeline', async () => {
    const vpgs = api.results.latest(uri.toString())?.outcome.timeline.snapshot.vpgs ?? [];
    const lenses = await checkpointLenses();
    const document = await vscode.workspace.openTextDocument(uri);
    assert.deepEqual(
      lenses.map(({ range, command }) => [document.getText(range), command?.title]),
      vpgs.map(({ name, checkpoints: { count }, gaps }) => {
        const checkpoints = `${count.toLocaleString('en')} checkpoints`;
        return [name, `${checkpoints}, ${gaps.length} gap (${drill})`];
      }),
    );
    const [{ command } = {}] = lenses;
    assert.deepEqual(command?.arguments, [uri.toString(), drill]);
    await vscode.commands.executeCommand(command.command, ...(command.arguments as unknown[]));
    await until('the timeline', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ label }) => label === `Timeline: ${drill}`),
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('leave their checkpoints in the tree: newest first, paged, the gap as a row of its own', () => {
    const file = api.tree
      .getChildren()
      .find((node) => node.kind === 'file' && node.outline.uri === uri.toString());
    const find = (parent: TreeNode | undefined, test: (node: TreeNode) => boolean): TreeNode => {
      const found = api.tree.getChildren(parent).find(test);
      assert.ok(found);
      return found;
    };
    const vpgs = find(file, (node) => node.kind === 'entry' && node.node.kind === 'vpgs');
    const vpg = find(vpgs, (node) => node.kind === 'entry' && node.node.label === 'file-server');
    const checkpoints = find(vpg, (node) => node.kind === 'checkpoints');
    const firstPage = api.tree.getChildren(checkpoints);
    assert.equal(firstPage.length, pageSize + 1);
    assert.equal(firstPage.at(-1)?.kind, 'more');

    let rows = firstPage;
    for (let page = 0; rows.at(-1)?.kind === 'more' && page < 50; page++) {
      api.tree.showMore(uri.toString(), 'file-server');
      rows = api.tree.getChildren(checkpoints);
    }
    const kinds = rows.map((node) => (node.kind === 'row' ? node.row.kind : node.kind));
    assert.equal(kinds.filter((kind) => kind === 'gap').length, 1);
    const times = rows.flatMap((node) =>
      node.kind === 'row' && node.row.kind === 'checkpoint' ? [node.row.time] : [],
    );
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
    const gapAt = kinds.indexOf('gap');
    assert.ok(gapAt > 0 && gapAt < rows.length - 1);
  });

  it('fail at the line of the expectation that does not hold', async () => {
    const editor = await vscode.window.showTextDocument(uri);
    const text = editor.document.getText();
    const wrong = 'cause: zvm-down';
    const at = text.indexOf(wrong);
    const range = new vscode.Range(
      editor.document.positionAt(at),
      editor.document.positionAt(at + wrong.length),
    );
    await editor.edit((edit) => {
      edit.replace(range, 'cause: link-down');
    });
    const item = items().find(({ label }) => label === drill);
    assert.ok(item);
    await run([item]);
    const outcome = api.results.get(uri.toString(), drill)?.outcome;
    assert.equal(outcome?.verdict, 'failed');
    assert.deepEqual(
      outcome.failures.map((failure) => failure.range.start.line),
      [range.start.line],
    );
    await vscode.commands.executeCommand('undo');
    const result = api.results.get(uri.toString(), drill);
    await until('the result to grow old', () =>
      result && api.results.isStale(result) ? true : undefined,
    );
    for (const { command } of await checkpointLenses()) {
      assert.match(command?.title ?? '', /, before the file was changed\)$/);
    }
    await run([item]);
    assert.equal(api.results.get(uri.toString(), drill)?.outcome.verdict, 'passed');
  });

  itOnPage('show in the Test Explorer and in the tree', async (bridge) => {
    await useTheme('dark');
    await vscode.commands.executeCommand('workbench.action.closePanel');
    await vscode.commands.executeCommand('workbench.view.testing.focus');
    await bridge.waitFor({ selector: '.test-explorer .monaco-list-row' });
    await bridge.click({ selector: '.test-explorer .monaco-list-row .monaco-tl-twistie' });
    await bridge.waitFor({ selector: '.test-explorer .monaco-list-row[aria-level="2"]' });
    await bridge.screenshot({ name: 'test-explorer' });
    await vscode.commands.executeCommand('tidemark.topology.focus');
    // Other topologies stand above and below, so what is looked for is somewhere in the middle of the tree.
    const list = '.tree-explorer-viewlet-tree-view .monaco-list';
    const reach = async (row: string): Promise<string> => {
      const selector = `.monaco-list-row[aria-label*="${row}"]`;
      await bridge.press({ selector: list, key: 'Home' });
      await until(`the row ${row}`, async () => {
        const there = await bridge.evaluate({
          script: `document.querySelector(${JSON.stringify(selector)}) !== null`,
        });
        if (there === true) return true;
        await bridge.press({ selector: list, key: 'PageDown' });
        return undefined;
      });
      return selector;
    };
    await bridge.click({ selector: await reach('Checkpoints') });
    await reach('Show more');
    await reach('Checkpoints');
    await bridge.screenshot({ name: 'tree' });
  });
});
