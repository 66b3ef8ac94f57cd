import assert from 'node:assert/strict';
import fc from 'fast-check';
import { syntheticPayload } from '../../../../src/engine/world/payloads.ts';
import type { Clock } from '../../../../src/engine/world/world.ts';
import { createTwoSites, rightAddress } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

type Heard = [name: string, at: number, leftOut: number];

interface Bed extends TwoSites {
  readonly heard: Heard[];
  /** Has a beat go on and on by the clock of the left process. */
  readonly beating: (name: string, delay: number, period: number) => void;
}

function bed(): Bed {
  const sites = createTwoSites();
  const { universe, left } = sites;
  const { clock } = left.world;
  const heard: Heard[] = [];
  const beating = (name: string, delay: number, period: number): void => {
    clock.beat(delay, period, (leftOut) => {
      heard.push([name, universe.now, leftOut]);
      beating(name, period, period);
    });
  };
  return { ...sites, heard, beating };
}

describe('a leap of virtual time', () => {
  it('leaves out the beats of the stretch, and what they are told says so', () => {
    const { universe, heard, beating } = bed();
    beating('a', 300, 1000);
    universe.run(400);
    universe.leap(10_000);
    assert.equal(universe.now, 10_000);
    universe.run(12_000);
    assert.deepEqual(heard, [
      ['a', 300, 0],
      ['a', 10_300, 9],
      ['a', 11_300, 0],
    ]);
  });

  it('leaves out a beat that is due at its very end', () => {
    const { universe, heard, beating } = bed();
    beating('a', 0, 1000);
    universe.run(500);
    universe.leap(5000);
    universe.run(6000);
    assert.deepEqual(heard, [
      ['a', 0, 0],
      ['a', 6000, 5],
    ]);
  });

  it('has beats of one time come in the order in which they would have come, before what is due then', () => {
    const { universe, heard, beating, left } = bed();
    const { clock } = left.world;
    clock.after(10_000, () => heard.push(['call', universe.now, 0]));
    clock.beat(10_000, 7, (leftOut) => heard.push(['not leapt over', universe.now, leftOut]));
    beating('late', 5000, 5000);
    beating('early', 1000, 1000);
    beating('as early', 1000, 3000);
    beating('later', 4000, 6000);
    universe.run(500);
    universe.leap(9500);
    universe.run(10_000);
    assert.deepEqual(heard, [
      ['early', 10_000, 9],
      ['as early', 10_000, 3],
      ['later', 10_000, 1],
      ['late', 10_000, 1],
      ['call', 10_000, 0],
      ['not leapt over', 10_000, 0],
    ]);
  });

  it('is refused where it would pass, or reach, anything but a beat, and then changes nothing', () => {
    const { universe, heard, beating, left } = bed();
    beating('a', 100, 100);
    left.world.clock.after(1000, () => heard.push(['call', universe.now, 0]));
    universe.run(50);
    const { trace } = universe;
    assert.equal(universe.quietUntil, 1000);
    for (const to of [1000, 2000]) {
      assert.throws(() => {
        universe.leap(to);
      }, /RangeError: something is due at 1000 ms/);
    }
    for (const to of [50, 49, NaN]) {
      assert.throws(() => {
        universe.leap(to);
      }, RangeError);
    }
    assert.equal(universe.trace, trace);
    universe.run(200);
    assert.deepEqual(heard, [
      ['a', 100, 0],
      ['a', 200, 0],
    ]);
    universe.leap(999.9);
    assert.equal(universe.now, 999.9);
  });

  it('is refused over what has been said or written and is not there yet', () => {
    const { universe, left, right } = bed();
    right.world.network.listen(4007, () => ({ received() {}, closed() {} }));
    const connection = left.world.network.connect(rightAddress, 4007, {
      received() {},
      closed() {},
    });
    universe.settle(1000);
    assert.equal(universe.quietUntil, Infinity, 'an open connection waits for nothing');
    connection.send({ kind: 'hello' });
    assert(universe.quietUntil < universe.now + 100);
    assert.throws(() => {
      universe.leap(universe.now + 100);
    }, RangeError);
    universe.settle(universe.now + 1000);
    left.world.storage.open('ds/f', { create: true }, (_, file) => {
      file?.write(0, [syntheticPayload('a', 5000)], () => {});
    });
    universe.runWhile(
      () => universe.files(universe.topology.sites.get('Left')!, 'ds').length === 0,
      9e9,
    );
    assert(universe.quietUntil < universe.now + 100);
    universe.settle(universe.now + 1000);
    assert.equal(universe.quietUntil, Infinity);
  });

  it('is not held up by what was cancelled or belongs to a process that has ended', () => {
    const { universe, heard, left, right } = bed();
    left.world.clock.after(100, () => heard.push(['cancelled', 0, 0])).cancel();
    right.world.clock.after(200, () => heard.push(['ended', 0, 0]));
    right.world.clock.beat(300, 300, () => heard.push(['ended too', 0, 0]));
    const beat = left.world.clock.beat(150, 150, () => heard.push(['cancelled beat', 0, 0]));
    right.kill();
    assert.equal(universe.quietUntil, Infinity);
    beat.cancel();
    universe.leap(1000);
    universe.run(2000);
    assert.deepEqual(heard, []);
  });

  it('lets a beat that was put off be cancelled', () => {
    const { universe, heard, left } = bed();
    const beat = left.world.clock.beat(150, 150, () => heard.push(['cancelled', 0, 0]));
    universe.leap(1000);
    beat.cancel();
    universe.run(2000);
    assert.deepEqual(heard, []);
  });

  it('has beats that belong to no process', () => {
    const { universe } = bed();
    const heard: number[] = [];
    universe.beat(700, 500, () => heard.push(universe.now));
    universe.leap(5000);
    universe.run(6000);
    assert.deepEqual(heard, [5200]);
  });

  it('knows no beat without a period', () => {
    const { universe, left } = bed();
    for (const period of [0, -1, NaN]) {
      assert.throws(() => left.world.clock.beat(1, period, () => {}), RangeError);
      assert.throws(() => universe.beat(1, period, () => {}), RangeError);
    }
  });

  it('counts in the trace, the same each time', () => {
    const traceOf = (...leaps: number[]): number => {
      const { universe, beating } = bed();
      beating('a', 100, 1000);
      for (const to of leaps) {
        universe.leap(to);
        universe.run(to + 10);
      }
      universe.run(100_000);
      return universe.trace;
    };
    assert.equal(traceOf(5000, 50_000), traceOf(5000, 50_000));
    assert.notEqual(traceOf(5000, 50_000), traceOf(5000));
    assert.notEqual(traceOf(5000), traceOf(6000));
    assert.notEqual(traceOf(5000), traceOf());
  });

  it('leaves every beat at one of its times: the first behind the leap, with all of them accounted for', () => {
    const beat = fc.record({
      delay: fc.nat(5000),
      period: fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constantFrom(0.1, 33.3, 1 / 3)),
    });
    fc.assert(
      fc.property(
        fc.array(beat, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 100_000 }),
        (beats, to) => {
          const { universe, left } = bed();
          const heard: { at: number; index: number; leftOut: number }[] = [];
          for (const [index, { delay, period }] of beats.entries()) {
            left.world.clock.beat(delay, period, (leftOut) => {
              heard.push({ at: universe.now, index, leftOut });
            });
          }
          universe.leap(to);
          universe.run(to + 6000);
          assert.equal(heard.length, beats.length);
          for (const { at, index, leftOut } of heard) {
            const { delay, period } = beats[index]!;
            assert.equal(at, delay + leftOut * period);
            assert(at > to);
            assert(leftOut === 0 || at - period <= to + 1e-6);
          }
          for (const [place, { at, index, leftOut }] of heard.entries()) {
            const before = heard[place - 1];
            if (before?.at !== at) continue;
            assert(before.leftOut > 0 || leftOut === 0, 'those that were put off come first');
            const [due, otherDue] = [beats[index]!.delay, beats[before.index]!.delay];
            assert(otherDue < due || (otherDue === due && before.index < index));
          }
        },
      ),
    );
  });
});

