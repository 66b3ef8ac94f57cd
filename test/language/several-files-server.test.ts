import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PublishDiagnosticsParams } from 'vscode-languageserver';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver/node';
import type { Outline, OutlineGoneParams, TextsResult } from '../../src/language/protocol.ts';
import { endServer } from './end-server.ts';

describe('the language server on a topology of several files', () => {
  let folder: string;
  let server: ChildProcessWithoutNullStreams;
  let connection: MessageConnection;
  const rules = new Map<string, unknown[]>();
  const outlines = new Map<string, Outline>();
  const heard: (() => void)[] = [];
  const uriOf = (path: string): string => pathToFileURL(join(folder, path)).href;
  const textOf = (path: string): string => readFileSync(join(folder, path), 'utf8');

  /** Resolves as soon as it holds, which is looked at whenever the server has said something. */
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (holds()) resolve();
        else heard.push(look);
      };
      look();
    });
  const wake = (): void => {
    for (const look of heard.splice(0)) look();
  };
  const has = (path: string, rule: string): boolean =>
    rules.get(uriOf(path))?.includes(rule) ?? false;
  const open = (path: string): Promise<void> =>
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uriOf(path), languageId: 'x', version: 1, text: textOf(path) },
    });

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-split-')));
    cpSync('examples/split-lab', folder, { recursive: true });
    server = spawn(process.execPath, ['src/language/main.ts', '--stdio']);
    server.stderr.resume();
    connection = createMessageConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onNotification(
      'textDocument/publishDiagnostics',
      ({ uri, diagnostics }: PublishDiagnosticsParams) => {
        rules.set(
          uri,
          diagnostics.map(({ code }) => code),
        );
        wake();
      },
    );
    connection.onNotification('tidemark/outline', (outline: Outline) => {
      outlines.set(outline.uri, outline);
      wake();
    });
    connection.onNotification('tidemark/outlineGone', ({ uri }: OutlineGoneParams) => {
      outlines.delete(uri);
      wake();
    });
    connection.listen();
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
    });
    await connection.sendNotification('initialized', {});
  });

  after(async () => {
    await endServer(connection, server);
    rmSync(folder, { recursive: true });
  });

  it('takes a part that is opened alone for a topology, until what includes it is opened', async () => {
    await open('vpgs/file-server.dr.yaml');
    await until(() => has('vpgs/file-server.dr.yaml', 'reference/unknown'));
    await open('lab.dr.yaml');
    await until(() => outlines.size === 1 && outlines.has(uriOf('lab.dr.yaml')));
    await until(() => rules.get(uriOf('vpgs/file-server.dr.yaml'))?.length === 0);
    assert.equal(outlines.get(uriOf('lab.dr.yaml'))?.files.length, 5);
  });

  it('hears of included files that change on disk, come and go', async () => {
    const site = 'sites/recovery.dr.yaml';
    const changed = (path: string, type: 1 | 2 | 3): Promise<void> =>
      connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: uriOf(path), type }],
      });
    const before = textOf(site);
    writeFileSync(join(folder, site), before.replaceAll('esx-d1', 'esx-d8'));
    await changed(site, 2);
    await until(() => has('vpgs/file-server.dr.yaml', 'reference/unknown'));
    writeFileSync(join(folder, site), before);
    await changed(site, 2);
    await until(() => !has('vpgs/file-server.dr.yaml', 'reference/unknown'));
    writeFileSync(join(folder, 'sites/zz.dr.yaml'), before);
    await changed('sites/zz.dr.yaml', 1);
    await until(() => has('sites/zz.dr.yaml', 'include/duplicate-name'));
    rmSync(join(folder, 'sites/zz.dr.yaml'));
    await changed('sites/zz.dr.yaml', 3);
    await until(() => rules.get(uriOf('sites/zz.dr.yaml'))?.length === 0);
  });

  it('hands out the texts of a topology, what stands in an editor before what is on disk', async () => {
    const path = 'vpgs/file-server.dr.yaml';
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uriOf(path), version: 2 },
      contentChanges: [{ text: `${textOf(path)}# not saved\n` }],
    });
    const { included } = await connection.sendRequest<TextsResult>('tidemark/texts', {
      uri: uriOf('lab.dr.yaml'),
    });
    assert.equal(included?.files.length, 4);
    const part = included.files.find(({ uri }) => uri === uriOf(path));
    assert.match(part?.text ?? '', /# not saved/);
  });

  it('takes a part for a topology again when what includes it is gone', async () => {
    await connection.sendNotification('textDocument/didClose', {
      textDocument: { uri: uriOf('lab.dr.yaml') },
    });
    await until(() => outlines.has(uriOf('vpgs/file-server.dr.yaml')) && outlines.size === 1);
    await until(() => has('vpgs/file-server.dr.yaml', 'reference/unknown'));
  });
});
