import assert from 'node:assert/strict';
import type { Reply, Request } from '../../../src/engine/api.ts';
import { Bench, mib, minute, refused, second, succeeded } from '../fixtures/labs.ts';

const latest = { kind: 'latest' } as const;

function ask(bench: Bench, request: Request, site?: string): Reply {
  return bench.lab.request(site === undefined ? undefined : bench.site(site), request);
}

function done(reply: Reply): void {
  assert.equal(reply.result, 'success', JSON.stringify(reply));
}

function failover(bench: Bench, options: Partial<Request> = {}, site?: string): Reply {
  const request = { kind: 'failover', vpg: 'shop', checkpoint: latest, ...options } as Request;
  return ask(bench, request, site);
}

describe('Failover live', () => {
  it('runs the VMs at the recovery site at once, and waits for a decision', () => {
    const bench = new Bench();
    bench.write('FS01', 'before', 4 * mib);
    bench.lab.run(2 * minute);
    const { images } = succeeded(failover(bench, { shutdown: 'shutdown' }));
    assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
    assert.equal(bench.vpg().status, 'FailingOver');
    assert.equal(bench.vpg().subStatus, 'FailingOverBeforeCommit');
    bench.write('FS01', 'after', 2 * mib);
    bench.lab.run(4 * minute);
    assert.equal(bench.lab.imageContains(images, 'after'), 'whole');
    for (const site of ['Prod_Site', 'DR_Site']) assert.ok(bench.raised('VPG0014', site), site);
    const [operation] = bench.lab.snapshot().operations;
    assert.equal(operation?.result, 'running');
    assert.ok((operation.rto ?? 0) > 0);
  });

  it('is rolled back to where replication stood, and can be started again from elsewhere', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.write('FS01', 'kept', 4 * mib);
    bench.lab.run(3 * minute);
    succeeded(failover(bench, { shutdown: 'shutdown', checkpoint: { kind: 'oldest' } }));
    bench.write('FS01', 'discarded', 2 * mib);
    bench.lab.run(5 * minute);
    done(ask(bench, { kind: 'rollback', vpg: 'shop' }));
    bench.write('FS01', 'later', 2 * mib);
    bench.lab.run(8 * minute);
    assert.equal(bench.raised('VPG0014'), false);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.vpg().replicating, true);
    const { images } = succeeded(failover(bench));
    assert.equal(bench.lab.imageContains(images, 'kept'), 'whole');
    assert.equal(bench.lab.imageContains(images, 'later'), 'whole');
    assert.equal(bench.lab.imageContains(images, 'discarded'), 'none');
  });

  it('is committed: the recovered VMs have disks of their own, and nothing protects them', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    succeeded(failover(bench, { shutdown: 'shutdown' }));
    bench.write('FS01', 'after', 2 * mib);
    bench.lab.run(4 * minute);
    done(ask(bench, { kind: 'commit', vpg: 'shop' }));
    bench.lab.run(5 * minute);
    assert.equal(bench.vpg().status, 'Recovered');
    assert.equal(bench.vpg().subStatus, 'NeedsConfiguration');
    const [operation] = bench.lab.snapshot().operations;
    assert.equal(operation?.outcome, 'committed');
    bench.write('FS01', 'much later', 2 * mib);
    bench.lab.run(6 * minute);
  });

  it('NET-11: is protected in reverse, and fails back with all that was written meanwhile', function () {
    this.timeout(120_000);
    const bench = new Bench();
    bench.write('FS01', 'first', 4 * mib);
    bench.lab.run(2 * minute);
    succeeded(failover(bench, { shutdown: 'shutdown' }));
    bench.write('FS01', 'there', 2 * mib);
    bench.lab.run(4 * minute);
    done(ask(bench, { kind: 'commit', vpg: 'shop', reverseProtection: true }));
    bench.lab.run(4 * minute + 5 * second);
    bench.lab.run(15 * minute);
    assert.equal(bench.vpg().from, 'DR_Site');
    assert.equal(bench.vpg().status, 'MeetingSLA', JSON.stringify(bench.vpg()));
    assert.equal(bench.vpg().replicating, true);
    bench.write('FS01', 'replicated back', 2 * mib);
    bench.lab.run(17 * minute);
    const back = ask(bench, { kind: 'move', vpg: 'shop', reverseProtection: true });
    const { images } = succeeded(back);
    for (const marker of ['first', 'there', 'replicated back']) {
      assert.equal(bench.lab.imageContains(images, marker), 'whole', marker);
    }
    done(ask(bench, { kind: 'commit', vpg: 'shop' }));
    bench.lab.run(40 * minute);
    assert.equal(bench.vpg().from, 'Prod_Site');
    assert.equal(bench.vpg().status, 'MeetingSLA');
    bench.write('FS01', 'home again', 2 * mib);
    bench.lab.run(42 * minute);
    assert.equal(bench.finds('home again'), 'whole');
    assert.equal(bench.finds('replicated back'), 'whole');
  });

  it('refuses with everything that is missing', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.power('DR_Site/esx-d1', 'powerOff');
    bench.power('DR_Site/esx-d2', 'powerOff');
    bench.lab.run(3 * minute);
    const { missing } = refused(failover(bench));
    assert.equal(missing.length, 2, missing.join('; '));
    assert.equal(bench.vpg().subStatus === 'FailingOverBeforeCommit', false);
  });
});
