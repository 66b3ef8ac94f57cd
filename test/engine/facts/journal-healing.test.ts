import assert from 'node:assert/strict';
import { Bench, mib, minute, near, refused, second } from '../fixtures/labs.ts';

/**
 * Writes something at a quarter of an hour that fills the middle of FS01's journal, and goes on to half
 * an hour: there the bit is flipped.
 */
function halfAnHour(size: number): Bench {
  const bench = new Bench();
  bench.write('FS01', 'first', 4 * mib);
  bench.write('DB01', 'orders', 4 * mib);
  bench.lab.run(15 * minute);
  bench.write('FS01', 'second', size);
  bench.lab.run(30 * minute);
  return bench;
}

function corrupt(bench: Bench): void {
  const vpg = bench.topology.vpgs.get('shop');
  assert.ok(vpg);
  bench.lab.corruptJournal(vpg, bench.vm('FS01'));
}

/** Reads a recovered disk until it meets the damage. */
function meetDamage(bench: Bench, image: string | undefined): void {
  assert.ok(image);
  assert.throws(() => {
    for (let at = 4096 * mib; at < 8192 * mib; at += 64 * mib) {
      bench.lab.readImage(image, 'data', at, 64 * mib);
    }
  }, /cannot be read: .*damaged at offset/);
}

describe('a journal that has been damaged', () => {
  it('is found out when it ages, reported, healed from the sender, and never serves wrong bytes', function () {
    this.timeout(120_000);
    const bench = halfAnHour(128 * mib);
    corrupt(bench);
    // Nobody has read it yet.
    assert.equal(bench.raised('VRA0007'), false);
    assert.ok(bench.vpg().checkpoints.count > 350);

    bench.lab.run(85 * minute);
    const [alert] = bench.alerts('VRA0007', 'DR_Site');
    assert.equal(alert?.level, 'error');
    assert.equal(alert.message, 'The journal of FS01 in VPG shop cannot be read or written');
    // Ageing reads what is an hour old.
    near(alert.raised, 75 * minute, 5 * minute);
    assert.ok(alert.cleared !== undefined && alert.cleared - alert.raised < minute);

    const { gaps, checkpoints, status, subStatus, replicating } = bench.vpg();
    assert.equal(replicating, true);
    assert.equal(subStatus, 'None');
    // What lay behind the damage is gone, for the journal of one VM is of no use without the others.
    const [gap] = gaps;
    assert.equal(gaps.length, 1);
    assert.equal(gap?.cause, 'journal-storage');
    near(gap.from, 15 * minute, 5 * minute);
    near(gap.to, alert.raised, minute);
    assert.equal(checkpoints.oldest, gap.to);
    near(checkpoints.newest, 85 * minute, 5 * second);
    assert.equal(status, 'HistoryNotMeetingSLA');
    assert.equal(bench.finds('first'), 'whole');
    assert.equal(bench.finds('second'), 'whole');
  });

  it('is found out by a failover test, whose checkpoint is withdrawn at both sites', function () {
    this.timeout(120_000);
    const bench = halfAnHour(128 * mib);
    const before = bench.vpg().checkpoints;
    corrupt(bench);
    meetDamage(bench, bench.tested().images['FS01/data']);
    bench.lab.run(31 * minute);
    bench.stop();
    assert.equal(bench.alerts('VRA0007').length, 1);
    bench.lab.run(33 * minute);
    const after = bench.vpg();
    assert.equal(after.subStatus, 'None');
    assert.equal(after.checkpoints.oldest, before.oldest);
    const [gap] = after.gaps;
    assert.equal(after.gaps.length, 1);
    assert.equal(gap?.cause, 'journal-storage');
    near(gap.from, 15 * minute, 10 * second);
    near(gap.to, 30 * minute, minute);
    // The last one before the damage serves, those behind it are not there any more.
    const last = bench.tested({ kind: 'time', time: 29 * minute, inclusive: true });
    assert.equal(last.checkpoint.time, gap.from);
    assert.equal(bench.lab.imageContains(last.images, 'first'), 'whole');
    bench.stop();
    assert.equal(bench.finds('second'), 'whole');
    // The other site says the same.
    bench.power('DR_Site/zvm', 'powerOff');
    bench.lab.run(34 * minute);
    const seen = bench.vpg();
    assert.deepEqual(seen.gaps.slice(0, 1), after.gaps);
    assert.equal(seen.checkpoints.oldest, before.oldest);
    const lost = { kind: 'id', id: last.checkpoint.id + 1 } as const;
    assert.match(refused(bench.test(lost)).reason, /no such checkpoint/);
  });

  it('OUT-9: leaves the last checkpoint before it for all VMs, until there is a newer one', function () {
    this.timeout(120_000);
    const bench = halfAnHour(128 * mib);
    corrupt(bench);
    const { images } = bench.tested();
    // Nothing can be healed for most of an hour.
    bench.lab.cutLink(bench.link('data-link'));
    meetDamage(bench, images['FS01/data']);
    bench.lab.run(31 * minute);
    bench.stop();
    bench.lab.run(78 * minute);
    const { checkpoints, subStatus } = bench.vpg();
    assert.equal(subStatus, 'DeltaSync');
    assert.equal(checkpoints.count, 1);
    const last = bench.tested();
    near(last.checkpoint.time, 15 * minute, 10 * second);
    assert.equal(bench.lab.imageContains(last.images, 'first'), 'whole');
    assert.equal(bench.lab.imageContains(last.images, 'orders'), 'whole');
  });

  it('while a ZVM was away, is taken off its list when it returns', function () {
    this.timeout(120_000);
    const bench = halfAnHour(128 * mib);
    const { images } = bench.tested();
    corrupt(bench);
    bench.power('DR_Site/zvm', 'powerOff');
    bench.lab.run(31 * minute);
    meetDamage(bench, images['FS01/data']);
    bench.lab.run(35 * minute);
    bench.power('DR_Site/zvm', 'powerOn');
    bench.lab.run(38 * minute);
    const { checkpoints, gaps, subStatus } = bench.vpg();
    assert.equal(subStatus, 'None');
    near(checkpoints.newest, 38 * minute, 5 * second);
    assert.equal(gaps.length, 1, JSON.stringify(gaps));
    const [gap] = gaps;
    near(gap?.from, 15 * minute, 10 * second);
    near(gap?.to, 35 * minute, minute);
    for (const run of checkpoints.runs) {
      assert.ok(run.to < 16 * minute || run.from > 34 * minute, JSON.stringify(run));
    }
  });
});
