import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import { exampleUri, extensionApi, until } from './lab.ts';

describe('a running lab', function () {
  this.timeout(180_000);
  const uri = exampleUri('small-lab.dr.yaml').toString();
  let api: ExtensionApi;

  before(async () => {
    api = await extensionApi();
    await until('the small lab', () => api.outlines.get(uri));
  });

  const gone = (pid: number): Promise<true> =>
    until('the end of the engine', () => {
      try {
        process.kill(pid, 0);
        return undefined;
      } catch {
        return true as const;
      }
    });

  it('is started by a command, as a process of its own', async () => {
    assert.equal(api.labs.of(uri), undefined);
    await vscode.commands.executeCommand('tidemark.lab.start', { uri, workload: false });
    const lab = api.labs.of(uri);
    assert.ok(lab, 'the window is not connected with it');
    assert.notEqual(lab.engine.pid, process.pid);
    assert.deepEqual(
      lab.snapshot.vpgs.map(({ name }) => name),
      ['shop'],
    );
    await until('a checkpoint', () => (lab.snapshot.vpgs[0]?.checkpoints.count ? true : undefined));
  });

  it('is not started twice', async () => {
    const lab = api.labs.of(uri);
    await vscode.commands.executeCommand('tidemark.lab.start', { uri, workload: false });
    assert.equal(api.labs.of(uri), lab);
  });

  it('is stopped by a command', async () => {
    const pid = api.labs.of(uri)?.engine.pid ?? 0;
    await vscode.commands.executeCommand('tidemark.lab.stop', uri);
    assert.equal(api.labs.of(uri), undefined);
    await gone(pid);
  });

  it('is noticed when it vanishes, and goes on where it was when it is started again', async () => {
    await vscode.commands.executeCommand('tidemark.lab.start', { uri, workload: false });
    const lab = api.labs.of(uri);
    assert.ok(lab);
    const { count } = await until('checkpoints', () => {
      const checkpoints = api.labs.of(uri)?.snapshot.vpgs[0]?.checkpoints;
      return checkpoints && checkpoints.count > 0 ? checkpoints : undefined;
    });
    const told = new Promise<string>((resolve) => {
      api.labs.onDidEnd(({ how }) => {
        resolve(how);
      });
    });
    process.kill(lab.engine.pid, 'SIGKILL');
    assert.equal(await told, 'vanished');
    assert.equal(api.labs.of(uri), undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.commands.executeCommand('tidemark.lab.start', { uri, workload: false });
    const again = api.labs.of(uri);
    assert.ok(again && again !== lab);
    await until('the checkpoints of before', () =>
      (again.snapshot.vpgs[0]?.checkpoints.count ?? 0) >= count ? true : undefined,
    );
    // It goes on running: after its reload the window has to find it again.
  });
});
