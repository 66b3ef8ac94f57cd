import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabSnapshot, Operation, VpgSnapshot } from '../../../src/engine/api.ts';
import { filedReports } from '../../../src/engine/process/filed-reports.ts';
import { ReportFiles } from '../../../src/engine/process/report-files.ts';
import type { RecoveryData } from '../../../src/report/recovery-data.ts';
import { loadTopology } from '../../../src/topology/load.ts';

const begun = Date.UTC(2026, 10, 25, 3, 0, 0);
const { topology } = loadTopology(readFileSync('examples/small-lab.dr.yaml'), 'small-lab.dr.yaml');

const test: Operation = {
  id: 'Bonn 1-1',
  verb: 'failover-test',
  vpg: 'shop',
  site: 'Bonn',
  at: begun,
  result: 'running',
  steps: [{ what: 'opened the disks', at: begun + 900, result: 'success' }],
};
const ended: Operation = {
  ...test,
  ended: begun + 60_000,
  result: 'success',
  outcome: 'passed',
  checkpoint: { id: 7, time: begun - 4000 },
  rto: 12_500,
  notes: 'all there',
};

describe('the files of recovery reports', () => {
  let state = '';
  let problems: string[] = [];
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'tidemark-reports-'));
    problems = [];
  });
  afterEach(() => {
    rmSync(state, { recursive: true });
  });

  const engine = (): ReportFiles =>
    new ReportFiles(state, topology, (problem) => problems.push(problem));
  const names = (): string[] => readdirSync(join(state, 'reports')).sort();
  const read = (name: string): string => readFileSync(join(state, 'reports', name), 'utf8');
  const data = (name: string): RecoveryData => JSON.parse(read(name)) as RecoveryData;
  const follow = async (
    files: ReportFiles,
    operations: readonly Operation[],
    [from, to] = ['Berlin', 'Bonn'],
  ): Promise<void> => {
    const vpgs = [{ name: 'shop', from, to } as VpgSnapshot];
    files.follow({ operations, vpgs } as unknown as LabSnapshot);
    await files.settled();
  };

  it('are written when an operation ends, and not before', async () => {
    const files = engine();
    await follow(files, [test]);
    assert.deepEqual(readdirSync(state), []);
    await follow(files, [ended]);
    assert.deepEqual(names(), [
      '2026-11-25-030000-failover-test-shop.json',
      '2026-11-25-030000-failover-test-shop.md',
    ]);
    assert.match(read('2026-11-25-030000-failover-test-shop.md'), /^# Failover test: shop\n/);
    const told = data('2026-11-25-030000-failover-test-shop.json');
    assert.deepEqual([told.from, told.to, told.outcome], ['Berlin', 'Bonn', 'passed']);
    assert.deepEqual([told.rpo, told.targetRpo], [4, 60]);
    assert.deepEqual([told.rto, told.targetRto], [12.5, 600]);
    assert.deepEqual(told.bootGroups, [
      { group: 1, vms: ['db'] },
      { group: 2, vms: ['web'] },
    ]);
    assert.equal(told.steps[0]?.at, '2026-11-25T03:00:00.900Z');
    assert.match(
      read('2026-11-25-030000-failover-test-shop.md'),
      /\| Start in this order \| db, then web \|/,
    );
  });

  it('are written of what was refused or rolled back as well', async () => {
    const refused: Operation = {
      ...test,
      id: 'Bonn 2-1',
      at: begun + 1000,
      ended: begun + 1200,
      result: 'refused',
      reason: 'Nothing to fail over to',
      missing: ['a checkpoint of shop'],
    };
    const back = { ...ended, id: 'Bonn 3-1', verb: 'failover', outcome: 'rolled-back' } as const;
    await follow(engine(), [refused, back]);
    assert.equal(names().length, 4);
    const told = data('2026-11-25-030001-failover-test-shop.json');
    assert.deepEqual(told.missing, ['a checkpoint of shop']);
    assert.equal(data('2026-11-25-030000-failover-shop.json').outcome, 'rolled-back');
  });

  it('are their owner’s alone, and leave no draft', async function () {
    if (process.platform === 'win32') this.skip();
    await follow(engine(), [ended]);
    assert.equal(statSync(join(state, 'reports')).mode & 0o777, 0o700);
    for (const name of names()) {
      assert.doesNotMatch(name, /\.new$/);
      assert.equal(statSync(join(state, 'reports', name)).mode & 0o777, 0o600, name);
    }
  });

  it('tell where the VPG led when the operation began, though its commit turned it round', async () => {
    const files = engine();
    const failover: Operation = {
      ...ended,
      verb: 'failover',
      ended: undefined,
      outcome: undefined,
    };
    await follow(files, [failover]);
    await follow(files, [{ ...ended, verb: 'failover', outcome: 'committed' }], ['Bonn', 'Berlin']);
    const { from, to } = data('2026-11-25-030000-failover-shop.json');
    assert.deepEqual([from, to], ['Berlin', 'Bonn']);
  });

  it('do not tell it where nobody has seen it', async () => {
    await follow(engine(), [{ ...ended, verb: 'failover', outcome: 'committed' }]);
    assert.equal(data('2026-11-25-030000-failover-shop.json').from, null);
  });

  it('are two for two operations of the same second, and stay as they are over restarts', async () => {
    const other: Operation = { ...ended, id: 'Bonn 2-1', at: begun + 400, notes: 'the other' };
    await follow(engine(), [ended, other]);
    const first = names();
    assert.equal(first.length, 4);
    assert.equal(data('2026-11-25-030000-failover-test-shop-2.json').notes, 'the other');
    const before = first.map((name) => statSync(join(state, 'reports', name)).mtimeMs);
    await follow(engine(), [ended, other], ['Bonn', 'Berlin']);
    assert.deepEqual(names(), first);
    assert.deepEqual(
      first.map((name) => statSync(join(state, 'reports', name)).mtimeMs),
      before,
    );
  });

  it('are written at the next start of what ended without them', async () => {
    await follow(engine(), [ended]);
    rmSync(join(state, 'reports', '2026-11-25-030000-failover-test-shop.json'));
    writeFileSync(join(state, 'reports', '2026-11-25-030000-failover-test-shop.md.new'), 'half');
    await follow(engine(), [ended]);
    assert.equal(data('2026-11-25-030000-failover-test-shop.json').outcome, 'passed');
    assert.ok(!names().some((name) => name.endsWith('.new')));
  });

  it('follow an outcome that comes after the end', async () => {
    const files = engine();
    const failover: Operation = {
      ...ended,
      verb: 'failover',
      result: 'refused',
      outcome: undefined,
    };
    await follow(files, [failover]);
    await follow(files, [{ ...failover, outcome: 'rolled-back' }]);
    assert.equal(names().length, 2);
    assert.equal(data('2026-11-25-030000-failover-shop.json').outcome, 'rolled-back');
  });

  it('take no place of a file that is somebody else’s', async () => {
    mkdirSync(join(state, 'reports'));
    writeFileSync(join(state, 'reports', '2026-11-25-030000-failover-test-shop.json'), 'mine');
    await follow(engine(), [ended]);
    assert.equal(read('2026-11-25-030000-failover-test-shop.json'), 'mine');
    assert.equal(data('2026-11-25-030000-failover-test-shop-2.json').id, ended.id);
  });

  it('say once that they cannot be written, and are written when they can', async () => {
    const files = engine();
    writeFileSync(join(state, 'reports'), 'a file where the folder should be');
    await follow(files, [ended]);
    await follow(files, [ended]);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0] ?? '',
      /recovery reports cannot be written to .*reports: it is a file/,
    );
    rmSync(join(state, 'reports'));
    await follow(files, [ended]);
    assert.equal(names().length, 2);
  });

  it('are listed with the newest first, without what is no report', async () => {
    const later: Operation = { ...ended, id: 'Bonn 2-1', at: begun + 5000, vpg: 'shop / ../x' };
    await follow(engine(), [ended, later]);
    const folder = join(state, 'reports');
    writeFileSync(join(folder, '2027-01-01-000000-x.json'), '{"id":1}');
    if (process.platform !== 'win32') {
      symlinkSync(join(folder, names()[0] ?? ''), join(folder, '2027-02-02-000000-link.json'));
    }
    const listed = await filedReports(state);
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['Bonn 2-1', 'Bonn 1-1'],
    );
    assert.match(listed[0]?.markdown ?? '', /2026-11-25-030005-failover-test-shop-\.\.-x\.md$/);
    assert.equal(listed[0]?.at, begun + 5000);
    assert.deepEqual(await filedReports(join(state, 'none')), []);
  });
});
