import assert from 'node:assert/strict';
import { Bench, mib, minute, near, second, twoSites } from '../fixtures/labs.ts';

describe('OUT-12: a failover test runs isolated', () => {
  it('replication and checkpoints go on beside it, and its images stay as they were', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.write('FS01', 'before', 8 * mib);
    bench.lab.run(5 * minute);
    const { images, checkpoint } = bench.tested();
    const image = images['FS01/data'] ?? '';
    const sample = bench.lab.readImage(image, 'data', 0, 4 * mib).checksum();
    bench.write('FS01', 'during', 8 * mib);
    bench.lab.run(15 * minute);
    const vpg = bench.vpg();
    assert.equal(vpg.testing, true);
    assert.equal(vpg.replicating, true);
    assert.equal(vpg.health, 'ok');
    assert.deepEqual(vpg.gaps, []);
    near(vpg.checkpoints.newest, 15 * minute, 10 * second);
    // What went on outside is not in the test.
    assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
    assert.equal(bench.lab.imageContains(images, 'during'), 'none');
    assert.equal(bench.lab.readImage(image, 'data', 0, 4 * mib).checksum(), sample);
    bench.stop();
    assert.equal(bench.finds('during'), 'whole');
    // What was tested is easy to find again.
    const [tag] = bench.vpg().checkpoints.tagged;
    assert.equal(tag?.id, checkpoint.id);
    assert.match(tag.tag, /^Tested at 00:05:\d\d$/);
  });

  it('begins at the first checkpoint as soon as that is listed', () => {
    const bench = new Bench();
    let at = 0;
    while (bench.vpg().checkpoints.count === 0) bench.lab.run((at += 100));
    bench.lab.run(at + 100);
    assert.equal(bench.vpg().checkpoints.count, 1);
    bench.tested();
  });

  it('holds the journal at its checkpoint for as long as it lasts, however long that is', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.write('FS01', 'proof', 4 * mib);
    bench.lab.run(10 * minute);
    const { images } = bench.tested();
    bench.lab.run(150 * minute);
    assert.equal(bench.lab.imageContains(images, 'proof'), 'whole');
    bench.stop();
    bench.lab.run(153 * minute);
    near(bench.vpg().checkpoints.oldest, 93 * minute, 2 * minute);
  });

  it('OUT-11: leaves a recovery report of what was done, also when it was refused', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    bench.tested();
    bench.test();
    bench.lab.run(2 * minute);
    bench.stop();
    const [test, second, ...more] = bench.lab.snapshot().operations;
    assert.equal(more.length, 0);
    assert.equal(test?.result, 'success');
    assert.deepEqual(
      test.steps.map((step) => step.what.replace(/\d\d:\d\d:\d\d/, 'HH:MM:SS')),
      [
        'Chose the checkpoint of HH:MM:SS',
        'Opened the disks of FS01',
        'Opened the disks of DB01',
        'Closed all disks',
      ],
    );
    near(test.ended, 2 * minute, 1000);
    assert.equal(test.outcome, 'passed');
    assert.equal(second?.result, 'refused');
    assert.match(second.reason ?? '', /runs already/);
  });
});

describe('The end of a failover test', () => {
  const request = (success: boolean, notes: string) =>
    ({ kind: 'stop-test', vpg: 'shop', success, notes }) as const;

  it('is recorded with its verdict and what a person noted', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    bench.tested();
    bench.lab.request(undefined, request(false, 'the shop did not come up'));
    const [test] = bench.lab.snapshot().operations;
    assert.equal(test?.result, 'success');
    assert.equal(test.outcome, 'failed');
    assert.equal(test.notes, 'the shop did not come up');
  });

  it('ends the reminder that a test is overdue, if it passed, at both sites', () => {
    const bench = new Bench(twoSites(['    rpo: 5m\n', '    rpo: 5m\n    testEvery: 5m\n']));
    bench.lab.run(4 * minute);
    assert.equal(bench.raised('VPG0012'), false);
    bench.lab.run(6 * minute);
    for (const site of ['Prod_Site', 'DR_Site']) assert.ok(bench.raised('VPG0012', site), site);
    bench.tested();
    bench.lab.request(undefined, request(false, 'no'));
    bench.lab.run(7 * minute);
    assert.ok(bench.raised('VPG0012'));
    bench.tested();
    bench.lab.request(undefined, request(true, 'yes'));
    bench.lab.run(8 * minute);
    assert.equal(bench.raised('VPG0012'), false);
    bench.lab.run(14 * minute);
    for (const site of ['Prod_Site', 'DR_Site']) assert.ok(bench.raised('VPG0011', site), site);
  });
});
