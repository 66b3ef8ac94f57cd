import assert from 'node:assert/strict';
import { Bench, mib, minute, near, second } from '../fixtures/labs.ts';

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

  it('leaves a record of what was done, also when it was refused', () => {
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
    assert.equal(second?.result, 'refused');
    assert.match(second.reason ?? '', /runs already/);
  });
});
