import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DisconnectedError } from '../../../src/engine/control/control-client.ts';
import { engineFolderOf, reachEngine } from '../../../src/extension/lab/engine-folder.ts';
import { EngineStartError, launchEngine } from '../../../src/extension/lab/engine-launch.ts';
import { isRunning, until } from './waiting.ts';

const node = { path: process.execPath, version: process.versions.node, env: {} };

describe('an engine that is started for a window', function () {
  this.timeout(60_000);
  let folder: string;
  let topology: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-launch-'));
    topology = join(folder, 'small-lab.dr.yaml');
    cpSync('examples/small-lab.dr.yaml', topology);
  });
  afterEach(async () => {
    for (const file of [topology, join(folder, 'second.dr.yaml')]) {
      const reached = await reachEngine(file, {});
      if (!reached) continue;
      await reached.client.ask({ kind: 'stop' });
      await until('the end of the engine', () => !isRunning(reached.engine.pid));
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const launch = (
    args: readonly string[],
    signal = new AbortController().signal,
    commandLine?: string,
  ) =>
    launchEngine({
      node,
      commandLine: commandLine ?? resolve('src/cli/main.ts'),
      args,
      folder,
      log: join(folder, 'words', 'start.log'),
      signal,
    });

  it('is ready, can be reached, and ends when it is told to', async () => {
    assert.equal(await launch([topology, '--until-unused', '30s']), 'ready');
    const reached = await reachEngine(topology, {});
    assert.ok(reached);
    const { client, engine } = reached;
    assert.equal(engine.topology, topology);
    assert.equal(engine.stays, false);
    assert.ok(isRunning(engine.pid));
    await client.ask({ kind: 'stop' });
    await until('the end of the engine', () => !isRunning(engine.pid));
    assert.equal(await reachEngine(topology, {}), undefined);
  });

  it('ends by itself when its last client has left', async () => {
    assert.equal(await launch([topology, '--until-unused', '2s']), 'ready');
    const [one, two] = [await reachEngine(topology, {}), await reachEngine(topology, {})];
    assert.ok(one && two);
    const { pid } = one.engine;
    one.client.close();
    // Longer than it waits for the last one.
    await new Promise((done) => setTimeout(done, 4000));
    assert.ok(isRunning(pid), 'it ended although a window was left');
    two.client.close();
    await until('the end of the engine', () => !isRunning(pid));
    assert.match(
      readFileSync(join(folder, '.tidemark', 'engine.log'), 'utf8'),
      /nobody has used it/,
    );
  });

  it('says what is wrong with a topology that cannot be run', async () => {
    writeFileSync(topology, readFileSync(topology, 'utf8').replace('host: kvm-b1', 'host: kvm-b9'));
    await assert.rejects(launch([topology]), (error: Error) => {
      assert.ok(error instanceof EngineStartError);
      assert.ok(
        error.words.some((line) => /small-lab\.dr\.yaml:\d+:\d+: error: .*kvm-b9/.test(line)),
      );
      return true;
    });
    assert.ok(!existsSync(join(folder, '.tidemark')));
  });

  it('is gone, with its lock, when it is given up on the way', async () => {
    const giveUp = new AbortController();
    const launched = launch([topology], giveUp.signal);
    setTimeout(() => {
      giveUp.abort();
    }, 100);
    assert.equal(await launched, 'cancelled');
    assert.equal(await reachEngine(topology, {}), undefined);
    // Whoever starts next finds the folder free.
    assert.equal(await launch([topology, '--until-unused', '30s']), 'ready');
  });

  it('is killed where it does not end when it is given up', async () => {
    const stubborn = join(folder, 'stubborn.mjs');
    const pidFile = join(folder, 'pid');
    writeFileSync(
      stubborn,
      `import { writeFileSync } from 'node:fs';
       process.on('SIGTERM', () => {});
       writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
       setInterval(() => {}, 1000);`,
    );
    const giveUp = new AbortController();
    const launched = launch([topology], giveUp.signal, stubborn);
    await until(
      'the stubborn process',
      () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '',
    );
    giveUp.abort();
    assert.equal(await launched, 'cancelled');
    assert.ok(!isRunning(Number(readFileSync(pidFile, 'utf8'))));
  });

  it('keeps the state of a second topology in a folder of its own', async () => {
    assert.equal(await engineFolderOf(topology), join(folder, '.tidemark'));
    assert.equal(await launch([topology, '--until-unused', '30s']), 'ready');
    const second = join(folder, 'second.dr.yaml');
    cpSync(topology, second);
    assert.equal(await engineFolderOf(second), join(folder, '.tidemark-second'));
    assert.equal(await engineFolderOf(topology), join(folder, '.tidemark'));
    assert.equal(
      await reachEngine(second, {}),
      undefined,
      'the other engine was taken for its own',
    );
  });

  it('is not taken for running where only its endpoint is left', async () => {
    assert.equal(await launch([topology]), 'ready');
    const reached = await reachEngine(topology, {});
    assert.ok(reached);
    process.kill(reached.engine.pid, 'SIGKILL');
    await until('the end of the engine', () => !isRunning(reached.engine.pid));
    await assert.rejects(reached.client.ask({ kind: 'snapshot' }), DisconnectedError);
    assert.ok(existsSync(join(folder, '.tidemark', 'endpoint.json')));
    assert.equal(await reachEngine(topology, {}), undefined);
    assert.equal(await launch([topology, '--until-unused', '30s']), 'ready');
  });
});
