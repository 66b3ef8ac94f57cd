import assert from 'node:assert/strict';
import { before, it } from 'mocha';
import * as vscode from 'vscode';
import { describeOnPage } from './bridge.ts';
import { exampleUri, extensionApi, until } from './lab.ts';
import { drawnMarks, frame, storedInWorkbench, type DrawnMark } from './timeline-page.ts';
import { themes, useTheme } from './theme.ts';

const drill = 'protected-zvm-down-70-minutes';

describeOnPage('the timeline', (bridge) => {
  const uri = exampleUri('seed-lab.dr.yaml').toString();

  before(async () => {
    await extensionApi().then(({ outlines }) =>
      until('the seed lab', () => outlines.get(uri)?.drills.length),
    );
    await bridge.setViewport({ width: 1680, height: 960 });
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
    const at = document.positionAt(document.getText().indexOf(`${drill}:`));
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
    await vscode.commands.executeCommand('revealLine', { lineNumber: at.line, at: 'top' });
    await vscode.commands.executeCommand('tidemark.topology.focus');
    await vscode.commands.executeCommand('tidemark.timeline.show', uri, drill);
    // The drill is run first, which takes a busy machine its time.
    await bridge.waitFor({ frame, selector: '.mark.gap', timeout: 50_000 });
  });

  const marks = (): Promise<DrawnMark[]> => bridge.evaluate({ frame, script: drawnMarks });

  it('draws the gap where it was, with its cause, and checkpoints on both sides', async () => {
    const drawn = await marks();
    const gaps = drawn.filter(({ kind }) => kind === 'gap');
    assert.equal(gaps.length, 1);
    assert.ok(Math.abs((gaps[0]?.from ?? 0) - 3_600_000) <= 10_000);
    assert.ok(Math.abs((gaps[0]?.to ?? 0) - 7_800_000) <= 10_000);
    assert.match(gaps[0]?.label ?? '', /ZVM down/);
    assert.ok((gaps[0]?.width ?? 0) > 50);
    assert.ok(drawn.some(({ kind, from }) => kind === 'checkpoints' && from >= 7_800_000));
  });

  it('marks the outage, the operations and the alerts', async () => {
    const kinds = new Set((await marks()).map(({ kind }) => kind));
    for (const kind of ['outage', 'operation', 'alert-error']) assert.ok(kinds.has(kind), kind);
  });

  it('draws the three curves of the VRAs', async () => {
    const curves = await bridge.evaluate<string[]>({
      frame,
      script: `[...document.querySelectorAll('polyline.rate')].map((line) => line.getAttribute('class'))`,
    });
    for (const curve of ['transmit', 'receive', 'diskWrite']) {
      assert.ok(
        curves.some((drawn) => drawn.includes(curve)),
        curve,
      );
    }
  });

  it('zooms and moves by keyboard, and tells each mark to screen readers', async () => {
    const label = `document.querySelector('.chart').getAttribute('aria-label')`;
    const whole = await bridge.evaluate<string>({ frame, script: label });
    await bridge.press({ frame, selector: '.picture', key: '+' });
    const closer = await bridge.evaluate<string>({ frame, script: label });
    assert.notEqual(closer, whole);
    await bridge.press({ frame, selector: '.picture', key: 'ArrowRight' });
    assert.notEqual(await bridge.evaluate({ frame, script: label }), closer);
    await bridge.press({ frame, selector: '.picture', key: '0' });
    assert.equal(await bridge.evaluate({ frame, script: label }), whole);
    await bridge.press({ frame, selector: '.picture', key: 'n' });
    const told = await bridge.evaluate<string>({
      frame,
      script: `document.querySelector('[aria-live=polite]').textContent`,
    });
    assert.match(told, /checkpoint|Gap/);
    const tip = await bridge.evaluate<boolean>({
      frame,
      script: `!document.querySelector('.tooltip').hidden`,
    });
    assert.equal(tip, true);
    await bridge.press({ frame, selector: '.picture', key: 'Escape' });
  });

  it('zooms and moves by mouse', async () => {
    const label = `document.querySelector('.chart').getAttribute('aria-label')`;
    await bridge.click({ frame, selector: '.buttons vscode-button[title^="Zoom in"]' });
    const before = await bridge.evaluate<string>({ frame, script: label });
    await bridge.drag({
      frame,
      selector: '.picture',
      from: { x: 400, y: 60 },
      to: { x: 300, y: 60 },
    });
    assert.notEqual(await bridge.evaluate({ frame, script: label }), before);
    await bridge.click({ frame, selector: '.buttons vscode-button[title^="Show all"]' });
  });

  it('leads by a double click from a mark to its place in the file', async () => {
    await vscode.commands.executeCommand('workbench.action.focusSecondEditorGroup');
    await bridge.click({ frame, selector: '.mark.gap', click: { clickCount: 2 } });
    const editor = await until('the file', () => vscode.window.activeTextEditor);
    assert.equal(editor.document.getText(editor.selection), 'file-server');
  });

  it('says the same as text', async () => {
    const rows = await bridge.evaluate<string[]>({
      frame,
      script: `[...document.querySelectorAll('.text-view tbody tr')].map((row) => row.textContent)`,
    });
    assert.ok(rows.some((row) => row.includes('Gap of 1 h 10 min')));
    assert.ok(rows.some((row) => row.includes('ZVM0003')));
  });

  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    it(`follows the ${theme} theme`, async () => {
      await useTheme(theme);
      const background = await until('the page’s colours', async () => {
        const kind = await bridge.evaluate<string | undefined>({
          frame,
          script: `document.body.dataset.vscodeThemeKind`,
        });
        return kind?.includes(theme.startsWith('high') ? 'high-contrast' : theme)
          ? kind
          : undefined;
      });
      assert.ok(background);
      await bridge.screenshot({ name: `timeline-${theme}` });
    });
  }

  it('keeps what was chosen for the time after a reload', async () => {
    await useTheme('dark');
    // Twice, for a view that no test before this one has left in the storage.
    await bridge.press({ frame, selector: '.picture', key: '+' });
    await bridge.press({ frame, selector: '.picture', key: '+' });
    const label = await bridge.evaluate<string>({
      frame,
      script: `document.querySelector('.chart').getAttribute('aria-label')`,
    });
    assert.match(label, /from 1:00:00 to 1:40:00/);
    // A workbench in a browser writes what a webview wants kept to its storage some seconds later; a
    // reload before that loses it.
    await until('the workbench to have stored the view', async () =>
      (await bridge.evaluate<boolean>({ script: storedInWorkbench('3600000') })) ? true : undefined,
    );
  });
});
