/** What must not be left behind: processes that nobody uses, and files that nobody finished. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LabSnapshot } from '../../../src/engine/api.ts';
import { reachEngine, type Reached } from '../../../src/extension/lab/engine-folder.ts';
import { launchEngine } from '../../../src/extension/lab/engine-launch.ts';
import { isRunning, until } from './waiting.ts';

const node = { path: process.execPath, version: process.versions.node, env: {} };
const commandLine = resolve('src/cli/main.ts');

describe('on a bad day', function () {
  this.timeout(120_000);
  let folder: string;
  let topology: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-bad-'));
    topology = join(folder, 'small-lab.dr.yaml');
    cpSync('examples/small-lab.dr.yaml', topology);
  });
  afterEach(async () => {
    const reached = await reachEngine(topology, {});
    if (reached) {
      await reached.client.ask({ kind: 'stop' });
      await until('the end of the engine', () => !isRunning(reached.engine.pid));
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const launch = () =>
    launchEngine({
      node,
      commandLine,
      args: [topology, '--until-unused', '30s'],
      folder,
      log: join(folder, 'start.log'),
      signal: new AbortController().signal,
    });

  it('a window that is closed while its engine starts leaves no process behind', async () => {
    const window = join(folder, 'window.mjs');
    const module = pathToFileURL(resolve('src/extension/lab/engine-launch.ts')).href;
    const options = {
      node,
      commandLine,
      args: [topology, '--until-unused', '2s'],
      folder,
      log: join(folder, 'start.log'),
    };
    writeFileSync(
      window,
      `import { launchEngine } from ${JSON.stringify(module)};
       await launchEngine({ ...${JSON.stringify(options)}, signal: new AbortController().signal });
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, [window], { stdio: 'ignore' });
    const log = join(folder, '.tidemark', 'engine.log');
    await until('the start of the engine', () => existsSync(log));
    child.kill('SIGKILL');
    const [, pid] = /process (\d+), starts/.exec(readFileSync(log, 'utf8')) ?? [];
    assert.ok(pid !== undefined);
    await until('the end of the engine', () => !isRunning(Number(pid)));
    // And nothing of it is in the way of the next one.
    assert.equal(await launch(), 'ready');
  });

  it('a clone that is cancelled leaves no file, and the engine goes on', async () => {
    assert.equal(await launch(), 'ready');
    const window = await reached(topology);
    await checkpoint(window);
    const to = join(folder, 'clones');
    const apart = await reached(topology);
    const question = {
      kind: 'clone',
      vpg: 'shop',
      checkpoint: { kind: 'latest' },
      to,
      format: 'raw',
    } as const;
    const cloning = apart.client.ask(question);
    await until('the folder for it', () => existsSync(to));
    apart.client.close();
    await assert.rejects(cloning, /closed/);
    // The copies in the datastore come to their end, and are thrown away.
    await ended(window, 'clone');
    const again = await window.client.ask({ ...question, to: join(folder, 'others') });
    assert.equal(again.result, 'success');
    assert.deepEqual(readdirSync(join(folder, 'others')).sort(), ['db-data.raw', 'web-data.raw']);
    assert.deepEqual(readdirSync(to), []);
  });

  it('an engine that is killed while it writes a clone leaves no half of a disk under its name', async () => {
    assert.equal(await launch(), 'ready');
    const window = await reached(topology);
    await checkpoint(window);
    const to = join(folder, 'clones');
    let isKilled = false;
    const question = {
      kind: 'clone',
      vpg: 'shop',
      checkpoint: { kind: 'latest' },
      to,
      format: 'raw',
    } as const;
    await window.client
      .ask(question, () => {
        if (!isKilled) process.kill(window.engine.pid, 'SIGKILL');
        isKilled = true;
      })
      .catch(() => undefined);
    assert.ok(isKilled, 'it was done before it could be killed');
    await until('the end of the engine', () => !isRunning(window.engine.pid));
    for (const name of readdirSync(to)) {
      if (!/^(?:db|web)-data\.raw$/.test(name)) continue;
      assert.equal(statSync(join(to, name)).size, 64 * 1024 * 1024, name);
    }
  });
});

async function reached(topology: string): Promise<Reached> {
  const found = await reachEngine(topology, {});
  assert.ok(found);
  return found;
}

async function snapshots(
  { client }: Reached,
  what: string,
  holds: (snapshot: LabSnapshot) => boolean,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds(await client.ask({ kind: 'snapshot' }))) {
    assert.ok(Date.now() < deadline, `Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function checkpoint(of: Reached): Promise<void> {
  return snapshots(of, 'a checkpoint', ({ vpgs }) =>
    vpgs.every(({ checkpoints, subStatus }) => checkpoints.count > 0 && subStatus === 'None'),
  );
}

function ended(of: Reached, verb: string): Promise<void> {
  return snapshots(of, `the end of the ${verb}`, ({ operations }) =>
    operations.some((each) => each.verb === verb && each.ended !== undefined),
  );
}
