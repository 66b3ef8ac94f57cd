/** VRA-5, VRA-10 and VRA-11: what a VRA can hold, and what it does not survive. */
import assert from 'node:assert/strict';
import { createLab, LabError } from '../../../src/engine/lab.ts';
import { syntheticPayload } from '../../../src/engine/world/payloads.ts';
import { vraBufferPool } from '../../../src/topology/limits.ts';
import { Bench, hour, mib, minute, refused, second, twoSites } from '../fixtures/labs.ts';
import { Bed, memoryForPool } from '../vra/bed.ts';

function sendBuffer(bench: Bench, vra = 'Prod_Site/esx-p1'): number {
  const vras = bench.lab.snapshot().sites.flatMap((site) => site.vras);
  return vras.find(({ name }) => name === vra)?.sendBuffer ?? NaN;
}

describe('VRA-11: the memory of a VRA is its buffer', () => {
  it('leaves 461, 1485 and 2509 MB of 1, 2 and 3 GB', () => {
    const pools = [1, 2, 3].map((gib) => vraBufferPool(gib * 1024 * mib) / mib);
    assert.deepEqual(pools, [461, 1485, 2509]);
  });

  for (const { written, synchronises } of [
    { written: 1335, synchronises: false },
    { written: 1338, synchronises: true },
  ]) {
    const what = synchronises ? 'a bitmap sync follows' : 'nothing has to be synchronised';
    it(`with 2 GB and ${written} MB that could not be sent, ${what}`, () => {
      const bench = new Bench();
      const { lab } = bench;
      lab.run(minute);
      lab.cutLink(bench.link('data-link'));
      lab.run(minute + 10 * second);
      bench.write('FS01', 'bulk', written * mib);
      let most = 0;
      for (let at = 0; at < 20; at += 1) {
        lab.run(minute + (10 + at) * second);
        most = Math.max(most, sendBuffer(bench));
      }
      // 90 % of 1485 MB are 1336.5.
      assert.ok(most <= 1336.5 * mib && most > 1200 * mib, `${most / mib} MB were in use`);
      lab.healLink(bench.link('data-link'));
      lab.run(3 * minute);
      assert.ok(sendBuffer(bench) < 5 * mib);
      // What did not fit was given up for the bitmap, and the buffer was as good as empty at once.
      assert.equal(most < written * mib, synchronises);
      assert.equal(bench.finds('bulk'), 'whole');
    });
  }

  it('a slow datastore fills 75 % of the receiving VRA, and what is behind waits at the sender', () => {
    const pool = mib;
    const bed = new Bed({ rightMemory: memoryForPool(pool), diskSize: 16 * mib });
    // Somebody else keeps the datastore busy, four seconds at a time.
    const { storage } = bed.rightZvmProcess.world;
    storage.open('ds/other', { create: true }, (_error, file) => {
      const write = (): void => file?.write(0, [syntheticPayload('other', 2e9)], write);
      write();
    });
    bed.run(100);
    let most = 0;
    let waiting = 0;
    for (let at = 0; at < 16 * mib; at += mib) {
      bed.write(at, mib);
      bed.run(100);
      most = Math.max(most, bed.right.load().receiveBuffer);
      waiting = Math.max(waiting, bed.left.load().sendBuffer);
    }
    assert.ok(most <= 0.75 * pool, `${most} bytes in a pool of ${pool}`);
    assert.ok(most > 0.6 * pool, `only ${most} bytes in a pool of ${pool}`);
    assert.ok(waiting > 4 * mib, `${waiting} bytes wait at the sender`);
  });
});

describe('VRA-5: a VRA manages 1500 volumes at most, protected or not', () => {
  /** A VM that nobody protects, with so many disks on the host. */
  const crowded = (disks: number): [string, string] => {
    const lines = Array.from(
      { length: disks },
      (_, at) => `          d${at}: { size: 1GiB, datastore: ds-p1 }`,
    );
    const vm = `      CROWD:\n        host: esx-p1\n        changeRate: 0\n        disks:\n${lines.join('\n')}\n`;
    return ['      DB01:\n', `${vm}      DB01:\n`];
  };

  it('and a VPG that would need more is refused with what is missing', () => {
    const bench = new Bench(twoSites(crowded(1500)), { begin: 'new' });
    const ask = (request: Parameters<typeof bench.lab.request>[1]) =>
      bench.lab.request(bench.site('Prod_Site'), request);
    ask({ kind: 'enter-license' });
    const reply = refused(ask({ kind: 'create-vpg', vpg: 'shop' }));
    assert.ok(
      reply.missing.includes(
        'room at the VRA on Prod_Site/esx-p1 for 1 of 1501 volumes (it manages 1500)',
      ),
      reply.missing.join('; '),
    );
  });

  it('and a lab that begins with more than that does not begin', () => {
    assert.throws(
      () => createLab(twoSites(crowded(1500)), { seed: 1, begin: 'protected' }),
      (error) => error instanceof LabError && error.message.includes('1 of 1501 volumes'),
    );
    new Bench(twoSites(crowded(1499)));
  });
});

describe('VRA-10: a snapshot breaks a VRA', () => {
  for (const [what, site, host] of [
    ['protected', 'Prod_Site', 'esx-p1'],
    ['recovery', 'DR_Site', 'esx-d1'],
  ] as const) {
    it(`of the ${what} site: replication stops until it is deployed anew, and is compared then`, () => {
      const bench = new Bench();
      const { lab } = bench;
      lab.run(minute);
      const broken = bench.site(site).hosts.get(host);
      assert.ok(broken);
      lab.snapshotVra(broken);
      lab.run(minute + 20 * second);
      assert.equal(bench.vpg().replicating, false);
      assert.ok(bench.raised('ZVM0002', site), 'its ZVM does not hear it');
      bench.power(`${site}/${host}/vra`, 'reboot');
      lab.run(3 * minute);
      bench.power(`${site}/${host}`, 'reboot');
      lab.run(6 * minute);
      assert.equal(bench.vpg().replicating, false, 'neither its power nor that of its host helps');
      bench.write('FS01', 'meanwhile', 4 * mib);
      lab.run(7 * minute);
      const install = { kind: 'install-vra', host } as const;
      assert.equal(lab.request(bench.site(site), install).result, 'success');
      const seen = new Set<string>();
      for (let at = 0; at < 200; at += 1) {
        lab.run(7 * minute + at * 100);
        seen.add(bench.vpg().subStatus);
      }
      lab.run(9 * minute);
      assert.ok(seen.has('DeltaSync'), [...seen].join(' '));
      assert.equal(bench.vpg().replicating, true);
      assert.equal(bench.vpg().status, 'MeetingSLA');
      assert.equal(bench.raised('ZVM0002', site), false);
      assert.equal(bench.finds('meanwhile'), 'whole');
      const [outage] = lab.snapshot().outages.filter(({ kind }) => kind === 'snapshot');
      assert.equal(outage?.to, 7 * minute);
      lab.run(hour);
      assert.equal(bench.vpg().status, 'MeetingSLA');
    });
  }

  it('and a VRA that works is not deployed twice', () => {
    const bench = new Bench();
    bench.lab.run(second);
    const reply = bench.lab.request(bench.site('Prod_Site'), {
      kind: 'install-vra',
      host: 'esx-p1',
    });
    assert.match(refused(reply).reason, /has its VRA already/);
  });
});
