/**
 * Time that leaps over what is quiet, against the same time lived through event by event: nobody can tell one lab
 * from the other afterwards.
 */
import assert from 'node:assert/strict';
import type { CheckpointSelector, LabSnapshot, Request } from '../../../src/engine/api.ts';
import type { LabOptions } from '../../../src/engine/lab.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import type { Topology } from '../../../src/topology/model.ts';
import { Bench, hour, minute, second, twoSites } from '../fixtures/labs.ts';

interface Pair {
  readonly leaping: Bench;
  readonly living: Bench;
}

function pairOf(topology: () => Topology, options: Partial<LabOptions> = {}): Pair {
  return {
    leaping: new Bench(topology(), { ...options, leaps: true }),
    living: new Bench(topology(), options),
  };
}

function both({ leaping, living }: Pair, act: (bench: Bench) => void): void {
  act(leaping);
  act(living);
}

function runningLab(bench: Bench): RunningLab {
  assert.ok(bench.lab instanceof RunningLab);
  return bench.lab;
}

/**
 * What can be said of a lab to the byte, and to 10 ms: reading a file takes as long as it is long, and a state log of
 * fewer records is shorter. Rates are means, and journals go by segments.
 */
function exactly({ now, vpgs, alerts, operations, outages }: LabSnapshot): unknown {
  return rounded({
    now,
    alerts,
    outages,
    operations: operations.map(({ verb, vpg, result, checkpoint }) => ({
      verb,
      vpg,
      result,
      checkpoint,
    })),
    vpgs: vpgs.map(
      ({ journalBytes: _bytes, journals: _journals, history: _history, ...vpg }) => vpg,
    ),
  });
}

function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === 'number' && !Number.isInteger(each) ? Math.round(each / 10) * 10 : each,
  ) as unknown;
}

function assertAlike(pair: Pair): void {
  const [leaping, living] = [pair.leaping.lab.snapshot(), pair.living.lab.snapshot()];
  assert.deepEqual(exactly(leaping), exactly(living));
  for (const [index, vpg] of leaping.vpgs.entries()) {
    const other = living.vpgs[index];
    assert.ok(other);
    const near = (a: number, b: number, by: number): void => {
      assert.ok(Math.abs(a - b) <= by, `${vpg.name}: ${a} is not ${b}`);
    };
    near(vpg.history, other.history, 10 * second);
    // What is given up goes by whole segments, and those of a leap are longer.
    near(vpg.journalBytes, other.journalBytes, other.journalBytes * 0.12 + 64 * 1024 * 1024);
  }
}

/** The recovered disks of a VPG at a checkpoint, as checksums of what lies in their first part. */
function recovered(bench: Bench, vpg: string, checkpoint: CheckpointSelector): unknown {
  const reply = bench.lab.request(undefined, { kind: 'failover-test', vpg, checkpoint });
  assert.equal(reply.result, 'success', JSON.stringify(reply));
  const images = reply.images ?? {};
  const found = Object.entries(images)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([disk, image]) => {
      const name = disk.slice(disk.indexOf('/') + 1);
      const sums: number[] = [];
      for (let at = 0; at < 4 * 1024 ** 3; at += 256 * 1024 ** 2) {
        sums.push(bench.lab.readImage(image, name, at, 256 * 1024 ** 2).checksum());
      }
      return [disk, sums];
    });
  const stopped = bench.lab.request(undefined, { kind: 'stop-test', vpg });
  assert.equal(stopped.result, 'success');
  return { checkpoint: reply.checkpoint, found };
}

function assertSameImages(pair: Pair, vpg: string, checkpoint: CheckpointSelector): void {
  const leaping = recovered(pair.leaping, vpg, checkpoint);
  assert.deepEqual(leaping, recovered(pair.living, vpg, checkpoint));
}

function at(time: number): CheckpointSelector {
  return { kind: 'time', time, inclusive: true };
}

