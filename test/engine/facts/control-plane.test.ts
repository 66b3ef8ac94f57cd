import assert from 'node:assert/strict';
import { Bench, mib, minute, near, second } from '../fixtures/labs.ts';

describe('NET-10: in sync while the ZVMs cannot talk', () => {
  it('tells the health of the control plane from that of the data plane', () => {
    const bench = new Bench();
    bench.lab.run(5 * minute);
    bench.lab.cutLink(bench.link('control-link'));
    bench.write('FS01', 'meanwhile', 8 * mib);
    bench.lab.run(15 * minute);
    const cut = bench.vpg();
    assert.equal(cut.replicating, true);
    assert.equal(cut.health, 'error');
    assert.equal(cut.rpo, undefined);
    assert.equal(cut.subStatus, 'RecoveryPossible');
    for (const site of bench.lab.snapshot().sites) {
      assert.equal(site.zvmUp, true);
      assert.deepEqual(site.connectedTo, []);
    }
    assert.ok(bench.raised('ZVM0003', 'DR_Site') && bench.raised('ZVM0003', 'Prod_Site'));
    assert.equal(bench.raised('VRA0005'), false);
    assert.equal(cut.gaps[0]?.cause, 'zvms-disconnected');

    bench.lab.healLink(bench.link('control-link'));
    bench.lab.run(16 * minute);
    const healed = bench.vpg();
    assert.equal(healed.health, 'ok');
    const [gap, ...more] = healed.gaps;
    assert.equal(more.length, 0);
    assert.equal(gap?.cause, 'zvms-disconnected');
    near(gap.from, 5 * minute, 5 * second);
    near(gap.to, 15 * minute, 15 * second);
    assert.equal(bench.finds('meanwhile'), 'whole');
  });

  it('the other way round: the ZVMs talk, and the VRAs do not', () => {
    const bench = new Bench();
    bench.lab.run(5 * minute);
    bench.lab.cutLink(bench.link('data-link'));
    bench.lab.run(7 * minute);
    const cut = bench.vpg();
    assert.equal(cut.replicating, false);
    assert.ok(bench.raised('VRA0005'));
    assert.equal(bench.raised('ZVM0003'), false);
    assert.equal(cut.gaps[0]?.cause, 'link-down');
    assert.ok((cut.rpo ?? 0) > minute);
    bench.lab.healLink(bench.link('data-link'));
    bench.lab.run(8 * minute);
    const healed = bench.vpg();
    assert.equal(healed.replicating, true);
    assert.equal(healed.gaps.length, 1);
    assert.equal(healed.gaps[0]?.cause, 'link-down');
    assert.equal(bench.raised('VRA0005'), false);
  });

  it('a VRA that is down is not taken for a cut link, from either side', () => {
    for (const vra of ['Prod_Site/esx-p1/vra', 'DR_Site/esx-d2/vra']) {
      const bench = new Bench();
      bench.lab.run(5 * minute);
      bench.power(vra, 'powerOff');
      bench.lab.run(8 * minute);
      assert.equal(bench.vpg().gaps[0]?.cause, 'vra-down', vra);
      assert.ok(bench.raised('ZVM0002'), vra);
      bench.power(vra, 'powerOn');
      bench.lab.run(10 * minute);
      const vpg = bench.vpg();
      assert.equal(vpg.gaps.length, 1);
      assert.equal(vpg.gaps[0]?.cause, 'vra-down', vra);
      near(vpg.gaps[0].to, 8 * minute, 30 * second);
      assert.equal(bench.raised('ZVM0002'), false);
    }
  });
});
