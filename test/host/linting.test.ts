import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { itOnPage } from './bridge.ts';
import { useTheme } from './theme.ts';
import { diagnosticsOf, exampleUri, ruleOf, textAt, until } from './lab.ts';

describe('linting in the editor', () => {
  const broken = exampleUri('broken-lab.dr.yaml');
  const clean = exampleUri('seed-lab.dr.yaml');

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('finds nothing wrong with the seed lab', async () => {
    await vscode.window.showTextDocument(clean);
    await diagnosticsOf(broken);
    const wrong = vscode.languages
      .getDiagnostics(clean)
      .filter(({ severity }) => severity <= vscode.DiagnosticSeverity.Warning);
    assert.deepEqual(
      wrong.map(({ message }) => message),
      [],
    );
  });

  it('underlines each of the broken lab’s network mistakes at its place', async () => {
    await vscode.window.showTextDocument(broken);
    const found = await diagnosticsOf(broken);
    const at = async (rule: string): Promise<string[]> => {
      const ranges = found.filter((each) => ruleOf(each) === rule).map(({ range }) => range);
      return Promise.all(ranges.map((range) => textAt(broken, range)));
    };
    assert.deepEqual(await at('zvm/route-unknown-destination'), ['102.168.200.0/24']);
    assert.deepEqual(await at('zvm/two-default-gateways'), ['192.168.100.1']);
    assert.deepEqual(await at('network/nat'), ['true']);
    assert.deepEqual(await at('vra/dhcp'), ['dhcp']);
    assert.ok((await at('zvm/missing-route')).length > 0);
    assert.ok((await at('network/overlap')).length > 0);
    assert.deepEqual(await at('zvm/single-in-protected-site'), ['zvm']);
  });

  it('links every diagnostic to the page of its rule', async () => {
    for (const diagnostic of await diagnosticsOf(broken)) {
      assert.equal(diagnostic.source, 'tidemark');
      assert.ok(typeof diagnostic.code === 'object', `no link: ${diagnostic.message}`);
      assert.match(diagnostic.code.target.path, /docs\/rules\/[a-z-]+\/[a-z-]+\.md$/);
    }
  });

  it('mends the typo in a route with the quick fix', async () => {
    const editor = await vscode.window.showTextDocument(broken);
    const [typo] = await diagnosticsOf(broken, 'zvm/route-unknown-destination');
    assert.ok(typo);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      broken,
      typo.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ title }) => title.includes('192.168.200.0/24'));
    assert.ok(fix?.edit, `offered: ${actions.map(({ title }) => title).join(', ')}`);
    await vscode.workspace.applyEdit(fix.edit);
    assert.equal(editor.document.getText(typo.range), '192.168.200.0/24');
    await until('the finding to go', () =>
      vscode.languages.getDiagnostics(broken).some((d) => ruleOf(d) === ruleOf(typo))
        ? undefined
        : true,
    );
  });

  it('follows what is typed, and survives a file that is no YAML for a moment', async () => {
    const editor = await vscode.window.showTextDocument(clean);
    const end = editor.document.positionAt(editor.document.getText().length);
    await editor.edit((edit) => {
      edit.insert(end, '\nlinks: [{{\n');
    });
    const found = await diagnosticsOf(clean);
    assert.ok(found.some((each) => ruleOf(each).startsWith('yaml/')));
    await vscode.commands.executeCommand('undo');
    await until('the findings to go', () =>
      vscode.languages.getDiagnostics(clean).some((each) => ruleOf(each).startsWith('yaml/'))
        ? undefined
        : true,
    );
  });

  /** Runs the only task there is, to its exit status. */
  const runTask = async (): Promise<number | undefined> => {
    const [task] = await vscode.tasks.fetchTasks({ type: 'tidemark' });
    assert.ok(task);
    assert.deepEqual(task.problemMatchers, ['$tidemark']);
    const ended = new Promise<number | undefined>((resolve) => {
      const listener = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== task.name) return;
        listener.dispose();
        resolve(exitCode);
      });
    });
    await vscode.tasks.executeTask(task);
    const status = await ended;
    await vscode.commands.executeCommand('workbench.action.closePanel');
    return status;
  };

  it('offers the command line as a task, with its findings as problems', async () => {
    await diagnosticsOf(broken);
    assert.equal(await runTask(), 1);
  });

  it('hands the severities of the settings to the task, which refuses rules that there are not', async () => {
    await diagnosticsOf(broken);
    const settings = vscode.workspace.getConfiguration('tidemark', broken);
    const set = (rules: object | undefined) =>
      settings.update('lint.rules', rules, vscode.ConfigurationTarget.Workspace);
    await set({ 'vra/none-such': 'off' });
    try {
      assert.equal(await runTask(), 2);
    } finally {
      await set(undefined);
    }
  });

  itOnPage('shows the findings in the Problems view', async (bridge) => {
    await vscode.window.showTextDocument(broken);
    await diagnosticsOf(broken);
    await vscode.commands.executeCommand('workbench.panel.markers.view.focus');
    await bridge.waitFor({ selector: '.markers-panel .monaco-list-row' });
    await useTheme('light');
    await bridge.screenshot({ name: 'problems' });
    await vscode.commands.executeCommand('workbench.action.closePanel');
  });
});