/** What the guests' own disks hold. */
function ownDisks(bench: Bench): unknown {
  const { universe } = runningLab(bench);
  const site = bench.site('Prod_Site');
  return universe
    .files(site, 'ds-p1/vms')
    .map((path) => [path, universe.peek(site, `ds-p1/vms/${path}`)?.checksum()]);
}

function events({ leaping, living }: Pair): { readonly few: number; readonly many: number } {
  return { few: runningLab(leaping).eventCount, many: runningLab(living).eventCount };
}

/** Both have lived the same, though one of them hardly did. */
function assertLeapt(pair: Pair, times: number): void {
  const { few, many } = events(pair);
  assert.ok(few * times < many, `${few} events instead of ${many}`);
}

describe('A lab whose time leaps', () => {
  it('is as one that lives through all of it, in a fraction of the events', () => {
    const pair = pairOf(() => twoSites());
    both(pair, ({ lab }) => {
      lab.run(3 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 8);
    assert.deepEqual(ownDisks(pair.leaping), ownDisks(pair.living));
    for (const checkpoint of [{ kind: 'oldest' }, { kind: 'latest' }] as const) {
      assertSameImages(pair, 'shop', checkpoint);
    }
    for (const ago of [7 * minute, 31 * minute, 52 * minute + 35 * second]) {
      assertSameImages(pair, 'shop', at(3 * hour - ago));
    }
  });

  it('leaps to a time in one go or in many', () => {
    const [once, often] = [
      new Bench(twoSites(), { leaps: true }),
      new Bench(twoSites(), { leaps: true }),
    ];
    once.lab.run(5 * hour);
    for (let until = 0.5 * hour; until <= 5 * hour; until += 0.5 * hour) often.lab.run(until);
    assertAlike({ leaping: once, living: often });
    for (const ago of [59 * minute, 3 * minute]) {
      assertSameImages({ leaping: once, living: often }, 'shop', at(5 * hour - ago));
    }
  });

  it('has the same rates on record', () => {
    const pair = pairOf(() => twoSites());
    both(pair, ({ lab }) => {
      lab.run(2 * hour);
    });
    const [leapt, lived] = [pair.leaping.lab.timeline().rates, pair.living.lab.timeline().rates];
    assert.equal(leapt.length, lived.length);
    for (const [index, { name, samples }] of leapt.entries()) {
      const others = lived[index]?.samples ?? [];
      assert.deepEqual(
        samples.map((sample) => sample.at),
        others.map((sample) => sample.at),
      );
      const sum = (of: typeof samples, key: 'transmit' | 'receive' | 'diskWrite'): number =>
        of.reduce((total, sample) => total + sample[key], 0);
      for (const key of ['transmit', 'receive', 'diskWrite'] as const) {
        const [a, b] = [sum(samples, key), sum(others, key)];
        assert.ok(Math.abs(a - b) <= b * 0.01, `${name}: ${key} ${a} is not ${b}`);
      }
    }
  });

  for (const process of ['DR_Site/esx-d1/vra', 'Prod_Site/esx-p1/vra', 'DR_Site/zvm'] as const) {
    it(`has everything on its disks: ${process} loses its power right behind a leap`, () => {
      const pair = pairOf(() => twoSites());
      both(pair, (bench) => {
        bench.lab.run(2 * hour);
        bench.power(process, 'reboot');
        bench.lab.run(2 * hour + 10 * minute);
      });
      assertAlike(pair);
      for (const ago of [58 * minute, 40 * minute, 11 * minute, minute]) {
        assertSameImages(pair, 'shop', at(2 * hour + 10 * minute - ago));
      }
    });
  }

  it('survives the loss of the whole recovery site behind a leap', () => {
    const pair = pairOf(() => twoSites());
    both(pair, (bench) => {
      bench.lab.run(2 * hour);
      bench.power('DR_Site', 'powerOff');
      bench.lab.run(2 * hour + 5 * minute);
      bench.power('DR_Site', 'powerOn');
      bench.lab.run(4 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 3);
    for (const ago of [59 * minute, 2 * minute]) assertSameImages(pair, 'shop', at(4 * hour - ago));
  });

  it('finds the same in a comparison of both sides behind a leap', () => {
    const pair = pairOf(() => twoSites());
    both(pair, ({ lab }) => {
      lab.run(2 * hour);
      const reply = lab.request(undefined, { kind: 'force-sync', vpg: 'shop' });
      assert.equal(reply.result, 'success');
      lab.run(3 * hour);
    });
    assertAlike(pair);
    assertSameImages(pair, 'shop', { kind: 'latest' });
    assertSameImages(pair, 'shop', at(3 * hour - 50 * minute));
  });

  it('lives through a burst, which it does not leap over', () => {
    const burst: [string, string] = [
      'changeRate: 16KiB/s',
      'changeRate: 16KiB/s\n        burst: { rate: 4MiB/s, for: 2m, every: 50m }',
    ];
    const pair = pairOf(() => twoSites(burst));
    both(pair, ({ lab }) => {
      lab.run(3 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 2);
    for (const ago of [59 * minute, 29 * minute])
      assertSameImages(pair, 'shop', at(3 * hour - ago));
  });

  it('raises an alert of a test that is overdue at its time', () => {
    const pair = pairOf(() => twoSites(['rpo: 5m', 'rpo: 5m\n    testEvery: 1d']));
    both(pair, ({ lab }) => {
      lab.run(25 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 20);
    assert.ok(pair.leaping.raised('VPG0012'));
  });

  it('goes on leaping after a failover and its way back', () => {
    const pair = pairOf(() => twoSites());
    both(pair, ({ lab }) => {
      lab.run(hour);
      const failover = { kind: 'failover', vpg: 'shop', checkpoint: { kind: 'latest' } } as const;
      const reply = lab.request(undefined, {
        ...failover,
        shutdown: 'force',
        commitPolicy: 'commit',
        commitTimeout: 0,
        reverseProtection: true,
      });
      assert.equal(reply.result, 'success', JSON.stringify(reply));
      lab.run(4 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 4);
    assertSameImages(pair, 'shop', at(4 * hour - 30 * minute));
  });

  for (const alone of ['Prod_Site', 'DR_Site']) {
    it(`leaps where one ZVM, that of ${alone}, does for both sites`, () => {
      const other = alone === 'Prod_Site' ? 'DR_Site' : 'Prod_Site';
      const itsZvm = new RegExp(`( {2}${other}:[\\s\\S]*?) {4}zvm:[\\s\\S]*?( {4}datastores:)`);
      const pair = pairOf(() => twoSites([itsZvm, '$1$2'], ['  - [Prod_Site, DR_Site]', '']));
      both(pair, ({ lab }) => {
        lab.run(3 * hour);
      });
      assertAlike(pair);
      assertLeapt(pair, 8);
      assertSameImages(pair, 'shop', { kind: 'oldest' });
      assertSameImages(pair, 'shop', at(3 * hour - 20 * minute));
    });
  }

  it('leaps in a lab that was built from nothing, where a host has no VRA yet', () => {
    const third: [string, string] = [
      '      esx-d2:\n',
      '      esx-d3:\n        vra: { memory: 2GiB, datastore: ds-d1, network: data, address: 10.2.2.23/24, ' +
        'gateway: 10.2.2.1 }\n      esx-d2:\n',
    ];
    const pair = pairOf(() => twoSites(third), { begin: 'new' });
    both(pair, (bench) => {
      const ask = (name: string, request: Request): void => {
        const reply = bench.lab.request(bench.site(name), request);
        assert.equal(reply.result, 'success', JSON.stringify(reply));
      };
      for (const site of ['Prod_Site', 'DR_Site']) ask(site, { kind: 'enter-license' });
      for (const host of [
        'Prod_Site/esx-p1',
        'Prod_Site/esx-p2',
        'DR_Site/esx-d1',
        'DR_Site/esx-d2',
      ]) {
        ask(host.slice(0, host.indexOf('/')), { kind: 'install-vra', host });
      }
      bench.lab.run(minute);
      ask('Prod_Site', { kind: 'pair', site: 'DR_Site' });
      bench.lab.run(2 * minute);
      ask('Prod_Site', { kind: 'create-vpg', vpg: 'shop' });
      bench.lab.run(3 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 8);
    assertSameImages(pair, 'shop', at(3 * hour - 40 * minute));
  });

  it('makes no checkpoint before its time where something is asked for right behind a leap', () => {
    const { lab } = new Bench(twoSites(), { leaps: true });
    while (lab.now < 30 * minute) lab.advance(hour);
    const latest = { kind: 'latest' } as const;
    lab.request(undefined, { kind: 'failover-test', vpg: 'shop', checkpoint: latest });
    lab.request(undefined, { kind: 'stop-test', vpg: 'shop' });
    lab.run(lab.now + 2 * second);
    for (const { checkpoints } of lab.snapshot().vpgs) {
      assert.ok((checkpoints.newest ?? 0) <= lab.now, `${checkpoints.newest} at ${lab.now}`);
    }
  });

  it('leaps from whatever fraction of a millisecond it has come to', () => {
    const { lab } = new Bench(twoSites(), { leaps: true });
    assert.ok(lab instanceof RunningLab);
    // By then the last place of a time is more than that of what a clock shows beside it.
    lab.run(30 * hour);
    for (const fraction of [0.07089199, 0.1, 1 / 3, 0.9]) {
      const { now, eventCount } = lab;
      lab.run(Math.ceil(now) + 30_000 + fraction);
      lab.run(now + 5 * hour);
      assert.ok(lab.eventCount - eventCount < 3000, `${lab.eventCount - eventCount} events`);
    }
  });

  it('does not leap where the clocks of two sites tick at other moments', () => {
    const pair = pairOf(() => twoSites());
    both(pair, (bench) => {
      bench.lab.skewClock(bench.site('DR_Site'), 1234);
      bench.lab.run(hour);
    });
    const { few, many } = events(pair);
    assert.equal(few, many);
    assert.deepEqual(pair.leaping.lab.snapshot(), pair.living.lab.snapshot());
  });

  it('leaps where a clock is an hour ahead', () => {
    const pair = pairOf(() => twoSites());
    both(pair, (bench) => {
      bench.lab.skewClock(bench.site('Prod_Site'), hour);
      bench.lab.run(4 * hour);
    });
    assertAlike(pair);
    assertLeapt(pair, 8);
    assertSameImages(pair, 'shop', { kind: 'latest' });
  });

  it('does not leap where the link is too narrow for what is written', () => {
    const narrow = (): Topology =>
      twoSites(
        ['bandwidth: 1Gbit/s', 'bandwidth: 300kbit/s'],
        ['bandwidth: 100Mbit/s', 'bandwidth: 300kbit/s'],
      );
    const pair = pairOf(narrow);
    both(pair, ({ lab }) => {
      lab.run(30 * minute);
    });
    const { few, many } = events(pair);
    assert.equal(few, many);
  });

  it('does not leap over what becomes full', () => {
    const pair = pairOf(() => twoSites(['hardLimit: 150GiB', 'hardLimit: 30MiB']));
    both(pair, ({ lab }) => {
      lab.run(2 * hour);
    });
    assertAlike(pair);
    assert.ok(pair.leaping.alerts('VRA0039').length > 0);
  });

  it('lives the same life again with the same seed', () => {
    const life = (seed: number): string => {
      const bench = new Bench(twoSites(), { seed, leaps: true });
      bench.lab.run(2 * hour);
      bench.write('FS01', 'fonts', 3 * 1024 * 1024);
      bench.lab.run(5 * hour);
      return JSON.stringify(bench.lab.timeline());
    };
    const once = life(7);
    assert.equal(life(7), once);
    assert.notEqual(life(8), once);
  });
});
