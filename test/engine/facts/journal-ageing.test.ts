import assert from 'node:assert/strict';
import { Bench, hour, mib, minute, near, refused, second, twoSites } from '../fixtures/labs.ts';

describe('OUT-7: the journal ages on while a ZVM is down', () => {
  it('loses old checkpoints, breaches the history SLA, and rebuilds it after the return', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.lab.run(90 * minute);
    const full = bench.vpg();
    near(full.history, hour, minute);
    assert.equal(full.status, 'MeetingSLA');
    assert.equal(bench.alerts('VPG0003').length + bench.alerts('VPG0004').length, 0);

    bench.power('Prod_Site/zvm', 'powerOff');
    bench.write('FS01', 'rolled', 4 * mib);
    bench.lab.run(120 * minute);
    const half = bench.vpg();
    near(half.checkpoints.oldest, hour, minute);
    near(half.checkpoints.newest, 90 * minute, 5 * second);
    near(half.coveredHistory, hour / 2, minute);
    assert.ok(half.checkpoints.count < full.checkpoints.count * 0.6);
    assert.ok(bench.raised('VPG0004'), 'half of the history is an error');

    bench.lab.run(4 * hour);
    const empty = bench.vpg();
    assert.equal(empty.checkpoints.count, 1);
    near(empty.checkpoints.newest, 90 * minute, 5 * second);

    bench.power('Prod_Site/zvm', 'powerOn');
    bench.lab.run(4 * hour + 10 * minute);
    assert.equal(bench.vpg().status, 'HistoryNotMeetingSLA');
    assert.equal(bench.finds('rolled'), 'whole');
    bench.lab.run(5 * hour + 5 * minute);
    const rebuilt = bench.vpg();
    assert.equal(rebuilt.status, 'MeetingSLA');
    assert.equal(rebuilt.health, 'ok');
    near(rebuilt.history, hour, minute);
    assert.equal(bench.raised('VPG0003') || bench.raised('VPG0004'), false);
    assert.equal(rebuilt.gaps.length, 1);
  });
});

describe('OUT-8: a list that is older than the journal', () => {
  it('choosing a checkpoint that has aged out is refused at once, and the list is refreshed', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.write('FS01', 'kept', 4 * mib);
    bench.lab.run(30 * minute);
    bench.power('DR_Site/zvm', 'powerOff');
    bench.lab.run(3 * hour);
    bench.power('DR_Site/zvm', 'powerOn');
    const listed = bench.vpg().checkpoints;
    assert.ok(listed.count > 300, 'the ZVM still lists what it knew');

    const asked = bench.lab.now;
    const stale = refused(bench.test({ kind: 'oldest' }));
    assert.match(stale.reason, /has left the journal/);
    assert.match(stale.reason, /list has been refreshed/);
    // At once: within seconds, not after a time-out.
    assert.ok(bench.lab.now - asked < 5 * second, `${bench.lab.now - asked} ms`);
    const refreshed = bench.vpg().checkpoints;
    // The journals know of the last but one for certain that it was catalogued, and rest on that.
    assert.equal(refreshed.count, 2);
    near(refreshed.newest, 30 * minute, 5 * second);
    assert.equal(bench.finds('kept', { kind: 'oldest' }), 'whole');
  });

  it('the list is cleaned within a minute or two without anybody asking', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.lab.run(30 * minute);
    bench.power('DR_Site/zvm', 'powerOff');
    bench.lab.run(2 * hour);
    bench.power('DR_Site/zvm', 'powerOn');
    bench.lab.run(2 * hour + 30 * second);
    assert.ok((bench.vpg().checkpoints.oldest ?? 0) < minute);
    bench.lab.run(2 * hour + 2 * minute);
    near(bench.vpg().checkpoints.oldest, 30 * minute, 5 * second);
  });
});

describe('OUT-9: the newest recoverable point is the last thing given up', () => {
  it('a day without checkpoints leaves the last one, and it recovers', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.lab.run(5 * minute);
    bench.write('DB01', 'before', 4 * mib);
    bench.lab.run(10 * minute);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.write('DB01', 'after', 4 * mib);
    bench.lab.run(8 * hour);
    const { count, newest } = bench.vpg().checkpoints;
    assert.equal(count, 1);
    near(newest, 10 * minute, 5 * second);
    const { images } = bench.tested();
    assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
    assert.equal(bench.lab.imageContains(images, 'after'), 'none');
  });

  // Each of them can leave a marker in one journal that the other never gets.
  const losses: [string, number, string][] = [
    ['Prod_Site/esx-p2', 0, 'vra-down'],
    ['Prod_Site/esx-p2', 12, 'vra-down'],
    ['DR_Site/esx-d2', 0, 'vra-down'],
    ['DR_Site/esx-d2/vra', 2500, 'vra-down'],
    ['DR_Site/zvm', 10, 'zvm-down'],
    ['Prod_Site', 20, 'zvm-down'],
  ];
  for (const [what, offset, cause] of losses) {
    it(`two hours without ${what}, lost ${offset} ms into a cut, leave the last one as well`, () => {
      const bench = new Bench();
      bench.write('FS01', 'before', 4 * mib);
      bench.lab.run(10 * minute + offset);
      bench.power(what, 'powerOff');
      bench.lab.run(2 * hour);
      bench.power(what, 'powerOn');
      // An attempt to connect is given up after 3 s, and made again.
      bench.lab.run(2 * hour + 4 * second);
      const { images, checkpoint } = bench.tested();
      near(checkpoint.time, 10 * minute, 5 * second);
      assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
      bench.stop();
      bench.lab.run(2 * hour + 3 * minute);
      const { gaps, checkpoints } = bench.vpg();
      assert.deepEqual(
        gaps.map((gap) => gap.cause),
        [cause],
      );
      near(checkpoints.newest, 2 * hour + 3 * minute, 10 * second);
    }).timeout(60_000);
  }
});

describe('OUT-9: both ZVMs die in one cut', () => {
  // The last journal's answer is on its way, or the catalogue is being written: the journals have a marker
  // that no catalogue has, and nobody is left to tell them.
  for (let offset = 8; offset <= 28; offset += 4) {
    it(`${offset} ms into it: the last checkpoint that was catalogued outlives its history`, () => {
      const bench = new Bench(twoSites(['history: 1h', 'history: 2m']));
      const { lab } = bench;
      bench.write('FS01', 'kept', 4 * mib);
      lab.run(minute + offset);
      const { newest, count } = bench.vpg().checkpoints;
      for (const site of ['Prod_Site', 'DR_Site']) bench.power(`${site}/zvm`, 'powerOff');
      lab.run(3 * minute);
      // A VRA that has lost its memory knows it as well.
      bench.power('DR_Site/esx-d1/vra', 'crash');
      lab.run(6 * minute);
      bench.power('DR_Site/zvm', 'powerOn');
      lab.run(6 * minute + 5 * second);
      const { images, checkpoint } = bench.tested();
      assert.equal(bench.lab.imageContains(images, 'kept'), 'whole');
      // None is lost, and none is made up.
      assert.ok(checkpoint.time === newest || checkpoint.time === (newest ?? 0) + 5 * second);
      assert.ok(bench.vpg().checkpoints.count <= count + 1);
      bench.stop();
      bench.power('Prod_Site/zvm', 'powerOn');
      lab.run(10 * minute);
      assert.equal(bench.vpg().status, 'MeetingSLA');
    }).timeout(60_000);
  }
});
