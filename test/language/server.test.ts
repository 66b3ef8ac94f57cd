import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  CancellationTokenSource,
  createMessageConnection,
  LSPErrorCodes,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver/node';
import type {
  CompletionItem,
  ConfigurationParams,
  Hover,
  InitializeResult,
  Location,
  LogMessageParams,
  PublishDiagnosticsParams,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { generateTopology } from '../../bench/generate-topology.ts';
import { endServer } from './end-server.ts';

/** The server from source; a bundle where one is named. */
const serverPath = process.env['TIDEMARK_LANGUAGE_SERVER'] ?? 'src/language/main.ts';
const uri = 'file:///lab/seed-lab.dr.yaml';
const otherUri = 'file:///other/broken-lab.dr.yaml';
const text = readFileSync('examples/seed-lab.dr.yaml', 'utf8');

function behind(needle: string): { line: number; character: number } {
  const before = text.slice(0, text.indexOf(needle) + needle.length).split('\n');
  return { line: before.length - 1, character: before.at(-1)!.length };
}

describe('the language server over its own protocol', () => {
  let server: ChildProcessWithoutNullStreams;
  let connection: MessageConnection;
  let inlayHints = true;
  let noSettings = false;
  const logged: string[] = [];
  const diagnostics: PublishDiagnosticsParams[] = [];
  const at = (needle: string) => ({ textDocument: { uri }, position: behind(needle) });

  before(async () => {
    server = spawn(process.execPath, [serverPath, '--stdio']);
    server.stderr.resume();
    connection = createMessageConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    connection.onRequest('workspace/configuration', ({ items }: ConfigurationParams) => {
      if (noSettings) throw new Error('no settings today');
      return items.map(({ scopeUri }) => ({
        inlayHints: { enabled: inlayHints },
        lint: { rules: scopeUri === otherUri ? { 'vra/dhcp': 'off' } : {} },
      }));
    });
    connection.onNotification('window/logMessage', ({ message }: LogMessageParams) => {
      logged.push(message);
    });
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('workspace/inlayHint/refresh', () => null);
    connection.onNotification(
      'textDocument/publishDiagnostics',
      (each: PublishDiagnosticsParams) => {
        diagnostics.push(each);
      },
    );
    connection.listen();
    const answer = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {
        workspace: { configuration: true, inlayHint: { refreshSupport: true } },
        textDocument: { completion: { completionItem: { snippetSupport: true } } },
      },
    });
    assert.deepEqual(answer.capabilities.renameProvider, { prepareProvider: true });
    assert.equal(answer.capabilities.hoverProvider, true);
    await connection.sendNotification('initialized', {});
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'dr-topology', version: 1, text },
    });
  });

  after(() => endServer(connection, server));

  it('completes a recovery host by the hosts of the recovery site', async () => {
    const items = await connection.sendRequest<CompletionItem[]>(
      'textDocument/completion',
      at('recoveryHost: '),
    );
    assert.deepEqual(
      items.map(({ label }) => label),
      ['esx-d1'],
    );
  });

  it('shows the sizing of a VPG over its name', async () => {
    const hover = await connection.sendRequest<Hover>('textDocument/hover', at('  file-ser'));
    assert.match((hover.contents as { value: string }).value, /replicas: 240GiB on 2 disks/);
  });

  it('goes from a reference to its declaration', async () => {
    const found = await connection.sendRequest<Location[]>(
      'textDocument/definition',
      at('recoveryHost: esx'),
    );
    assert.deepEqual(
      found.map(({ range }) => range.start),
      [{ line: behind('      esx-d1').line, character: 6 }],
    );
  });

  it('renames a name wherever it stands', async () => {
    const { position, textDocument } = at('recoveryHost: esx');
    const edit = await connection.sendRequest<WorkspaceEdit>('textDocument/rename', {
      textDocument,
      position,
      newName: 'esx-d7',
    });
    assert.deepEqual(
      edit.changes?.[uri]?.map(({ newText }) => newText),
      ['esx-d7', 'esx-d7'],
    );
  });

  it('refuses a rename that collides, with its reason as the error', async () => {
    await assert.rejects(
      connection.sendRequest('textDocument/rename', { ...at('  Prod_'), newName: 'DR_Site' }),
      /There is a site DR_Site already/,
    );
  });

  it('answers every other request that it announces', async () => {
    const everything = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };
    const questions: readonly (readonly [string, object])[] = [
      ['textDocument/references', { ...at('  Prod_'), context: { includeDeclaration: true } }],
      ['textDocument/documentHighlight', at('  Prod_')],
      ['textDocument/documentSymbol', { textDocument: { uri } }],
      ['workspace/symbol', { query: 'esx' }],
      ['textDocument/foldingRange', { textDocument: { uri } }],
      ['textDocument/selectionRange', { textDocument: { uri }, positions: [behind('esx-d1')] }],
      ['textDocument/inlayHint', { textDocument: { uri }, range: everything }],
    ];
    for (const [method, parameters] of questions) {
      const answer = await connection.sendRequest<unknown[]>(method, parameters);
      assert.ok(answer.length > 0, method);
    }
    const links = await connection.sendRequest('textDocument/documentLink', {
      textDocument: { uri },
    });
    assert.deepEqual(links, []);
  });

  it('answers from the text that was just typed, before the linter has run', async () => {
    const { line } = behind('    rpo: 5m');
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [
        {
          range: { start: { line, character: 9 }, end: { line, character: 11 } },
          text: '9',
        },
      ],
    });
    const items = await connection.sendRequest<CompletionItem[]>('textDocument/completion', {
      textDocument: { uri },
      position: { line, character: 10 },
    });
    assert.deepEqual(
      items.map(({ label }) => label),
      ['9m', '9h', '9s', '9d', '9ms'],
    );
    while (
      !diagnostics.some((each) =>
        each.diagnostics.some(({ code }) => code === 'schema/bad-quantity'),
      )
    ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  it('drops a request that is cancelled before its turn, and answers the next one', async () => {
    const big = 'file:///lab/big.dr.yaml';
    const sites = Array.from({ length: 1500 }, (_, site) => `  S${site}: { platform: kvm }\n`);
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: {
        uri: big,
        languageId: 'dr-topology',
        version: 1,
        text: `version: 1\nsites:\n${sites.join('')}`,
      },
    });
    // Reading the file takes the server longer than it takes the cancellation to arrive.
    const busy = connection.sendRequest('textDocument/formatting', {
      textDocument: { uri: big },
      options: { tabSize: 2, insertSpaces: true },
    });
    const cancellation = new CancellationTokenSource();
    const dropped = connection.sendRequest(
      'textDocument/hover',
      at('  file-ser'),
      cancellation.token,
    );
    cancellation.cancel();
    const kept = connection.sendRequest<Hover>('textDocument/hover', at('  file-ser'));
    await assert.rejects(dropped, { code: LSPErrorCodes.RequestCancelled });
    assert.ok(await kept);
    await busy;
    await connection.sendNotification('textDocument/didClose', { textDocument: { uri: big } });
  });

  it('lints a file that is being typed once, as it is in the end', async () => {
    const typed = 'file:///lab/typed.dr.yaml';
    const first = 'version: 1\nname: a\n';
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: typed, languageId: 'dr-topology', version: 1, text: first },
    });
    for (let version = 2; version <= 30; version++) {
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: typed, version },
        contentChanges: [{ text: `${first}key${version}: 1\n` }],
      });
    }
    const ofFile = () => diagnostics.filter((each) => each.uri === typed);
    while (ofFile().at(-1)?.version !== 30) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      ofFile()
        .filter(({ version }) => version !== 1)
        .map(({ version }) => version),
      [30],
    );
    assert.match(JSON.stringify(ofFile().at(-1)), /key30/);
  });

  describe('while a file of 2 000 VMs is linted', () => {
    const large = generateTopology({ vms: 2000 });
    const open = (file: string) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri: file, languageId: 'dr-topology', version: 1, text: large },
      });
    const told = (file: string) => diagnostics.filter((each) => each.uri === file);
    const close = (file: string) =>
      connection.sendNotification('textDocument/didClose', { textDocument: { uri: file } });

    it('answers what is asked meanwhile before the findings come', async () => {
      const file = 'file:///lab/large.dr.yaml';
      const opened = open(file);
      const lines = large.split('\n');
      const line = lines.findIndex((each) => /^ +rpo: /.test(each));
      const position = { line, character: lines[line]!.indexOf('rpo') + 1 };
      const about = { textDocument: { uri: file }, position };
      // All of it is sent at once, so the server hears of it while it reads the file: how many of a row of
      // questions, each sent after the last one's answer, come before the findings depends on the machine.
      const toldBefore = await Promise.all([
        connection.sendRequest<Hover>('textDocument/hover', about).then((hover) => {
          assert.match((hover.contents as { value: string }).value, /rpo/);
          return told(file).length > 0;
        }),
        connection
          .sendRequest<CompletionItem[]>('textDocument/completion', at('recoveryHost: '))
          .then((items) => {
            assert.equal(items.length, 1);
            return told(file).length > 0;
          }),
      ]);
      await opened;
      assert.deepEqual(toldBefore, [false, false]);
      while (told(file).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await close(file);
    });

    it('drops the run when something is typed, and publishes the newer version alone', async () => {
      const file = 'file:///lab/outdated.dr.yaml';
      const start = { line: 0, character: 0 };
      await open(file);
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: file, version: 2 },
        contentChanges: [{ range: { start, end: start }, text: '# typed\n' }],
      });
      while (told(file).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(
        told(file).map(({ version }) => version),
        [2],
      );
      await close(file);
    });

    it('offers the fixes of the newest text when the linter is through', async () => {
      const file = 'file:///lab/fixed.dr.yaml';
      await open(file);
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: file, version: 2 },
        contentChanges: [{ text: large.replace(/^( +)rpo: \S+/m, '$1rpo: 5 m') }],
      });
      const lines = large.split('\n');
      const line = lines.findIndex((each) => /^ +rpo: /.test(each));
      const place = { line, character: lines[line]!.indexOf('rpo') + 6 };
      const actions = await connection.sendRequest<{ title: string }[]>('textDocument/codeAction', {
        textDocument: { uri: file },
        range: { start: place, end: place },
        context: { diagnostics: [] },
      });
      assert.ok(actions.length > 0);
      await close(file);
    });
  });

  it('shows no inlay hints once they are switched off', async () => {
    inlayHints = false;
    await connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
    const ask = () =>
      connection.sendRequest<unknown[]>('textDocument/inlayHint', {
        textDocument: { uri },
        range: { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } },
      });
    while ((await ask()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('lints each file by the settings of its own folder', async () => {
    const broken = readFileSync('examples/broken-lab.dr.yaml', 'utf8');
    const open = (file: string) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri: file, languageId: 'dr-topology', version: 1, text: broken },
      });
    const hasRule = (file: string): boolean | undefined =>
      diagnostics
        .findLast((each) => each.uri === file)
        ?.diagnostics.some(({ code }) => code === 'vra/dhcp');
    const plainUri = 'file:///plain/broken-lab.dr.yaml';
    await open(plainUri);
    await open(otherUri);
    while (hasRule(otherUri) !== false) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(hasRule(plainUri), true);
  });

  it('finds bytes that are not UTF-8 in a file that no editor has open', async () => {
    const closed = 'file:///lab/closed.dr.yaml';
    const bytes = Buffer.concat([Buffer.from('version: 1\nname: a'), Buffer.of(0xff)]);
    const found = () => diagnostics.filter((each) => each.uri === closed);
    await connection.sendNotification('tidemark/file', {
      uri: closed,
      text: bytes.toString('utf8'),
      bytes: bytes.toString('base64'),
    });
    while (found().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      found()[0]
        ?.diagnostics.filter(({ code }) => code === 'yaml/encoding')
        .map(({ range }) => range),
      [{ start: { line: 1, character: 7 }, end: { line: 1, character: 8 } }],
    );
  });

  it('goes on, and says so, where the settings cannot be read', async () => {
    noSettings = true;
    await connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
    while (!logged.some((message) => message.includes('no settings today'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const hover = await connection.sendRequest<Hover>('textDocument/hover', at('  file-ser'));
    assert.ok(hover);
  });
});
