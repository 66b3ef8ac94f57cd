import assert from 'node:assert/strict';
import { after, before, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import { describeOnPage } from './bridge.ts';
import { exampleUri, extensionApi, filledTag, until } from './lab.ts';
import { QuickInput } from './quick-input.ts';
import { useTheme } from './theme.ts';

/** Of the lab that suites of earlier windows have started and filled. */
describeOnPage('the files of a checkpoint, in the Explorer', function (bridge) {
  const topology = exampleUri('small-lab.dr.yaml').toString();
  const input = new QuickInput(bridge);
  let api: ExtensionApi;

  before(async function () {
    this.timeout(90_000);
    api = await extensionApi();
    const lab = await until('the lab', () => api.labs.of(topology));
    const [vpg] = lab.snapshot.vpgs;
    const row = vpg?.checkpoints.tagged.find(({ tag }) => tag === filledTag);
    // Where the programs are missing that fill a disk there is none.
    if (!row) this.skip();
    await vscode.commands.executeCommand('tidemark.vpg.browseFiles', {
      uri: topology,
      vpg: 'shop',
      row,
    });
    await bridge.setViewport({ width: 1400, height: 900 });
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await useTheme('dark');
  });

  const row = (name: string): string =>
    `.explorer-folders-view .monaco-list-row:has(:text-is(${JSON.stringify(name)}))`;
  const shown = (name: string): Promise<void> =>
    bridge.waitFor({ selector: row(name), timeout: 30_000 });

  it('are a folder beside the one that is open', async () => {
    const folder = await until('the folder', () => vscode.workspace.workspaceFolders?.[1]);
    assert.equal(folder.uri.scheme, 'tidemark');
    assert.match(folder.name, /^shop at \d\d:\d\d:\d\d$/);
    await shown(folder.name);
    await shown('web');
  });

  it('unfold down to a file, which opens and cannot be changed', async function () {
    this.timeout(90_000);
    // The only disk of the VM is drawn in its row.
    for (const name of ['db', '1', 'a note.txt']) {
      await shown(name);
      await bridge.click({ selector: row(name) });
    }
    const editor = await until('the file', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.path.endsWith('/db/data/1/a note.txt') ? active : undefined;
    });
    assert.equal(editor.document.getText(), 'as it was\n');
    await bridge.click({ selector: '.monaco-editor .view-lines' });
    await bridge.type({ text: 'not any more' });
    await bridge.waitFor({ selector: '.monaco-editor-overlaymessage:has-text("as they were")' });
    assert.equal(editor.document.getText(), 'as it was\n');
    assert.equal(editor.document.isDirty, false);
    for (const theme of ['dark', 'light'] as const) {
      await useTheme(theme);
      await bridge.screenshot({ name: `browsed-files-${theme}` });
    }
  });

  it('are out of reach without the lab, while its reports are not', async function () {
    this.timeout(90_000);
    await vscode.commands.executeCommand('tidemark.lab.stop', topology);
    assert.equal(api.labs.of(topology), undefined);
    const showing = vscode.commands.executeCommand('tidemark.lab.report', topology);
    await input.answer('Of which operation?', 'mount of shop');
    await showing;
    const report = await until('the report', () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'tidemark-recovery'),
    );
    assert.match(report.getText(), /^# Mount of disks to be read: shop\n/);
  });
});
