/** What a VRA makes of its link and its host: compression and throttle windows. */
import assert from 'node:assert/strict';
import { Bench, minute, near, second, twoSites } from '../fixtures/labs.ts';

const vra = 'Prod_Site/esx-p1';

/** Mean of what a VRA transmits between two times, in bytes per second. */
function transmitted(bench: Bench, from: number, to: number): number {
  const samples = bench.lab
    .timeline()
    .rates.find(({ name }) => name === vra)
    ?.samples.filter(({ at }) => at >= from && at < to);
  assert.ok(samples && samples.length > 0);
  return samples.reduce((sum, { transmit }) => sum + transmit, 0) / samples.length;
}

function sendBuffer(bench: Bench): number {
  const vras = bench.lab.snapshot().sites.flatMap((site) => site.vras);
  return vras.find(({ name }) => name === vra)?.sendBuffer ?? NaN;
}

describe('a sending VRA', () => {
  it('VRA-4: compresses less on a busy host, so that more crosses the WAN, and more again after', () => {
    const bench = new Bench(twoSites([/changeRate: 16KiB\/s/, 'changeRate: 2MB/s']));
    const { lab } = bench;
    const host = bench.site('Prod_Site').hosts.get('esx-p1');
    assert.ok(host);
    lab.run(minute);
    lab.load(host, 0.6, minute);
    lab.run(2 * minute);
    lab.load(host, 0.95, 10 * minute);
    lab.run(13 * minute);
    near(transmitted(bench, 10 * second, minute), 1e6, 5e4);
    near(transmitted(bench, 70 * second, 2 * minute), 2e6 / 1.8, 5e4);
    near(transmitted(bench, 130 * second, 12 * minute), 2e6, 1e5);
    near(transmitted(bench, 12.2 * minute, 13 * minute), 1e6, 5e4);
  });

  it('VRA-4: without compression a link that was wide enough is too thin', () => {
    const bench = new Bench(
      twoSites([/changeRate: 16KiB\/s/, 'changeRate: 2MB/s'], ['1Gbit/s', '12Mbit/s']),
    );
    const { lab } = bench;
    const host = bench.site('Prod_Site').hosts.get('esx-p1');
    assert.ok(host);
    lab.run(2 * minute);
    assert.ok((bench.vpg().rpo ?? Infinity) < 15 * second);
    lab.load(host, 0.95, 3 * minute);
    lab.run(5 * minute);
    assert.ok((bench.vpg().rpo ?? 0) > 30 * second, `RPO ${bench.vpg().rpo} grows`);
    lab.run(12 * minute);
    assert.ok((bench.vpg().rpo ?? Infinity) < 15 * second, `RPO ${bench.vpg().rpo} recovers`);
  });

  it('obeys the throttle window of its link, over midnight, and catches up behind it', () => {
    const window = "{ from: '23:59', to: '00:05', rate: 10Mbit/s }";
    const throttled = `bandwidth: 1Gbit/s\n    throttle: [${window}]`;
    const bench = new Bench(
      twoSites([/changeRate: 16KiB\/s/, 'changeRate: 2MB/s'], ['bandwidth: 1Gbit/s', throttled]),
      { warmUp: 2 * minute },
    );
    const { lab } = bench;
    lab.run(2 * minute);
    lab.setOrigin();
    lab.run(4.5 * minute);
    const { rpo } = bench.vpg();
    // Two VRAs share the window: 625 KB/s each, and 1 MB/s is what the workload needs.
    near(transmitted(bench, -2 * minute + 10 * second, -minute), 1e6, 1e5);
    near(transmitted(bench, -minute + 10 * second, 4.5 * minute), 625_000, 20_000);
    assert.ok((rpo ?? 0) > minute, `RPO ${rpo} grows`);
    assert.ok(sendBuffer(bench) > 100e6, `${sendBuffer(bench)} bytes wait`);
    lab.run(7 * minute);
    assert.ok((bench.vpg().rpo ?? Infinity) < 10 * second, `RPO ${bench.vpg().rpo} recovers`);
    assert.ok(sendBuffer(bench) < 5e6, 'the buffer is as good as empty');
    assert.deepEqual(bench.vpg().gaps, [], 'the checkpoints were late, and all of them came');
  });
});
