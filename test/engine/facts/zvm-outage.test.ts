import assert from 'node:assert/strict';
import { Bench, hour, mib, minute, near, refused, second } from '../fixtures/labs.ts';

/** The three curves of an outage, in bytes per second over the last few seconds. */
function rates(bench: Bench): { transmit: number; receive: number; diskWrite: number } {
  const vras = bench.lab.snapshot().sites.flatMap((site) => site.vras);
  const sender = vras.find((vra) => vra.name === 'Prod_Site/esx-p1');
  const receiver = vras.find((vra) => vra.name === 'DR_Site/esx-d1');
  assert.ok(sender && receiver);
  return {
    transmit: sender.transmit,
    receive: receiver.receive,
    diskWrite: receiver.diskWrite,
  };
}

describe('OUT-1: the VRAs alone replicate', () => {
  for (const site of ['Prod_Site', 'DR_Site']) {
    it(`with the ZVM of ${site} down, all three rates rise when the workload writes`, () => {
      const bench = new Bench();
      bench.lab.run(minute);
      bench.power(`${site}/zvm`, 'powerOff');
      bench.lab.run(2 * minute);
      const quiet = rates(bench);
      bench.write('FS01', 'fonts', 500 * mib, 20 * mib);
      bench.lab.run(2 * minute + 15 * second);
      const busy = rates(bench);
      // The wire carries half: the simulated content compresses two to one.
      const floor = 5 * mib;
      assert.ok(busy.transmit > floor && quiet.transmit < mib / 4, `transmit ${busy.transmit}`);
      assert.ok(busy.receive > floor && quiet.receive < mib / 4, `receive ${busy.receive}`);
      assert.ok(busy.diskWrite > floor && quiet.diskWrite < mib / 4, `disk ${busy.diskWrite}`);
      assert.equal(bench.vpg().replicating, true);
    });

    it(`what was written while the ZVM of ${site} was down is in the first checkpoint after it`, () => {
      const bench = new Bench();
      bench.lab.run(minute);
      bench.power(`${site}/zvm`, 'powerOff');
      bench.lab.run(2 * minute);
      bench.write('FS01', 'fonts', 20 * mib);
      bench.lab.run(5 * minute);
      const newest = bench.vpg().checkpoints.newest;
      near(newest, minute, 5 * second);
      assert.equal(bench.finds('fonts'), 'none');
      bench.power(`${site}/zvm`, 'powerOn');
      bench.lab.run(5 * minute + 12 * second);
      const first = bench.vpg().checkpoints.runs.at(-1);
      assert.ok(first && first.from > 5 * minute);
      assert.equal(bench.finds('fonts', { kind: 'id', id: first.firstId }), 'whole');
    });
  }
});

describe('OUT-2: no new checkpoints with either ZVM down, the old ones stay', () => {
  for (const site of ['Prod_Site', 'DR_Site']) {
    it(`with the ZVM of ${site} down`, () => {
      const bench = new Bench();
      bench.lab.run(minute);
      bench.write('FS01', 'early');
      bench.lab.run(10 * minute);
      const before = bench.vpg().checkpoints;
      bench.power(`${site}/zvm`, 'powerOff');
      bench.lab.run(30 * minute);
      const { checkpoints, gaps } = bench.vpg();
      // The tick at which the power went may just have been made.
      assert.ok(checkpoints.count - before.count <= 1);
      near(checkpoints.newest, 10 * minute, 5 * second);
      assert.equal(checkpoints.oldest, before.oldest);
      assert.equal(gaps.length, 1);
      near(gaps[0]?.from, 10 * minute, 5 * second);
      assert.equal(gaps[0]?.to, undefined);
      assert.equal(gaps[0]?.cause, 'zvm-down');
      for (const kind of ['oldest', 'latest'] as const) {
        assert.equal(bench.finds('early', { kind }), kind === 'latest' ? 'whole' : 'none');
      }
    });
  }
});

describe('OUT-3: the surviving site says so within seconds, and measures no RPO', () => {
  for (const [down, up] of [
    ['Prod_Site', 'DR_Site'],
    ['DR_Site', 'Prod_Site'],
  ] as const) {
    it(`at ${up}, when the ZVM of ${down} dies`, () => {
      const bench = new Bench();
      bench.lab.run(5 * minute);
      assert.equal(bench.vpg().health, 'ok');
      assert.ok((bench.vpg().rpo ?? Infinity) <= 10 * second);
      bench.power(`${down}/zvm`, 'powerOff');
      bench.lab.run(5 * minute + 10 * second);
      const [alert, ...more] = bench.alerts('ZVM0003', up);
      assert.equal(more.length, 0);
      assert.equal(alert?.message, `The Zerto Virtual Manager is not connected to site ${down}`);
      assert.deepEqual(alert.vpgs, ['shop']);
      near(alert.raised, 5 * minute + 6 * second, 2 * second);
      const vpg = bench.vpg();
      assert.equal(vpg.health, 'error');
      assert.equal(vpg.rpo, undefined);
      near(vpg.lastCheckpointAge, 10 * second, 5 * second);
      bench.lab.run(hour / 2);
      near(bench.vpg().lastCheckpointAge, 25 * minute, 10 * second);
      assert.equal(bench.vpg().rpo, undefined);
    });
  }
});

