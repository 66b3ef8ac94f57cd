import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

describe('after the window was reloaded', () => {
  it('activates again', async () => {
    const extension = vscode.extensions.getExtension('tidemark.tidemark');
    await extension?.activate();
    assert.equal(extension?.isActive, true);
  });
});
