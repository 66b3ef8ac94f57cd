/**
 * Numbers that are published of the product and that nothing else holds the engine to. The others: 1337 MB of
 * backlog (vra.test.ts), 30 GB and 15 % (journal-limits.test.ts), 85 % and 75 % (../zvm/sla.test.ts), 500 VMs
 * in 50 minutes (../zvm/boot.test.ts), a recorded trace (../../drill/traces.test.ts).
 */
import assert from 'node:assert/strict';
import { Bench, mib, minute, near, refused, second, twoSites } from '../fixtures/labs.ts';

describe('published numbers', () => {
  it('checkpoints come every 5 s to the millisecond, as in a list of 38 with 37 gaps', () => {
    const bench = new Bench();
    bench.lab.run(38 * 5 * second);
    const { runs } = bench.vpg().checkpoints;
    assert.deepEqual(
      runs.map(({ from, to, interval, count }) => [(to - from) / interval, interval, count]),
      [[runs[0]!.count - 1, 5 * second, runs[0]!.count]],
    );
    assert.ok(runs[0]!.count >= 37, `${runs[0]!.count} checkpoints`);
  });

  it('at 61 minutes nothing older than 60 is valid, though it is still listed', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.lab.run(30 * minute);
    bench.power('DR_Site/zvm', 'powerOff');
    bench.lab.run(61 * minute + 30 * second);
    const at = (time: number) => ({ kind: 'time', time, inclusive: true }) as const;
    assert.ok((bench.vpg().checkpoints.oldest ?? Infinity) < 10 * second, 'it lists all of them');
    assert.match(refused(bench.test(at(minute), 'Prod_Site')).reason, /has left the journal/);
    near(bench.tested(at(2 * minute), 'Prod_Site').checkpoint.time, 2 * minute, 5 * second);
    bench.stop('Prod_Site');
  });

  it('a bitmap sync makes no checkpoint, and leaves those before it recoverable', function () {
    this.timeout(60_000);
    const bench = new Bench(twoSites(['1Gbit/s', '20Mbit/s']));
    const { lab } = bench;
    lab.run(minute);
    bench.write('FS01', 'before', 4 * mib);
    lab.run(2 * minute);
    assert.equal(lab.request(undefined, { kind: 'pause', vpg: 'shop' }).result, 'success');
    bench.write('FS01', 'meanwhile', 200 * mib);
    lab.run(3 * minute);
    assert.equal(lab.request(undefined, { kind: 'resume', vpg: 'shop' }).result, 'success');
    lab.run(3 * minute + 20 * second);
    assert.equal(bench.vpg().subStatus, 'BitmapSync');
    near(bench.vpg().checkpoints.newest, 2 * minute, 5 * second);
    assert.equal(bench.finds('before'), 'whole');
    assert.equal(bench.finds('meanwhile'), 'none');
    lab.run(6 * minute);
    assert.equal(bench.vpg().subStatus, 'None');
    assert.equal(bench.finds('meanwhile'), 'whole', 'the image equals the source behind it');
  });

  it('during an initial sync nothing can be recovered', function () {
    this.timeout(60_000);
    const bench = new Bench(twoSites(['1Gbit/s', '10Mbit/s']), { begin: 'new' });
    const { lab } = bench;
    lab.run(second);
    bench.write('FS01', 'data', 200 * mib);
    lab.run(30 * second);
    for (const site of ['Prod_Site', 'DR_Site']) {
      lab.request(bench.site(site), { kind: 'enter-license' });
      for (const host of bench.site(site).hosts.keys()) {
        lab.request(bench.site(site), { kind: 'install-vra', host });
      }
    }
    lab.request(bench.site('Prod_Site'), { kind: 'pair', site: 'DR_Site' });
    const created = lab.request(bench.site('Prod_Site'), { kind: 'create-vpg', vpg: 'shop' });
    assert.equal(created.result, 'success', JSON.stringify(created));
    lab.run(minute);
    assert.deepEqual(
      [bench.vpg().status, bench.vpg().subStatus, bench.vpg().checkpoints.count],
      ['Initializing', 'InitialSync', 0],
    );
    assert.match(refused(bench.test()).reason, /a checkpoint of shop/);
    lab.run(6 * minute);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.finds('data'), 'whole');
  });
});
