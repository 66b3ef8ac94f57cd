/** A commit reads all that it is going to promote before its first step: damage is met while there is a way back. */
import assert from 'node:assert/strict';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import { Bench, mib, minute, refused, second } from '../fixtures/labs.ts';

function failedOver(policy: 'none' | 'commit'): {
  readonly bench: Bench;
  readonly lab: RunningLab;
  readonly older: number;
} {
  const bench = new Bench();
  const { lab } = bench;
  assert.ok(lab instanceof RunningLab);
  lab.run(30 * second);
  const older = bench.vpg().checkpoints.runs[0]?.firstId;
  assert.ok(older !== undefined);
  bench.write('DB01', 'kept', 4 * mib);
  lab.run(lab.now + 30 * second);
  const reply = lab.request(bench.site('DR_Site'), {
    kind: 'failover',
    vpg: 'shop',
    checkpoint: { kind: 'latest' },
    commitPolicy: policy,
    commitTimeout: minute,
  });
  assert.equal(reply.result, 'success');
  const vpg = bench.topology.vpgs.get('shop');
  assert.ok(vpg);
  lab.corruptJournal(vpg, bench.vm('DB01'));
  return { bench, lab, older };
}

describe('a commit of a checkpoint that is damaged in one of the journals', () => {
  it('is refused and changes nothing; rolled back, the VPG goes on and recovers at another one', () => {
    const { bench, lab, older } = failedOver('none');
    const dr = bench.site('DR_Site');
    const { reason } = refused(lab.request(dr, { kind: 'commit', vpg: 'shop' }));
    assert.match(reason, /^shop cannot be committed: DB01: .*damage.*Roll it back/s);
    lab.run(lab.now + minute);
    assert.equal(bench.vpg().subStatus, 'FailingOverBeforeCommit');
    assert.equal(lab.request(dr, { kind: 'rollback', vpg: 'shop' }).result, 'success');
    lab.run(lab.now + 5 * minute);
    assert.deepEqual([bench.vpg().status, bench.vpg().subStatus], ['MeetingSLA', 'None']);
    // What lies before the damage is as good as ever, in both journals.
    const checkpoint = { kind: 'id', id: older } as const;
    const again = lab.request(dr, { kind: 'failover', vpg: 'shop', checkpoint });
    assert.equal(again.result, 'success', JSON.stringify(again));
    const committed = lab.request(dr, { kind: 'commit', vpg: 'shop' });
    assert.equal(committed.result, 'success', JSON.stringify(committed));
  });

  it('is not carried out by a policy: the VPG waits for a person', () => {
    const { bench, lab } = failedOver('commit');
    lab.run(lab.now + 10 * minute);
    assert.equal(bench.vpg().subStatus, 'FailingOverBeforeCommit');
    const [failover] = lab.snapshot().operations.filter(({ verb }) => verb === 'failover');
    const failed = failover?.steps.filter(({ what }) => what.includes('cannot be promoted'));
    assert.equal(failed?.length, 1, 'it is tried once');
    assert.ok(bench.raised('VPG0014', 'DR_Site'));
  });
});
