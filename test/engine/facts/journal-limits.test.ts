import assert from 'node:assert/strict';
import type { JournalSnapshot } from '../../../src/engine/api.ts';
import { checkpointInterval } from '../../../src/topology/limits.ts';
import { Bench, hour, mib, minute, near, second, twoSites } from '../fixtures/labs.ts';

const gib = 1024 * mib;

function journalOf(bench: Bench, vm = 'FS01'): JournalSnapshot {
  const journal = bench.vpg().journals.find((each) => each.vm === vm);
  assert.ok(journal);
  return journal;
}

function fill(bench: Bench, free: number): void {
  const known = bench.site('DR_Site').datastores.get('ds-d1');
  assert.ok(known);
  bench.lab.fill(known, free);
}

/** FS01 changes 1 MiB/s (half of it after compression), DB01 next to nothing. */
const busy: [string, string] = ['changeRate: 16KiB/s', 'changeRate: 1MiB/s'];

describe('the hard limit of a journal', () => {
  it('shortens the history, with alerts, and neither stops replication nor loses data', function () {
    this.timeout(120_000);
    const limit = 400 * mib;
    const bench = new Bench(twoSites(busy, ['hardLimit: 150GiB', 'hardLimit: 400MiB']));
    bench.write('FS01', 'early', 4 * mib);
    bench.lab.run(90 * minute);

    const full = journalOf(bench);
    assert.equal(full.hardLimit, limit);
    assert.equal(full.warning, 0.75 * limit);
    assert.equal(full.atLimit, true);
    assert.ok(full.bytes <= limit + 16 * mib, `${full.bytes} bytes`);
    assert.ok(full.bytes > 0.8 * limit, `${full.bytes} bytes`);
    assert.equal(journalOf(bench, 'DB01').atLimit, false);

    const { history, checkpoints, gaps, replicating, status, rpo } = bench.vpg();
    assert.equal(replicating, true);
    assert.ok((rpo ?? Infinity) <= 2 * checkpointInterval);
    assert.deepEqual(gaps, []);
    assert.ok(history < 0.5 * hour, `history ${history / minute} min`);
    assert.equal(status, 'HistoryNotMeetingSLA');
    near(checkpoints.newest, 90 * minute, 5 * second);
    // The alerts speak of the VM whose journal it is, and of the VPG whose history is short.
    const [reached] = bench.alerts('VRA0039', 'DR_Site');
    assert.equal(reached?.message, 'The journal of FS01 in VPG shop has reached its hard limit');
    assert.equal(bench.alerts('VRA0039').length, 1);
    assert.equal(bench.raised('VPG0004', 'DR_Site'), true);
    // What was promoted early is in every image.
    assert.equal(bench.finds('early', { kind: 'oldest' }), 'whole');
  });

  it('takes its alerts back when the journal has room again', function () {
    this.timeout(120_000);
    const bench = new Bench(twoSites(['hardLimit: 150GiB', 'hardLimit: 400MiB']));
    bench.lab.run(5 * minute);
    bench.write('FS01', 'burst', 1024 * mib, 2 * mib);
    bench.lab.run(20 * minute);
    assert.equal(bench.raised('VRA0039'), true);
    bench.lab.run(2 * hour);
    assert.equal(journalOf(bench).atLimit, false);
    for (const id of ['VRA0039', 'VRA0040', 'VPG0003', 'VPG0004']) {
      assert.equal(bench.raised(id), false, id);
    }
    assert.equal(bench.vpg().status, 'MeetingSLA');
    near(bench.vpg().history, hour, minute);
  });

  it('OUT-9: keeps the newest checkpoint, and goes above, where one interval does not fit', function () {
    this.timeout(60_000);
    // 5 s at 8 MiB/s are 20 MiB after compression.
    const bench = new Bench(
      twoSites(['changeRate: 16KiB/s', 'changeRate: 8MiB/s'], ['150GiB', '10MiB']),
    );
    bench.lab.run(5 * minute);
    const { checkpoints, replicating, gaps } = bench.vpg();
    assert.equal(replicating, true);
    assert.deepEqual(gaps, []);
    near(checkpoints.newest, 5 * minute, 5 * second);
    assert.ok(checkpoints.count >= 1);
    assert.ok(bench.vpg().history < minute);
    assert.equal(bench.raised('VRA0039'), true);

    // No checkpoint comes any more: the last one stays, whatever the limit says.
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(7 * minute);
    assert.ok(journalOf(bench).bytes > 400 * mib);
    const { checkpoint } = bench.tested();
    near(checkpoint.time, 5 * minute, 5 * second);
    bench.stop();
    bench.power('Prod_Site/zvm', 'powerOn');
    bench.lab.run(9 * minute);
    assert.ok(journalOf(bench).bytes < 100 * mib, 'back below as soon as there are newer ones');
  });

  it('is exceeded while a failover test holds its checkpoint, and kept again afterwards', function () {
    this.timeout(60_000);
    const bench = new Bench(twoSites(busy, ['hardLimit: 150GiB', 'hardLimit: 200MiB']));
    bench.lab.run(4 * minute);
    bench.tested();
    bench.lab.run(20 * minute);
    assert.ok(journalOf(bench).bytes > 400 * mib);
    assert.equal(bench.raised('VRA0039'), true);
    bench.stop();
    bench.lab.run(21 * minute);
    assert.ok(journalOf(bench).bytes <= 216 * mib);
  });
});

