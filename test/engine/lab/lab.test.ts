import assert from 'node:assert/strict';
import { LabError, bootTimes, createLab } from '../../../src/engine/lab.ts';
import { Bench, hour, mib, minute, near, refused, second, twoSites } from '../fixtures/labs.ts';

function throwing(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LabError && error.code === code;
}

describe('A lab', () => {
  it('begins in sync, at offset 0, with an empty journal', () => {
    const bench = new Bench();
    assert.equal(bench.lab.now, 0);
    const vpg = bench.vpg();
    assert.equal(vpg.replicating, true);
    assert.ok(vpg.checkpoints.count <= 1);
    assert.deepEqual(bench.lab.snapshot().alerts, []);
    bench.lab.run(30 * second);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.vpg().health, 'ok');
    near(bench.vpg().checkpoints.oldest, 0, 5 * second);
  });

  it('lives the same life again with the same seed, and another with another', () => {
    const life = (seed: number): string => {
      const bench = new Bench(undefined, { seed });
      bench.lab.run(2 * minute);
      bench.write('FS01', 'fonts', 3 * mib);
      bench.power('DR_Site/zvm', 'crash');
      bench.power('Prod_Site/esx-p2', 'reboot');
      bench.lab.run(10 * minute);
      return JSON.stringify(bench.lab.timeline());
    };
    const once = life(7);
    assert.equal(life(7), once);
    assert.notEqual(life(8), once);
  });

  it('says everything that a topology lacks before it can run', () => {
    const topology = twoSites(
      [
        '        vra: { memory: 2GiB, datastore: ds-p1, network: data, address: 10.1.2.21/24',
        '        ports: [22]\n        #',
      ],
      ['recoveryHost: esx-d2', 'recoveryHost: esx-d1'],
      [
        '      DB01: { recoveryHost: esx-d1, datastore: ds-d1 }',
        '      DB02: { recoveryHost: esx-d1, datastore: ds-d1 }',
      ],
    );
    assert.throws(
      () => createLab(topology, { seed: 1, begin: 'protected' }),
      (error) => {
        assert.ok(error instanceof LabError);
        assert.equal(error.code, 'not-deployable');
        assert.match(error.message, /a VRA on Prod_Site\/esx-p1/);
        assert.match(error.message, /VM DB02 of VPG shop/);
        return true;
      },
    );
  });

  it('says whose address is another machine’s of the same site, before it runs', () => {
    const topology = twoSites(['10.1.2.21/24', '10.1.2.10/24']);
    assert.throws(
      () => createLab(topology, { seed: 1, begin: 'protected' }),
      (error) => {
        assert.ok(error instanceof LabError);
        assert.equal(error.code, 'not-deployable');
        assert.match(
          error.message,
          /ZVM of Prod_Site and .*VRA on esx-p1 have the same address 10/,
        );
        return true;
      },
    );
  });

  it('counts its times from the origin that was set last', () => {
    const bench = new Bench(undefined, { warmUp: 10 * minute });
    bench.lab.run(5 * minute);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(7 * minute);
    bench.power('Prod_Site/zvm', 'powerOn');
    bench.lab.run(10 * minute);
    bench.lab.setOrigin();
    assert.equal(bench.lab.now, 0);
    bench.lab.run(minute);
    const { gaps, checkpoints } = bench.vpg();
    near(gaps[0]?.from, -5 * minute, 5 * second);
    near(gaps[0]?.to, -3 * minute, 10 * second);
    near(checkpoints.newest, minute, 10 * second);
    const [outage] = bench.lab.snapshot().outages;
    assert.deepEqual(
      { from: outage?.from, to: outage?.to },
      { from: -5 * minute, to: -3 * minute },
    );
    const timeline = bench.lab.timeline();
    assert.equal(timeline.from, -10 * minute);
    assert.equal(timeline.to, minute);
    const chosen = bench.tested({ kind: 'time', time: -6 * minute, inclusive: true });
    assert.equal(chosen.checkpoint.time, -6 * minute);
  });

  it('keeps at most 400 samples a VRA, evenly over its life', () => {
    const bench = new Bench();
    bench.lab.run(2 * hour);
    for (const { samples } of bench.lab.timeline().rates) {
      assert.ok(samples.length > 150 && samples.length <= 400, `${samples.length}`);
      const steps = new Set(samples.slice(1).map((sample, i) => sample.at - (samples[i]?.at ?? 0)));
      assert.equal(steps.size, 1);
    }
    const sender = bench.lab.timeline().rates.find((rate) => rate.name === 'Prod_Site/esx-p1');
    const mean = (sender?.samples ?? []).reduce((sum, { transmit }) => sum + transmit, 0);
    // 16 KiB/s of change, compressed two to one.
    near(mean / (sender?.samples.length ?? 1), 8192, 1500);
  });
});

