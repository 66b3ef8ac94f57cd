import assert from 'node:assert/strict';
import { Bench, mib, minute, second, twoSites } from '../fixtures/labs.ts';

describe('alerts of what a person does or waits for', () => {
  it('VPG0050 stands while a failover test runs, at both sites', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    bench.tested();
    bench.lab.run(minute + 10 * second);
    for (const site of ['Prod_Site', 'DR_Site']) assert.ok(bench.raised('VPG0050', site), site);
    bench.stop();
    bench.lab.run(minute + 30 * second);
    assert.equal(bench.raised('VPG0050'), false);
  });

  it('VRA0025 stands while a synchronization runs', () => {
    const bench = new Bench(twoSites(['1Gbit/s', '20Mbit/s']));
    const { lab } = bench;
    lab.run(minute);
    lab.request(undefined, { kind: 'pause', vpg: 'shop' });
    bench.write('FS01', 'meanwhile', 100 * mib);
    lab.run(2 * minute);
    assert.deepEqual(bench.alerts('VRA0025'), []);
    lab.request(undefined, { kind: 'resume', vpg: 'shop' });
    lab.run(2 * minute + 10 * second);
    assert.equal(bench.raised('VRA0025', 'DR_Site'), true);
    lab.run(5 * minute);
    assert.equal(bench.raised('VRA0025'), false);
  });

  it('VPG0006 stands until recovered VMs are protected again', () => {
    const bench = new Bench();
    const { lab } = bench;
    lab.run(minute);
    const at = bench.site('DR_Site');
    const failover = { kind: 'failover', vpg: 'shop', checkpoint: { kind: 'latest' } } as const;
    assert.equal(lab.request(at, failover).result, 'success');
    const commit = { kind: 'commit', vpg: 'shop', reverseProtection: false } as const;
    assert.equal(lab.request(at, commit).result, 'success');
    lab.run(lab.now + minute);
    assert.equal(bench.raised('VPG0006', 'DR_Site'), true);
    assert.equal(lab.request(at, { kind: 'reverse-protect', vpg: 'shop' }).result, 'success');
    lab.run(lab.now + 2 * minute);
    assert.equal(bench.raised('VPG0006'), false);
  });
});
