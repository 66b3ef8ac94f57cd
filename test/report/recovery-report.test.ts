import assert from 'node:assert/strict';
import type { Operation } from '../../src/engine/api.ts';
import { recoveryReport, recoveryReportName } from '../../src/report/recovery-report.ts';

const start = Date.UTC(2026, 10, 25, 3, 0, 0);
const time = (at: number): string => new Date(at).toISOString();

const failover: Operation = {
  id: 'op-7',
  verb: 'failover',
  vpg: 'file-server',
  site: 'DR_Site',
  at: start,
  ended: start + 95_000,
  result: 'success',
  outcome: 'rolled-back',
  checkpoint: { id: 812, time: start - 7_000 },
  rto: 90_000,
  steps: [
    { what: 'shut down FS01', at: start + 1_000, result: 'failed' },
    { what: 'start FS01 on esx-d1', at: start + 90_000, result: 'success' },
  ],
  shortfalls: ['FS01: the address was not changed'],
  notes: 'asked for by <b>Anna</b>\nsecond line | with a bar',
};

describe('a recovery report', () => {
  it('tells what was asked, of what, when, and what came of it (OUT-11)', () => {
    const text = recoveryReport(failover, {
      from: 'Prod_Site',
      to: 'DR_Site',
      vms: ['FS01', 'FS02'],
      targetRpo: 15_000,
      time,
    });
    assert.match(text, /^# Failover: file-server$/m);
    assert.match(text, /\| From, to \| Prod_Site → DR_Site \|/);
    assert.match(text, /\| Result \| rolled back, but not all as wanted \|/);
    assert.match(text, /\| Checkpoint \| 812, of 2026-11-25T02:59:53.000Z \|/);
    assert.match(text, /\| RPO reached \| 7 ?s, within the target of 15 ?s \|/);
    assert.match(text, /\| RTO reached \| 1m30s \|/);
    assert.match(text, /shut down FS01 \| \*\*failed\*\* \|/);
    assert.match(text, /## Not as wanted\n\n- FS01: the address was not changed/);
  });

  it('says that the RPO is above its target where it is', () => {
    assert.match(recoveryReport(failover, { targetRpo: 5_000, time }), /\*\*above\*\* the target/);
  });

  it('compares the RTO with its target, where the VPG has one', () => {
    const rto = (targetRto: number): string => recoveryReport(failover, { targetRto, time });
    assert.match(rto(240_000), /\| RTO reached \| 1m30s, within the target of 4m \|/);
    assert.match(rto(60_000), /\| RTO reached \| 1m30s, \*\*above\*\* the target of 1m \|/);
  });

  it('keeps what people wrote from becoming markup', () => {
    const text = recoveryReport(failover, { time });
    assert.ok(text.includes('- asked for by \\<b\\>Anna\\</b\\>'));
    assert.ok(!text.includes('<b>'));
    const refused = recoveryReport(
      { ...failover, vpg: 'a|b\n# c', result: 'refused', reason: 'no', missing: ['x', 'y'] },
      { time },
    );
    assert.ok(refused.includes('| VPG | a\\|b # c |'));
    assert.match(refused, /## Missing\n\n- x\n- y/);
  });

  it('leaves out what is not known, and says of what is under way that it is', () => {
    const { outcome, rto, checkpoint, ended, ...rest } = failover;
    assert.deepEqual([outcome, rto, checkpoint?.id, ended], ['rolled-back', 90_000, 812, start + 95_000]); // prettier-ignore
    const text = recoveryReport({ ...rest, result: 'running', steps: [] }, { time });
    assert.match(text, /\| Ended \| not yet \|/);
    for (const absent of ['RTO', 'RPO', 'Checkpoint', 'Steps', 'From, to']) {
      assert.ok(!text.includes(absent), absent);
    }
  });

  it('tells in which order the VMs start that it is about, where it starts any', () => {
    const bootGroups = [
      { group: 1, vms: ['DB1', 'DB2'] },
      { group: 2, vms: ['FS01'] },
      { group: undefined, vms: ['WEB'] },
    ];
    const text = recoveryReport(failover, { bootGroups, time });
    assert.match(text, /\| Start in this order \| DB1 and DB2, then FS01, then WEB \|/);
    const some = recoveryReport({ ...failover, vms: ['WEB', 'DB2'] }, { bootGroups, time });
    assert.match(some, /\| Start in this order \| DB2, then WEB \|/);
    const clone = recoveryReport({ ...failover, verb: 'clone' }, { bootGroups, time });
    assert.ok(!clone.includes('Start in this order'));
  });

  it('has a name by which reports sort by time', () => {
    const name = recoveryReportName({ ...failover, vpg: 'Büro / 1' }, new Date(start));
    assert.equal(name, '2026-11-25-030000-failover-Büro-1');
    const long = recoveryReportName({ ...failover, vpg: '𠀀'.repeat(1000) }, new Date(start));
    assert.ok(Buffer.byteLength(`${long}-12.json.new`) < 256);
    assert.doesNotMatch(long, /\p{Surrogate}/u);
  });
});
