/** A forced synchronization: a delta sync that a person asks for. */
import assert from 'node:assert/strict';
import { Bench, minute, mib, refused, second } from '../fixtures/labs.ts';

describe('a forced synchronization', () => {
  for (const site of ['Prod_Site', 'DR_Site']) {
    it(`asked for at ${site} runs a delta sync, and checkpoints resume behind it`, () => {
      const bench = new Bench();
      bench.write('FS01', 'report', 8 * mib);
      bench.lab.run(minute);
      const { lab } = bench;
      const reply = lab.request(bench.site(site), { kind: 'force-sync', vpg: 'shop' });
      assert.deepEqual(reply, { result: 'success' });
      lab.run(lab.now + 5 * minute);
      const { gaps, subStatus } = bench.vpg();
      assert.equal(subStatus, 'None');
      assert.ok(gaps.every((gap) => gap.to !== undefined && gap.cause === 'delta-sync'));
      assert.equal(bench.finds('report'), 'whole');
    });
  }

  it('is refused where the VRA or the ZVM that would begin it is not heard', () => {
    const bench = new Bench();
    bench.power('Prod_Site/esx-p2/vra', 'powerOff');
    bench.lab.run(10 * second);
    const ask = (): string[] => {
      const reply = bench.lab.request(bench.site('DR_Site'), { kind: 'force-sync', vpg: 'shop' });
      return [...refused(reply).missing];
    };
    assert.deepEqual(ask(), ['a connection to the VRA on Prod_Site/esx-p2']);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(20 * second);
    assert.deepEqual(ask(), ['a connection to the ZVM of Prod_Site']);
  });

  it('is refused for a VPG that is paused', () => {
    const bench = new Bench();
    bench.lab.request(undefined, { kind: 'pause', vpg: 'shop' });
    bench.lab.run(second);
    const reply = bench.lab.request(undefined, { kind: 'force-sync', vpg: 'shop' });
    assert.equal(refused(reply).reason, 'shop is paused: resume it first');
  });
});