describe('the warning threshold of a journal', () => {
  it('warns above 75 % of the limit unless told otherwise, and not below', function () {
    this.timeout(60_000);
    const bench = new Bench(twoSites(['hardLimit: 150GiB', 'hardLimit: 400MiB']));
    bench.write('FS01', 'some', 560 * mib, 10 * mib);
    bench.lab.run(5 * minute);
    assert.ok(journalOf(bench).bytes < 300 * mib);
    assert.equal(bench.alerts('VRA0040').length, 0);
    bench.write('FS01', 'more', 80 * mib, 10 * mib);
    bench.lab.run(6 * minute);
    assert.ok(journalOf(bench).bytes > 300 * mib);
    const [low] = bench.alerts('VRA0040', 'DR_Site');
    assert.equal(low?.level, 'warning');
    assert.equal(low.message, 'The journal of FS01 in VPG shop is low on space');
    assert.equal(bench.alerts('VRA0039').length, 0);
  });
});

describe('the floor of a datastore: 30 GB or 15 % free', () => {
  it('pauses replication, keeps the history, lets the RPO grow, and goes on by itself', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.lab.run(30 * minute);
    // 8 TiB: the floor is 15 %, 1228.8 GiB.
    fill(bench, 1250 * gib);
    bench.lab.run(31 * minute);
    assert.equal(bench.vpg().subStatus, 'None');

    fill(bench, 1200 * gib);
    bench.lab.run(31 * minute + 10 * second);
    bench.write('FS01', 'meanwhile', 40 * mib);
    bench.lab.run(40 * minute);
    const paused = bench.vpg();
    assert.equal(paused.replicating, false);
    assert.equal(paused.subStatus, 'ReplicationPausedSystemInitiated');
    assert.equal(paused.status, 'RpoNotMeetingSLA');
    assert.equal(paused.health, 'error');
    near(paused.rpo, 9 * minute, 10 * second);
    // Nothing of the history is given up for the space.
    near(paused.history, 40 * minute, 10 * second);
    near(paused.checkpoints.newest, 31 * minute, 10 * second);
    assert.equal(bench.finds('meanwhile'), 'none');
    for (const id of ['VRA0006', 'STR0004', 'VPG0009']) {
      assert.equal(bench.raised(id, 'DR_Site'), true, id);
    }
    assert.equal(bench.raised('STR0002'), false);

    // A little above the floor is not enough: it would be below again in no time.
    fill(bench, 1300 * gib);
    bench.lab.run(41 * minute);
    assert.equal(bench.vpg().subStatus, 'ReplicationPausedSystemInitiated');

    // 16.5 % are 1351.7 GiB.
    fill(bench, 1360 * gib);
    bench.lab.run(43 * minute);
    const again = bench.vpg();
    assert.equal(again.replicating, true);
    assert.equal(again.subStatus, 'None');
    assert.equal(again.status, 'MeetingSLA');
    const [gap] = again.gaps;
    assert.equal(again.gaps.length, 1);
    assert.equal(gap?.cause, 'journal-storage');
    near(gap.from, 31 * minute, 10 * second);
    near(gap.to, 41 * minute, 15 * second);
    for (const id of ['VRA0006', 'STR0004', 'VPG0009']) {
      assert.equal(bench.raised(id), false, id);
    }
    assert.equal(bench.finds('meanwhile'), 'whole');
  });

  it('is 30 GB where 15 % are less', function () {
    this.timeout(60_000);
    const small: [string, string] = ['capacity: 8TiB, free: 6TiB', 'capacity: 100GB, free: 90GB'];
    const bench = new Bench(twoSites(small));
    bench.lab.run(5 * minute);
    fill(bench, 31e9);
    bench.lab.run(6 * minute);
    assert.equal(bench.vpg().subStatus, 'None');
    fill(bench, 29e9);
    bench.lab.run(7 * minute);
    assert.equal(bench.vpg().subStatus, 'ReplicationPausedSystemInitiated');
    fill(bench, 34e9);
    bench.lab.run(8 * minute);
    assert.equal(bench.vpg().subStatus, 'None');
  });

  it('tells a full datastore from one that is low', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.lab.run(5 * minute);
    fill(bench, 0);
    bench.lab.run(6 * minute);
    assert.equal(bench.raised('STR0002', 'DR_Site'), true);
    assert.equal(bench.raised('VRA0006', 'DR_Site'), true);
    assert.equal(bench.vpg().subStatus, 'ReplicationPausedSystemInitiated');
    fill(bench, 4096 * gib);
    bench.lab.run(8 * minute);
    assert.equal(bench.raised('STR0002'), false);
    assert.equal(bench.vpg().subStatus, 'None');
  });
});
