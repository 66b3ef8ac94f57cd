import assert from 'node:assert/strict';
import { Bench, hour, mib, minute, succeeded } from '../fixtures/labs.ts';

describe('A failover that waits for its commit', () => {
  it('outlives a restart of its VRA, also when its checkpoint is older than the history by then', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.write('FS01', 'early', mib);
    bench.lab.run(hour + 5 * minute);
    const oldest = { kind: 'oldest' } as const;
    const request = { kind: 'failover', vpg: 'shop', checkpoint: oldest } as const;
    const { checkpoint } = succeeded(bench.lab.request(bench.site('DR_Site'), request));
    bench.lab.run(bench.lab.now + 10 * minute);
    assert.ok(bench.lab.now - checkpoint.time > hour);
    // Its ZVM is there again only a while after the VRA: nobody has opened the image till then.
    for (const component of ['DR_Site/zvm', 'DR_Site/esx-d1/vra'])
      bench.power(component, 'powerOff');
    bench.lab.run(bench.lab.now + 2 * minute);
    bench.power('DR_Site/esx-d1/vra', 'powerOn');
    bench.lab.run(bench.lab.now + minute);
    bench.power('DR_Site/zvm', 'powerOn');
    bench.lab.run(bench.lab.now + 5 * minute);
    const commit = bench.lab.request(bench.site('DR_Site'), { kind: 'commit', vpg: 'shop' });
    assert.equal(commit.result, 'success', JSON.stringify(commit));
  });
});
