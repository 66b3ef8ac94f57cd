import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../../src/cli/run.ts';
import {
  bundleCommandLine,
  diskSize,
  patience,
  LabFolder,
  qemuIo,
  until,
  type RunningEngine,
} from './engine-process.ts';
import { inSync, vpgOf, type Status } from './lab-status.ts';
import { hasProgram, needs } from '../programs.ts';

interface Checkpoint {
  readonly id: number;
  readonly time: string;
}
interface Reply {
  readonly result: string;
  readonly checkpoint?: Checkpoint;
  readonly images?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}
interface Reported {
  readonly id: string;
  readonly verb: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly ended: string | null;
  readonly outcome: string | null;
  readonly files: { readonly markdown: string; readonly json: string } | null;
}
interface Checkpoints {
  readonly count: number;
  readonly tagged: readonly { readonly id: number; readonly tag: string }[];
}

const vpg = 'file-server';

before(async function () {
  this.timeout(patience);
  await bundleCommandLine();
});

describe('tidemark run, driven from other processes', function () {
  this.timeout(900_000);
  const lab = new LabFolder();
  const driven = new Set<string>(['run']);
  const json = (verb: string, ...args: string[]): unknown => {
    driven.add(verb);
    return lab.json(verb, ...args);
  };
  let engine: RunningEngine;
  before(async () => {
    engine = await lab.start();
  });
  after(() => lab.remove());

  it('says in one line where it can be reached', () => {
    assert.equal(engine.printed.split('\n').length, 2);
    const { ready, control, disks } = engine.ready;
    assert.equal(ready, true);
    assert.ok(statSync(control).isSocket());
    assert.deepEqual(Object.keys(disks), ['FS01/system', 'FS01/data']);
    for (const uri of Object.values(disks))
      assert.match(uri, /^nbd\+unix:\/\/\/FS01\/\w+\?socket=\//);
  });

  it('lets nobody else into its state folder', function () {
    if (process.platform === 'win32') this.skip();
    assert.equal(statSync(lab.state).mode & 0o777, 0o700);
    for (const name of readdirSync(lab.state)) {
      assert.equal(statSync(join(lab.state, name)).mode & 0o077, 0, name);
    }
  });

  it('shows status, checkpoints, alerts, events and reports', async () => {
    await inSync(lab);
    const status = json('status') as Status;
    assert.equal(status.engine.pid, engine.pid);
    assert.ok(status.sites.every(({ zvmUp }) => zvmUp));
    const list = json('checkpoints', vpg) as Checkpoints;
    assert.ok(list.count > 0);
    for (const verb of ['alerts', 'events', 'reports']) assert.ok(Array.isArray(json(verb)), verb);
    for (const verb of ['status', 'alerts', 'events', 'reports']) {
      assert.notEqual(lab.run(verb).printed, '', verb);
    }
    // What it does with disks that there are is a test of its own: it needs QEMU and a system to start.
    driven.add('boot');
    const bare = lab.run('boot', vpg, 'FS01');
    assert.equal(bare.status, 2);
    assert.match(
      bare.told,
      /no recovered disks now\. “tidemark failover-test file-server” opens them/,
    );
    const unknown = lab.run('checkpoints', 'file-serve');
    assert.equal(unknown.status, 2);
    assert.match(unknown.told, /There is no VPG file-serve\. Did you mean file-server\?/);
  });

  it('tests a failover at a tag, with what was written before it and not what came after', function () {
    needs(this, 'qemu-io');
    const disk = engine.ready.disks['FS01/data'] ?? '';
    assert.equal(qemuIo(disk, 'write -P 0x11 0 1M', 'flush').status, 0);
    const tagged = json('checkpoint', vpg, '--tag', 'golden') as Reply;
    assert.equal(qemuIo(disk, 'write -P 0x22 0 1M', 'flush').status, 0);
    const test = json('failover-test', vpg, '--checkpoint', 'golden') as Reply;
    assert.equal(test.checkpoint?.id, tagged.checkpoint?.id);
    const image = test.images?.['FS01/data'] ?? '';
    const read = qemuIo(image, 'read -P 0x11 0 1M', 'write -P 0x33 0 1M', 'read -P 0x33 0 1M');
    assert.equal(read.status, 0, read.printed + read.told);
    assert.doesNotMatch(read.printed, /failed/);
    assert.doesNotMatch(
      qemuIo(disk, 'read -P 0x22 0 1M').printed,
      /failed/,
      'the protected disk is untouched',
    );
    json('stop-test', vpg, '--note', 'as it was', '--success', 'true');
    assert.notEqual(qemuIo(image, 'read 0 512').status, 0, 'the image is gone');
  });

  it('refuses a second test with a line of JSON and exit status 1', () => {
    json('failover-test', vpg);
    assert.ok(vpgOf(lab).testing);
    const { status, printed, told } = lab.run('failover-test', vpg);
    assert.equal(status, 1);
    const refusal = JSON.parse(printed) as { result: string; reason: string; missing: unknown };
    assert.equal(refusal.result, 'refused');
    assert.match(refusal.reason, /runs already/);
    assert.deepEqual(refusal.missing, []);
    assert.match(told, /was refused/);
    json('stop-test', vpg, '--success', 'false');
    const filed = lab.run('reports', '--format', 'markdown').printed;
    assert.match(filed, /^# Failover test: file-server$/m);
    assert.match(filed, /^\| From, to \| Prod_Site → DR_Site \|$/m);
    const reports = json('reports') as { verb: string; outcome: string | null; result: string }[];
    assert.ok(
      reports.some(({ verb, outcome }) => verb === 'failover-test' && outcome === 'failed'),
    );
    assert.ok(reports.some(({ result }) => result === 'refused'));
  });

  it('takes checkpoints by id, by time, oldest and latest', () => {
    const { oldest, newest, runs } = json('checkpoints', vpg) as {
      oldest: string;
      newest: string;
      runs: { firstId: number }[];
    };
    const choices: [string, string | undefined][] = [
      ['oldest', oldest],
      [newest, newest],
      [String(runs[0]?.firstId), oldest],
      ['latest', undefined],
    ];
    for (const [choice, time] of choices) {
      const reply = json('failover-test', vpg, '--checkpoint', choice) as Reply;
      if (time !== undefined) assert.equal(reply.checkpoint?.time, time, choice);
      json('stop-test', vpg);
    }
    const none = lab.run('failover-test', vpg, '--checkpoint', 'no such tag');
    assert.equal(none.status, 1);
    assert.match(none.told, /has no such checkpoint/);
  });

  it('clones into files, and replaces none', () => {
    const folder = join(lab.path, 'clone');
    const { files = {} } = json('clone', vpg, '--to', 'clone') as Reply;
    assert.deepEqual(Object.keys(files).sort(), ['FS01/data', 'FS01/system']);
    for (const path of Object.values(files)) assert.equal(statSync(path).size, diskSize);
    const before = readdirSync(folder).sort();
    const again = lab.run('clone', vpg, '--to', 'clone');
    assert.equal(again.status, 2);
    assert.match(again.told, /is there already/);
    assert.deepEqual(readdirSync(folder).sort(), before);
    const onto = lab.run('clone', vpg, '--to', join(files['FS01/data'] ?? '', 'below'));
    assert.equal(onto.status, 2);
    const copies = readdirSync(lab.state, { recursive: true }).map(String);
    assert.deepEqual(
      copies.filter((path) => path.endsWith('.disk') && path.includes('clones')),
      [],
    );
  });

  it('clones in the format of another platform, as QEMU reads it', function () {
    if (!hasProgram('qemu-img')) this.skip();
    const { files = {} } = json('clone', vpg, '--to', 'other', '--disk-format', 'qcow2') as Reply;
    assert.match(files['FS01/data'] ?? '', /FS01-data\.qcow2$/);
    assert.equal(
      readFileSync(files['FS01/data'] ?? '')
        .subarray(0, 3)
        .toString(),
      'QFI',
    );
  });

  it('does to the lab what a drill does', async () => {
    json('link', 'degrade', 'mpls', '--latency', '20ms', '--loss', '1%');
    assert.deepEqual(
      (json('status') as Status).outages.map(({ component, kind }) => `${component} ${kind}`),
      ['mpls degraded'],
    );
    json('link', 'heal', 'mpls');
    json('link', 'cut', 'mpls');
    await until(() => !vpgOf(lab).replicating, 'an outage that is noticed');
    json('link', 'heal', 'mpls');
    json('power', 'off', 'Prod_Site/zvm');
    await until(
      () => (json('alerts') as { id: string }[]).some(({ id }) => id === 'ZVM0003'),
      'ZVM0003',
    );
    await until(() => lab.run('status').status === 1, 'a red VPG, which is something wrong');
    json('power', 'on', 'Prod_Site/zvm');
    await inSync(lab);
    const unknown = lab.run('power', 'off', 'Prod_Site/zvn');
    assert.equal(unknown.status, 2);
    assert.match(unknown.told, /Did you mean Prod_Site\/zvm\?/);
  });

  it('pauses, resumes and forces a sync', async () => {
    json('pause', vpg);
    assert.equal(vpgOf(lab).subStatus, 'ReplicationPausedUserInitiated');
    json('resume', vpg);
    await inSync(lab);
    json('force-sync', vpg);
    await inSync(lab);
  });

  it('fails over, rolls back, moves, commits and protects in reverse', async () => {
    json('failover', vpg, '--commit-policy', 'none');
    assert.equal(vpgOf(lab).subStatus, 'FailingOverBeforeCommit');
    json('rollback', vpg);
    await inSync(lab);
    json('move', vpg, '--commit-policy', 'none', '--force');
    assert.equal(vpgOf(lab).subStatus, 'MovingBeforeCommit');
    json('commit', vpg, '--reverse-protection', 'false');
    await until(() => vpgOf(lab).subStatus === 'NeedsConfiguration', 'a committed move');
    json('reverse-protect', vpg);
    await inSync(lab);
  });

  it('files a report of each operation that has ended, and says where', async () => {
    let ended: Reported[] = [];
    await until(() => {
      ended = (json('reports') as Reported[]).filter((each) => each.ended !== null);
      return ended.every(({ files }) => files !== null);
    }, 'the files of the reports');
    for (const outcome of ['passed', 'failed', 'rolled-back', 'committed', null]) {
      const report = ended.find((each) => each.outcome === outcome);
      assert.ok(report?.files, String(outcome));
      const data = JSON.parse(readFileSync(report.files.json, 'utf8')) as Reported;
      assert.deepEqual([data.id, data.outcome], [report.id, outcome]);
      assert.match(readFileSync(report.files.markdown, 'utf8'), /^# .*: file-server\n/);
      assert.equal(statSync(report.files.json).mode & 0o077, 0);
    }
    const moved = ended.find(({ verb }) => verb === 'move');
    const { from, to } = JSON.parse(readFileSync(moved?.files?.json ?? '', 'utf8')) as Reported;
    assert.deepEqual([from, to], ['Prod_Site', 'DR_Site']);
    assert.match(
      lab.run('reports').printed,
      /^ {2}filed as \/.*\.tidemark\/reports\/\S+-move-file-server\.md and \.json$/m,
    );
  });

  it('survives garbage on its socket, and clients that die', async () => {
    const { control } = engine.ready;
    for (const bytes of [
      Buffer.alloc(100_000, 0x5b),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0, 255, 10]),
    ]) {
      const socket = createConnection({ path: control });
      let closed = false;
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      socket.on('close', () => (closed = true));
      socket.write(bytes);
      await until(() => closed, 'the end of the connection');
    }
    const socket = createConnection({ path: control });
    socket.on('error', () => undefined);
    socket.write('{"type":"hello","protocol":1,"client":"mayfly"}\n');
    socket.write(
      '{"type":"ask","id":1,"question":{"kind":"subscribe","snapshots":true,"events":true}}\n',
    );
    await new Promise((heard) => socket.once('data', heard));
    socket.destroy();
    assert.equal((json('status') as Status).engine.pid, engine.pid);
  });

  it('ends when it is told to, and is not found any more', async () => {
    json('stop');
    await engine.ended();
    assert.deepEqual(engine.exit, { code: 0, signal: null });
    assert.equal(engine.told.replace(/^.*warnings.*\n/, ''), '');
    const { status, told } = lab.run('status');
    assert.equal(status, 2);
    assert.match(
      told,
      /^No engine runs with the state folder .*\.tidemark\. “tidemark run FILE” starts one/,
    );
    assert.ok(!existsSync(join(lab.state, 'control.sock')));
  });

  it('was asked for every verb that there is', () => {
    const offline = [
      'lint',
      'drill',
      'routes',
      'ports',
      'plan',
      'schema',
      'import',
      'diff',
      'browse',
      'restore',
    ];
    const verbs = Object.keys(commands).filter((name) => !offline.includes(name));
    assert.deepEqual(
      verbs.filter(
        (name) => !driven.has(name) && !(name === 'checkpoint' && !hasProgram('qemu-io')),
      ),
      [],
    );
  });
});

describe('an engine that was killed', function () {
  this.timeout(600_000);
  const lab = new LabFolder();
  after(() => lab.remove());

  it('goes on where it was, with the checkpoints that it had', async () => {
    const first = await lab.start();
    await inSync(lab);
    const tagged = lab.json('checkpoint', vpg, '--tag', 'kept') as Reply;
    const second = lab.run('run', 'lab.dr.yaml');
    assert.equal(second.status, 2);
    assert.match(
      second.told,
      new RegExp(`is in use by an engine: process ${first.pid} since \\d{4}-`),
    );
    assert.equal(second.printed, '');
    assert.equal((lab.json('status') as Status).engine.pid, first.pid, 'the first one is unharmed');

    await first.kill('SIGKILL');
    assert.equal(lab.run('status').status, 2);
    const next = await lab.start();
    assert.notEqual(next.pid, first.pid);
    await inSync(lab);
    const { tagged: tags } = lab.json('checkpoints', vpg) as Checkpoints;
    assert.ok(tags.some(({ id, tag }) => tag === 'kept' && id === tagged.checkpoint?.id));
    const test = lab.json('failover-test', vpg, '--checkpoint', 'kept') as Reply;
    assert.equal(test.checkpoint?.id, tagged.checkpoint?.id);
    lab.json('stop-test', vpg);

    await next.kill('SIGTERM');
    assert.deepEqual(next.exit, { code: 0, signal: null });
    const log = readFileSync(join(lab.state, 'engine.log'), 'utf8');
    assert.match(log, /ends: SIGTERM/);
    assert.match(log, /has ended/);
    const reports = readdirSync(join(lab.state, 'reports')).map((name) => name.slice(18));
    assert.ok(reports.includes('failover-test-file-server.json'), reports.join());
  });

  it('is not in the way of one that ends when nobody uses it', async () => {
    const engine = await lab.start('--until-unused', '5s');
    assert.equal((lab.json('status') as Status).engine.pid, engine.pid);
    await engine.ended();
    assert.deepEqual(engine.exit, { code: 0, signal: null });
  });
});

describe('no engine is started', function () {
  this.timeout(300_000);

  it('for a topology with errors: they are told with their places, and nothing is made', async () => {
    const lab = new LabFolder(['replicationNic: isolated', 'replicationNic: nowhere']);
    const { status, printed, told } = lab.run('run', 'lab.dr.yaml');
    assert.equal(status, 2);
    assert.equal(printed, '');
    assert.match(told, /^lab\.dr\.yaml:\d+:\d+: error: .*nowhere.* \[[\w/-]+\]$/m);
    assert.match(told, /No engine is started for lab\.dr\.yaml before these are mended/);
    assert.ok(!existsSync(lab.state));
    await lab.remove();
  });

  it('on an image that is missing or has shrunk, which is named', async () => {
    const lab = new LabFolder();
    truncateSync(lab.image, diskSize / 2);
    const shrunk = lab.run('run', 'lab.dr.yaml');
    assert.equal(shrunk.status, 2);
    assert.match(shrunk.told, /FS01\/data: .*data\.img/);
    assert.equal(statSync(lab.image).size, diskSize / 2, 'it is as it was');
    rmSync(lab.image);
    const missing = lab.run('run', 'lab.dr.yaml');
    assert.equal(missing.status, 2);
    assert.match(missing.told, /FS01\/data: .*data\.img/);
    writeFileSync(lab.image, '');
    truncateSync(lab.image, diskSize);
    const engine = await lab.start();
    await engine.kill('SIGTERM');
    await lab.remove();
  });

  it('on a state of another version, of another topology, or on a folder of something else', async () => {
    const lab = new LabFolder();
    const engine = await lab.start();
    await engine.kill('SIGTERM');
    const marker = join(lab.state, 'state.json');
    const text = readFileSync(marker, 'utf8');
    writeFileSync(marker, text.replace(/"version":\d+/, '"version":999'));
    const version = lab.run('run', 'lab.dr.yaml');
    assert.equal(version.status, 2);
    assert.match(version.told, /version 999/);
    writeFileSync(marker, text);

    writeFileSync(join(lab.path, 'other.dr.yaml'), readFileSync(lab.topology));
    const other = lab.run('run', 'other.dr.yaml');
    assert.equal(other.status, 2);
    assert.match(
      other.told,
      /is the state of another topology, .*lab\.dr\.yaml\. Choose another folder with --state/,
    );

    const foreign = mkdtempSync(join(tmpdir(), 'tidemark-foreign-'));
    writeFileSync(join(foreign, 'thesis.txt'), 'mine');
    const refused = lab.run('run', 'lab.dr.yaml', '--state', foreign);
    assert.equal(refused.status, 2);
    assert.match(refused.told, /holds other things than an engine's state, such as thesis\.txt/);
    assert.deepEqual(readdirSync(foreign), ['thesis.txt']);
    rmSync(foreign, { recursive: true });
    await lab.remove();
  });

  it('where its folder lies too deep for a socket, but elsewhere', async () => {
    const lab = new LabFolder();
    const deep = join(
      lab.path,
      ...Array.from({ length: 8 }, (_, level) => `a-rather-long-folder-${level}`),
    );
    const engine = await lab.start('--state', deep);
    assert.ok(!engine.ready.control.startsWith(deep));
    const status = lab.json('status', '--state', deep) as Status;
    assert.equal(status.engine.pid, engine.pid);
    await engine.kill('SIGTERM');
    await lab.remove();
  });
});