describe('settling', () => {
  it('lets all happen but the beats, which keep their times', () => {
    const { universe, heard, beating, left } = bed();
    const { clock } = left.world;
    beating('a', 100, 100);
    clock.after(50, () => {
      heard.push(['first', universe.now, 0]);
      clock.after(30, () => heard.push(['second', universe.now, 0]));
    });
    clock.after(500, () => heard.push(['beyond', universe.now, 0]));
    universe.settle(250);
    assert.equal(universe.now, 80, 'time ends at the last event');
    assert.equal(universe.quietUntil, 500);
    universe.run(300);
    assert.deepEqual(heard, [
      ['first', 50, 0],
      ['second', 80, 0],
      ['a', 100, 0],
      ['a', 200, 0],
      ['a', 300, 0],
    ]);
  });

  it('goes past a beat, which a leap puts right', () => {
    const { universe, heard, beating, left } = bed();
    beating('a', 100, 100);
    left.world.clock.after(130, () => {});
    universe.settle(250);
    universe.leap(950);
    universe.run(1000);
    assert.deepEqual(heard, [['a', 1000, 9]]);
  });

  it('has a beat that it has gone past come late, at once, where there is no leap', () => {
    const { universe, heard, beating, left } = bed();
    beating('b', 120, 100);
    beating('a', 100, 100);
    left.world.clock.after(230, () => heard.push(['call', universe.now, 0]));
    universe.settle(250);
    const times = [universe.now];
    universe.runWhile(() => times.push(universe.now) < 4, 1000);
    assert.deepEqual(times, [230, 230, 230, 230], 'time never goes back');
    assert.deepEqual(heard, [
      ['call', 230, 0],
      ['a', 230, 1],
      ['b', 230, 1],
    ]);
  });

  it('does not let time go on to what was cancelled', () => {
    const { universe, left } = bed();
    left.world.clock.after(100, () => {}).cancel();
    universe.settle(1000);
    assert.equal(universe.now, 0);
  });

  it('holds the beats that begin meanwhile, and forgets those that are cancelled', () => {
    const { universe, heard, beating, left } = bed();
    const { clock } = left.world;
    const cancelled = clock.beat(10, 10, () => heard.push(['cancelled', universe.now, 0]));
    clock.after(20, () => {
      cancelled.cancel();
      beating('a', 10, 100);
    });
    clock.after(40, () => heard.push(['call', universe.now, 0]));
    universe.settle(50);
    universe.run(60);
    assert.deepEqual(heard, [
      ['call', 40, 0],
      ['a', 40, 0],
    ]);
  });

  it('changes nothing where nothing but beats is due', () => {
    const live = (settles: boolean): [Heard[], number] => {
      const { universe, heard, beating } = bed();
      beating('a', 100, 100);
      beating('b', 100, 50);
      beating('c', 70, 30);
      for (let at = 25; at <= 1000; at += 25) {
        universe.run(at);
        if (settles) universe.settle(at + 200);
        assert.equal(universe.now, at);
      }
      return [heard, universe.trace];
    };
    assert.deepEqual(live(true), live(false));
  });
});

describe('a connection that was opened late', () => {
  it('has no timer left that could hold up a leap', () => {
    const { universe, left, right, link } = bed();
    right.world.network.listen(4007, () => ({ received() {}, closed() {} }));
    let opened = 0;
    const { clock }: { clock: Clock } = left.world;
    left.world.network.connect(rightAddress, 4007, {
      opened: () => (opened = clock.elapsed()),
      received() {},
      closed() {},
    });
    // The way is down when the answer gets there, and is free again before the attempt is given up.
    universe.run(13);
    universe.cut(link);
    universe.run(30);
    assert(universe.quietUntil > 2900, 'the attempt would be given up');
    universe.heal(link);
    universe.runWhile(() => opened === 0, 2000);
    assert(opened > 30);
    assert.equal(universe.quietUntil, Infinity);
  });
});