describe('Power', () => {
  it('a host takes its VRA and its VMs with it, and brings them back', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    bench.power('Prod_Site/esx-p1', 'powerOff');
    const up = (name: string): boolean | undefined =>
      bench.lab
        .snapshot()
        .sites.flatMap((site) => site.vras)
        .find((vra) => vra.name === name)?.up;
    assert.equal(up('Prod_Site/esx-p1'), false);
    assert.equal(up('Prod_Site/esx-p2'), true);
    assert.throws(() => {
      bench.write('FS01', 'lost');
    }, throwing('machine-down'));
    bench.lab.run(5 * minute);
    bench.power('Prod_Site/esx-p1', 'powerOn');
    bench.lab.run(5 * minute + second);
    assert.equal(up('Prod_Site/esx-p1'), true);
    bench.write('FS01', 'found');
    bench.lab.run(8 * minute);
    assert.equal(bench.finds('found'), 'whole');
    assert.equal(bench.vpg().health, 'ok');
  });

  it('what was off by itself stays off when that which it stands on returns', () => {
    const bench = new Bench();
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.power('Prod_Site/esx-p1/vra', 'powerOff');
    bench.power('Prod_Site', 'powerOff');
    bench.lab.run(minute);
    bench.power('Prod_Site', 'powerOn');
    bench.lab.run(2 * minute);
    const [site] = bench.lab.snapshot().sites;
    assert.equal(site?.zvmUp, false);
    assert.deepEqual(
      site.vras.map((vra) => vra.up),
      [false, true],
    );
  });

  it('a crash is over after the boot time, and is on record with its kind', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    bench.power('DR_Site/zvm', 'crash');
    bench.power('DR_Site/esx-d1', 'reboot');
    const zvmUp = (): boolean | undefined =>
      bench.lab.snapshot().sites.find((site) => site.name === 'DR_Site')?.zvmUp;
    bench.lab.run(minute + bootTimes.zvm.crash - 1);
    assert.equal(zvmUp(), false);
    bench.lab.run(minute + bootTimes.zvm.crash);
    assert.equal(zvmUp(), true);
    bench.lab.run(10 * minute);
    assert.deepEqual(
      bench.lab
        .snapshot()
        .outages.map(({ component, kind, from, to }) => [component, kind, (to ?? 0) - from]),
      [
        ['DR_Site/zvm', 'crash', bootTimes.zvm.crash],
        ['DR_Site/esx-d1', 'power-off', bootTimes.host.reboot],
      ],
    );
    assert.equal(bench.vpg().health, 'ok');
  });

  it('says so where there is no such component in the lab', () => {
    const bench = new Bench(
      twoSites([/( {2}DR_Site:[\s\S]*?) {4}zvm:[\s\S]*?( {4}datastores:)/, '$1$2']),
    );
    assert.throws(() => {
      bench.power('DR_Site/zvm', 'powerOff');
    }, throwing('unknown-component'));
  });
});

