import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { exampleUri, extensionApi, until } from './lab.ts';

describe('writing a topology file', () => {
  const uri = exampleUri('seed-lab.dr.yaml');
  let document: vscode.TextDocument;

  before(async () => {
    const { outlines } = await extensionApi();
    await until('the seed lab', () => outlines.get(uri.toString()));
  });

  const open = async (): Promise<vscode.TextEditor> => {
    document = await vscode.workspace.openTextDocument(uri);
    return vscode.window.showTextDocument(document);
  };

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const placeOf = (text: string, by = 0): vscode.Position => {
    const at = document.getText().indexOf(text);
    assert.ok(at >= 0, text);
    return document.positionAt(at + by);
  };

  it('completes a recovery host from the hosts of the recovery site', async () => {
    await open();
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      uri,
      placeOf('recoveryHost: esx-d1', 'recoveryHost: '.length),
    );
    const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    assert.ok(labels.includes('esx-d1'), labels.join(', '));
    assert.equal(labels.includes('esx-p1'), false);
  });

  it('describes a key on hovering', async () => {
    await open();
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      uri,
      placeOf('replicationNic', 2),
    );
    const text = hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''))
      .join(' ');
    assert.match(text, /replicationNic/);
  });

  it('goes from a name to its declaration', async () => {
    await open();
    const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
      'vscode.executeDefinitionProvider',
      uri,
      placeOf('datastore: ds-d1', 'datastore: '.length + 1),
    );
    const [target] = found;
    assert.ok(target);
    const range =
      'range' in target ? target.range : (target.targetSelectionRange ?? target.targetRange);
    assert.equal(document.getText(range), 'ds-d1');
    assert.ok(range.start.isBefore(placeOf('datastore: ds-d1')));
  });

  it('renames a VPG everywhere', async () => {
    await open();
    const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      uri,
      placeOf('file-server:', 1),
      'files',
    );
    const uses = document.getText().split('file-server').length - 1;
    assert.equal(edit.get(uri).length, uses);
  });

  it('formats without changing what the file says', async () => {
    await open();
    const edits = await vscode.commands.executeCommand<vscode.TextEdit[] | undefined>(
      'vscode.executeFormatDocumentProvider',
      uri,
      { tabSize: 2, insertSpaces: true },
    );
    assert.deepEqual(edits ?? [], [], 'the example is formatted already');
  });

  it('formats a file that was written in haste back into the example', async () => {
    const editor = await open();
    const before = document.getText();
    await editor.edit((edit) => {
      const everything = new vscode.Range(
        new vscode.Position(0, 0),
        document.lineAt(document.lineCount - 1).range.end,
      );
      // Only where no item of a list goes on below its dash, which twice the columns would tear apart.
      const links = before.indexOf('\nlinks:');
      const wide = before.slice(0, links).replace(/^( +)/gm, '$1$1');
      edit.replace(everything, (wide + before.slice(links)).replace(/\n/g, '  \n'));
    });
    try {
      assert.notEqual(document.getText(), before);
      // The server hears of the edit on a way of its own, and may be asked before it has.
      const edits = await until('edits of the formatter', async () => {
        const found = await vscode.commands.executeCommand<vscode.TextEdit[] | undefined>(
          'vscode.executeFormatDocumentProvider',
          uri,
          { tabSize: 2, insertSpaces: true },
        );
        return found !== undefined && found.length > 0 ? found : undefined;
      });
      const formatted = new vscode.WorkspaceEdit();
      formatted.set(uri, edits);
      await vscode.workspace.applyEdit(formatted);
      assert.equal(document.getText(), before);
    } finally {
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
  });

  it('tells on hovering what a VPG needs, what a route catches and whose an address is', async () => {
    await open();
    for (const [at, by, expected] of [
      ['  file-server:', 4, /journal/i],
      ['to: 10.10.10.0/24', 6, /DR\\?_Site/],
      ['address: 192.168.100.10/24', 12, /isolated/],
    ] as const) {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        uri,
        placeOf(at, by),
      );
      const text = hovers
        .flatMap(({ contents }) => contents)
        .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''))
        .join(' ');
      assert.match(text, expected, at);
    }
  });

  it('refuses a rename that would collide, and says why', async () => {
    await open();
    await assert.rejects(async () => {
      await vscode.commands.executeCommand(
        'vscode.executeDocumentRenameProvider',
        uri,
        placeOf('  DR_Site:', 3),
        'Prod_Site',
      );
    }, /Prod_Site/);
  });

  it('shows route statements, firewall matrix and sizing plan as documents', async () => {
    for (const [command, expected] of [
      ['tidemark.report.routes', /route ADD 10\.10\.10\.0 MASK 255\.255\.255\.0 192\.168\.100\.1/],
      ['tidemark.report.ports', /9071/],
      ['tidemark.report.plan', /file-server/],
    ] as const) {
      await open();
      await vscode.commands.executeCommand(command);
      const shown = await until('the report', () => {
        const active = vscode.window.activeTextEditor?.document;
        return active?.uri.scheme === 'tidemark-report' ? active : undefined;
      });
      assert.match(shown.getText(), expected);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
});