describe('OUT-4: while one ZVM is down the other recovers', () => {
  for (const [down, up] of [
    ['Prod_Site', 'DR_Site'],
    ['DR_Site', 'Prod_Site'],
  ] as const) {
    it(`a failover test runs from ${up} with the ZVM of ${down} down`, () => {
      const bench = new Bench();
      bench.write('FS01', 'ledger', 8 * mib);
      bench.write('DB01', 'orders', 8 * mib);
      bench.lab.run(5 * minute);
      bench.power(`${down}/zvm`, 'powerOff');
      bench.lab.run(10 * minute);
      const { images, checkpoint } = bench.tested({ kind: 'latest' }, up);
      near(checkpoint.time, 5 * minute, 5 * second);
      assert.equal(bench.lab.imageContains(images, 'ledger'), 'whole');
      assert.equal(bench.lab.imageContains(images, 'orders'), 'whole');
      bench.lab.run(11 * minute);
      assert.equal(bench.vpg().testing, true);
      bench.stop(up);
      assert.equal(bench.vpg().testing, false);
      // The recovery through the other side must not be taken for a sign of life of the dead ZVM.
      bench.lab.run(12 * minute);
      assert.equal(bench.vpg().gaps[0]?.cause, 'zvm-down');
      const gone = refused(bench.test({ kind: 'latest' }, down));
      assert.match(gone.reason, new RegExp(`ZVM of ${down} is down`));
    });
  }
});

describe('OUT-5: with both ZVMs down no recovery can be started', () => {
  it('the refusal says that at least one is needed, and replication goes on', () => {
    const bench = new Bench();
    bench.lab.run(5 * minute);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.power('DR_Site/zvm', 'powerOff');
    bench.lab.run(6 * minute);
    const { reason, missing } = refused(bench.test());
    assert.match(reason, /at least one is needed/);
    assert.deepEqual([...missing].sort(), ['the ZVM of DR_Site', 'the ZVM of Prod_Site']);
    bench.write('FS01', 'during', 4 * mib);
    bench.lab.run(8 * minute);
    assert.equal(bench.vpg().replicating, true);
    assert.equal(bench.vpg().rpo, undefined);
    bench.power('DR_Site/zvm', 'powerOn');
    bench.lab.run(8 * minute + 10 * second);
    assert.equal(bench.finds('during'), 'none');
    bench.power('Prod_Site/zvm', 'powerOn');
    bench.lab.run(9 * minute);
    assert.equal(bench.finds('during'), 'whole');
    assert.equal(bench.vpg().gaps[0]?.cause, 'zvm-down');
  });
});

describe('OUT-6: on return the ZVMs synchronise and checkpoints resume by themselves', () => {
  for (const site of ['Prod_Site', 'DR_Site']) {
    it(`after 70 minutes without the ZVM of ${site}, with one gap that nothing fills in`, () => {
      const bench = new Bench();
      bench.lab.run(10 * minute);
      bench.power(`${site}/zvm`, 'powerOff');
      bench.lab.run(80 * minute);
      assert.equal(bench.alerts('ZVM0010').length, 0);
      bench.power(`${site}/zvm`, 'powerOn');
      bench.lab.run(80 * minute + 3 * second);
      assert.ok(bench.raised('ZVM0010'), 'synchronising');
      bench.lab.run(81 * minute);
      const ended = bench.alerts('ZVM0010');
      assert.ok(ended.length > 0);
      for (const { cleared, raised, message } of ended) {
        assert.ok(cleared !== undefined && cleared - raised <= 15 * second);
        assert.match(message, /^Synchronizing with site (Prod|DR)_Site$/);
      }
      assert.equal(bench.raised('ZVM0003'), false);
      bench.lab.run(90 * minute);
      const { gaps, health, checkpoints } = bench.vpg();
      assert.equal(gaps.length, 1);
      const [gap] = gaps;
      assert.equal(gap?.cause, 'zvm-down');
      near(gap.from, 10 * minute, 5 * second);
      near(gap.to, 80 * minute, 10 * second);
      // Nothing inside the gap, and both of its ends are checkpoints.
      for (const { from, to } of checkpoints.runs) {
        assert.ok(to <= gap.from || from >= (gap.to ?? 0), `${from} to ${to} is in the gap`);
      }
      near(checkpoints.newest, 90 * minute, 10 * second);
      assert.equal(health, 'ok');
    });
  }
});