describe('Requests', () => {
  it('a tagged checkpoint is made with the next tick and can be chosen by its tag', () => {
    const bench = new Bench();
    bench.lab.run(minute + 2 * second);
    bench.write('FS01', 'update', 2 * mib);
    bench.lab.run(minute + 3 * second);
    for (const site of ['DR_Site', 'Prod_Site']) {
      const request = { kind: 'checkpoint', vpg: 'shop', tag: `by ${site}` } as const;
      const reply = bench.lab.request(bench.site(site), request);
      assert.equal(reply.result, 'success', JSON.stringify(reply));
      assert.ok(bench.lab.now < 2 * minute);
    }
    bench.lab.run(10 * minute);
    assert.equal(bench.finds('update', { kind: 'tag', tag: 'by DR_Site' }), 'whole');
    assert.equal(bench.vpg().checkpoints.tagged.length >= 2, true);
    refused(bench.test({ kind: 'tag', tag: 'never made' }));
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(11 * minute);
    const late = bench.lab.request(undefined, { kind: 'checkpoint', vpg: 'shop', tag: 'late' });
    assert.deepEqual(refused(late).missing, ['a connection to the ZVM of Prod_Site']);
  });

  it('pausing stops replication and checkpoints, and resuming brings both back', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    assert.equal(bench.lab.request(undefined, { kind: 'pause', vpg: 'shop' }).result, 'success');
    bench.lab.run(5 * minute);
    const paused = bench.vpg();
    assert.equal(paused.subStatus, 'ReplicationPausedUserInitiated');
    assert.equal(paused.replicating, false);
    assert.ok(bench.raised('VPG0007'));
    bench.write('FS01', 'meanwhile', 2 * mib);
    bench.lab.run(6 * minute);
    assert.equal(bench.lab.request(undefined, { kind: 'resume', vpg: 'shop' }).result, 'success');
    bench.lab.run(8 * minute);
    const [gap, ...more] = bench.vpg().gaps;
    assert.equal(more.length, 0);
    assert.equal(gap?.cause, 'paused');
    near(gap.from, minute, 5 * second);
    near(gap.to, 6 * minute, 20 * second);
    assert.equal(bench.finds('meanwhile'), 'whole');
    assert.equal(bench.raised('VPG0007'), false);
  });

  it('a test with a recovery VRA down is refused before anything is opened', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.power('DR_Site/esx-d2/vra', 'powerOff');
    bench.lab.run(3 * minute);
    const { missing } = refused(bench.test());
    assert.deepEqual(missing, ['a connection to the VRA on DR_Site/esx-d2']);
    assert.equal(bench.vpg().testing, false);
    bench.power('DR_Site/esx-d2/vra', 'powerOn');
    bench.lab.run(5 * minute);
    bench.tested();
  });

  it('nobody knows a VPG that is not in the file', () => {
    const bench = new Bench();
    const reply = bench.lab.request(undefined, { kind: 'pause', vpg: 'shoe' });
    assert.deepEqual(refused(reply).missing, ['VPG shoe']);
  });
});

describe('Markers', () => {
  it('are found whole, partly or not at all, as far as the copy had come at the checkpoint', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    bench.write('FS01', 'slow', 40 * mib, 2 * mib);
    bench.lab.run(2 * minute);
    const marker = bench.lab.marker('slow');
    assert.equal(marker?.written, 40 * mib);
    near(marker.to, minute + 20 * second, 2 * second);
    const at = (time: number): string =>
      bench.finds('slow', { kind: 'time', time, inclusive: true });
    assert.equal(at(minute - 5 * second), 'none');
    assert.equal(at(minute + 10 * second), 'partly');
    assert.equal(at(minute + 30 * second), 'whole');
    assert.deepEqual(bench.lab.markers, ['slow']);
    assert.equal(bench.lab.marker('none such'), undefined);
  });

  it('are refused where they have no room, a second one of a name, or no disk', () => {
    const bench = new Bench();
    bench.write('FS01', 'once');
    assert.throws(() => {
      bench.write('FS01', 'once');
    }, throwing('duplicate-name'));
    assert.throws(() => {
      bench.write('FS01', 'huge', 5 * 1024 * mib);
    }, throwing('no-room'));
    const [disk] = bench.vm('DB01').disks.values();
    assert.throws(() => {
      bench.lab.write({ vm: bench.vm('FS01'), disk, size: 1 });
    }, throwing('unknown-disk'));
    assert.throws(() => bench.lab.readImage('none', 'data', 0, 1), throwing('unknown-image'));
  });
});

describe('Clocks', () => {
  it('a clock that is set is no outage', () => {
    for (const [site, by] of [
      ['Prod_Site', 90 * second],
      ['DR_Site', 90 * second],
      ['DR_Site', -90 * second],
      ['Prod_Site', -90 * second],
    ] as const) {
      const bench = new Bench();
      bench.lab.run(5 * minute);
      bench.lab.skewClock(bench.site(site), by);
      bench.lab.run(10 * minute);
      assert.equal(bench.alerts('ZVM0003').length + bench.alerts('ZVM0002').length, 0, site);
      const { checkpoints, gaps, replicating } = bench.vpg();
      assert.ok(replicating);
      assert.deepEqual(gaps, [], `${site} ${by}`);
      assert.ok(checkpoints.count >= 115, `${checkpoints.count} after ${site} ${by}`);
      bench.write('FS01', 'later');
      bench.lab.run(11 * minute);
      assert.equal(bench.finds('later'), 'whole');
    }
  });
});
