import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { itOnPage } from './bridge.ts';
import { themes, useTheme } from './theme.ts';

describe('activation', () => {
  const extension = vscode.extensions.getExtension('tidemark.tidemark');

  it('finds the extension', () => {
    assert.ok(extension, 'tidemark.tidemark is not among the extensions');
  });

  it('activates it', async () => {
    await extension?.activate();
    assert.equal(extension?.isActive, true);
  });

  it('has registered every command that the manifest declares', async () => {
    const manifest = extension?.packageJSON as {
      contributes?: { commands?: { command: string }[] };
    };
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = (manifest.contributes?.commands ?? [])
      .map(({ command }) => command)
      .filter((command) => !known.has(command));
    assert.deepEqual(missing, []);
  });

  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    itOnPage(`shows itself in the ${theme} theme`, async (bridge) => {
      await useTheme(theme);
      await bridge.screenshot({ name: `window-${theme}` });
    });
  }
});
