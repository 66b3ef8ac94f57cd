import assert from 'node:assert/strict';
import { it } from 'mocha';
import * as vscode from 'vscode';
import { describeOnPage } from './bridge.ts';
import { drawnMarks, frame } from './timeline-page.ts';

describeOnPage('after the window was reloaded', (bridge) => {
  it('activates again', async () => {
    const extension = vscode.extensions.getExtension('tidemark.tidemark');
    await extension?.activate();
    assert.equal(extension?.isActive, true);
  });

  it('restores the timeline, as far in as it was zoomed', async () => {
    await bridge.waitFor({ frame, selector: '.mark', timeout: 30_000 });
    const marks = await bridge.evaluate<{ kind: string }[]>({ frame, script: drawnMarks });
    assert.ok(marks.some(({ kind }) => kind === 'gap'));
    const label = await bridge.evaluate<string>({
      frame,
      script: `document.querySelector('.chart').getAttribute('aria-label')`,
    });
    assert.match(label, /from 1:00:00 to 1:40:00/);
  });
});
