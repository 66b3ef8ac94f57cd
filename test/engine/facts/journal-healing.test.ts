import assert from 'node:assert/strict';
import { Bench, mib, minute, near, refused, second } from '../fixtures/labs.ts';

function corrupt(bench: Bench, vm: string): void {
  const vpg = bench.topology.vpgs.get('shop');
  assert.ok(vpg);
  bench.lab.corruptJournal(vpg, bench.vm(vm));
}

/** Reads a recovered disk until it meets the damage. */
function meetDamage(bench: Bench, image: string | undefined): void {
  assert.ok(image);
  assert.throws(() => {
    for (let at = 0; at < 8 * 1024 * mib; at += 64 * mib) {
      bench.lab.readImage(image, 'data', at, 64 * mib);
    }
  }, /cannot be read: .*damaged at offset/);
}

describe('a journal that has been damaged', () => {
  it('is found out when it ages, reported, healed from the sender, and never serves wrong bytes', function () {
    this.timeout(120_000);
    const bench = new Bench();
    bench.write('FS01', 'first', 4 * mib);
    bench.lab.run(40 * minute);
    bench.write('FS01', 'second', 4 * mib);
    bench.lab.run(50 * minute);
    corrupt(bench, 'FS01');
    // Nobody has read it yet.
    assert.equal(bench.raised('VRA0007'), false);
    assert.equal(bench.vpg().checkpoints.count > 590, true);

    bench.lab.run(95 * minute);
    const [alert] = bench.alerts('VRA0007', 'DR_Site');
    assert.equal(alert?.level, 'error');
    assert.equal(alert.message, 'The journal of FS01 in VPG shop cannot be read or written');
    const found = alert.raised;
    // Ageing reads what is an hour old.
    assert.ok(found > 60 * minute && found < 95 * minute, `found at ${found / minute} min`);
    assert.ok(alert.cleared !== undefined && alert.cleared - found < minute);

    const { gaps, checkpoints, status, subStatus, replicating } = bench.vpg();
    assert.equal(replicating, true);
    assert.equal(subStatus, 'None');
    // What lay behind the damage is gone, for the journal of one VM is of no use without the others.
    const [gap] = gaps;
    assert.equal(gaps.length, 1);
    assert.equal(gap?.cause, 'journal-storage');
    near(gap.from, found - 60 * minute, 20 * second);
    near(gap.to, found, minute);
    near(checkpoints.newest, 95 * minute, 5 * second);
    assert.equal(checkpoints.oldest, gap.to);
    assert.equal(status, 'HistoryNotMeetingSLA');
    assert.equal(bench.finds('first'), 'whole');
    assert.equal(bench.finds('second'), 'whole');
  });

  it('is found out by a failover test, whose checkpoint is withdrawn at both sites', function () {
    this.timeout(120_000);
    const bench = new Bench();
    bench.write('FS01', 'first', 4 * mib);
    bench.lab.run(20 * minute);
    bench.write('FS01', 'second', 4 * mib);
    bench.lab.run(30 * minute);
    const before = bench.vpg().checkpoints;
    corrupt(bench, 'FS01');
    const { images } = bench.tested();
    meetDamage(bench, images['FS01/data']);
    bench.lab.run(31 * minute);
    bench.stop();
    assert.equal(bench.alerts('VRA0007').length, 1);
    bench.lab.run(33 * minute);
    const after = bench.vpg();
    assert.equal(after.subStatus, 'None');
    assert.equal(after.checkpoints.oldest, before.oldest);
    assert.deepEqual(
      after.gaps.map(({ cause }) => cause),
      ['journal-storage'],
    );
    const [gap] = after.gaps;
    assert.ok(gap?.to !== undefined && gap.from < 30 * minute);
    // The last one before the damage serves, those behind it are not there any more.
    const last = bench.tested({ kind: 'time', time: 29 * minute, inclusive: true });
    assert.equal(last.checkpoint.time, gap.from);
    bench.stop();
    assert.equal(bench.finds('first'), 'whole');
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

  it('leaves the last checkpoint before the damage until there is a newer one, for all VMs of the VPG', function () {
    this.timeout(120_000);
    const bench = new Bench();
    bench.write('FS01', 'first', 1024 * mib);
    bench.write('DB01', 'orders', 4 * mib);
    bench.lab.run(30 * minute);
    corrupt(bench, 'FS01');
    const { images } = bench.tested();
    // So slow that the healing takes an hour.
    bench.lab.degradeLink(bench.link('data-link'), { bandwidth: 120_000 });
    meetDamage(bench, images['FS01/data']);
    bench.lab.run(31 * minute);
    bench.stop();
    bench.lab.run(80 * minute);
    const { checkpoints, subStatus } = bench.vpg();
    assert.equal(subStatus, 'DeltaSync');
    assert.equal(checkpoints.count, 1);
    const { images: last } = bench.tested();
    assert.equal(bench.lab.imageContains(last, 'first'), 'whole');
    assert.equal(bench.lab.imageContains(last, 'orders'), 'whole');
  });

  it('and a ZVM that was away meanwhile takes what was lost off its list when it returns', function () {
    this.timeout(120_000);
    const bench = new Bench();
    bench.lab.run(30 * minute);
    const { images } = bench.tested();
    corrupt(bench, 'FS01');
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
    assert.ok(gap?.to !== undefined && gap.from < 29 * minute, JSON.stringify(gap));
    for (const run of checkpoints.runs) {
      assert.ok(run.to <= gap.from || run.from >= gap.to, JSON.stringify(run));
    }
  });
});
