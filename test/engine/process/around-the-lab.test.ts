import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointOf, nbdUri } from '../../../src/engine/process/endpoint.ts';
import { LogFile } from '../../../src/engine/process/log-file.ts';
import { runScript } from '../../../src/engine/process/recovery-scripts.ts';
import { Unused } from '../../../src/engine/process/unused.ts';
import { ManualClock } from '../control/fixtures.ts';

describe('around a lab', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-process-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('the log is bounded, private, and cannot be made to lie', () => {
    const path = join(folder, 'engine.log');
    const log = new LogFile({ path, size: 2000, older: 2, now: () => new Date(0) });
    for (let line = 0; line < 500; line++) log.write(`line ${line}`);
    log.write('one\n1970-01-01T00:00:00.000Z is ready\r\u001b[2J');
    log.write('x'.repeat(10_000));
    assert.deepEqual(readdirSync(folder).sort(), ['engine.log', 'engine.log.1', 'engine.log.2']);
    for (const name of readdirSync(folder)) {
      assert.ok(statSync(join(folder, name)).size <= 2100, name);
      if (process.platform !== 'win32') assert.equal(statSync(join(folder, name)).mode & 0o077, 0);
    }
    const all = ['.1', ''].map((end) => readFileSync(path + end, 'utf8')).join('');
    assert.match(all, /^1970-01-01T00:00:00\.000Z one 1970-01-01T00:00:00\.000Z is ready \[2J$/m);
    assert.match(all, /line 499$/m);
  });

  it('the log goes on where an earlier engine ended, and never throws', () => {
    const path = join(folder, 'engine.log');
    const options = { path, size: 100, older: 1, now: () => new Date(0) };
    new LogFile(options).write('x'.repeat(60));
    new LogFile(options).write('y'.repeat(60));
    assert.match(readFileSync(`${path}.1`, 'utf8'), /x{60}/);
    new LogFile({ ...options, path: join(folder, 'none', 'engine.log') }).write('lost');
  });

  it('a URI is read by NBD clients as it was meant, whatever is in the names', () => {
    const uri = new URL(nbdUri('/tmp/a b&c/nbd.sock', 'DR_Site 1-2/FS 01/dä?ta#1'));
    assert.equal(uri.protocol, 'nbd+unix:');
    assert.equal(decodeURIComponent(uri.pathname), '/DR_Site 1-2/FS 01/dä?ta#1');
    assert.equal(uri.searchParams.get('socket'), '/tmp/a b&c/nbd.sock');
  });

  it('sockets lie in the state folder, or elsewhere where that is too deep, and not in one for two', function () {
    if (process.platform === 'win32') this.skip();
    assert.equal(endpointOf('/srv/lab/.tidemark', 1).control, '/srv/lab/.tidemark/control.sock');
    const deep = `/srv/${'x'.repeat(100)}`;
    const one = endpointOf(`${deep}/one`, 1);
    const two = endpointOf(`${deep}/two`, 1);
    assert.ok(Buffer.byteLength(one.control) < 104 && Buffer.byteLength(one.nbd) < 104);
    assert.notEqual(one.control, two.control);
    assert.deepEqual(endpointOf(`${deep}/one`, 1), one);
  });

  it('an engine is unused when nobody was there for long enough, without a break', () => {
    const clock = new ManualClock();
    let clients = 0;
    let ended = 0;
    new Unused(clock, 3000, () => clients).start(() => ended++);
    clock.run(2500);
    clients = 1;
    clock.run(20_000);
    clients = 0;
    clock.run(22_500);
    assert.equal(ended, 0);
    clock.run(23_000);
    assert.equal(ended, 1);
    assert.equal(clock.waiting, 0);
  });

  it('a recovery script runs in the folder, and answers with its exit status', async function () {
    if (process.platform === 'win32') this.skip();
    const said: string[] = [];
    const run = (command: string, timeout = 60_000): Promise<number> =>
      new Promise((done) => {
        runScript({ vpg: 'shop', which: 'pre', command, timeout }, folder, (exit, output) => {
          said.push(output);
          done(exit);
        });
      });
    assert.equal(await run('echo "$TIDEMARK_VPG $TIDEMARK_SCRIPT" > said'), 0);
    assert.equal(readFileSync(join(folder, 'said'), 'utf8'), 'shop pre\n');
    assert.equal(await run('exit 7'), 7);
    assert.equal(await run('no-such-program-anywhere 2> /dev/null'), 127);
    assert.equal(await run('echo begun; sleep 600', 1000), 124);
    assert.deepEqual(said, ['', '', '', 'begun']);
  });

  it('a recovery script leaves what it printed last, on either stream', async function () {
    if (process.platform === 'win32') this.skip();
    const output = (command: string): Promise<string> =>
      new Promise((done) => {
        const script = { vpg: 'shop', which: 'post', command, timeout: 60_000 } as const;
        runScript(script, folder, (_exit, text) => {
          done(text);
        });
      });
    assert.equal(await output('echo ready; echo careful >&2; exit 3'), 'ready\ncareful');
    const long = await output('i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done');
    assert.ok(long.length <= 2000);
    assert.match(long, /line 1999$/);
    // What it leaves behind does not hold up the recovery.
    assert.equal(await output('sleep 60 & echo done'), 'done');
  });
});
