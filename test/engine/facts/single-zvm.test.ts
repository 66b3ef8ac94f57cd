import assert from 'node:assert/strict';
import { Bench, mib, minute, near, refused, second, twoSites } from '../fixtures/labs.ts';

/** The `zvm` entry of a site, up to its datastores. */
const zvmOfDr = /( {2}DR_Site:[\s\S]*?) {4}zvm:[\s\S]*?( {4}datastores:)/;
const zvmOfProd = /( {2}Prod_Site:[\s\S]*?) {4}zvm:[\s\S]*?( {4}datastores:)/;

describe('OUT-10: where a single ZVM belongs', () => {
  it('in the protected site it dies with it, and nobody can recover anything', () => {
    const bench = new Bench(twoSites([zvmOfDr, '$1$2'], ['  - [Prod_Site, DR_Site]', '']));
    bench.write('FS01', 'ledger', 4 * mib);
    bench.lab.run(5 * minute);
    assert.equal(bench.vpg().health, 'ok');
    near(bench.vpg().checkpoints.newest, 5 * minute, 10 * second);
    assert.equal(bench.finds('ledger'), 'whole');
    bench.power('Prod_Site', 'powerOff');
    bench.lab.run(10 * minute);
    const { reason, missing } = refused(bench.test());
    assert.match(reason, /at least one is needed/);
    assert.ok(missing.includes('the ZVM of Prod_Site'));
  });

  it('in the recovery site it survives, and recovers', () => {
    const bench = new Bench(twoSites([zvmOfProd, '$1$2'], ['  - [Prod_Site, DR_Site]', '']));
    bench.write('FS01', 'ledger', 4 * mib);
    bench.lab.run(5 * minute);
    assert.equal(bench.vpg().health, 'ok');
    bench.power('Prod_Site', 'powerOff');
    bench.lab.run(10 * minute);
    const { images, checkpoint } = bench.tested();
    near(checkpoint.time, 5 * minute, 5 * second);
    assert.equal(bench.lab.imageContains(images, 'ledger'), 'whole');
    const [gap] = bench.vpg().gaps;
    assert.equal(gap?.cause, 'vra-down');
    near(gap.from, 5 * minute, 5 * second);
  });
});
