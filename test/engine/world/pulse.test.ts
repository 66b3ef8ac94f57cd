import assert from 'node:assert/strict';
import { Pulse } from '../../../src/engine/world/pulse.ts';
import { createTwoSites } from './two-sites.ts';
import type { TwoSites } from './two-sites.ts';

interface Beating extends Pick<TwoSites, 'universe' | 'left' | 'leftSite'> {
  readonly told: [number, number][];
  readonly beating: Pulse;
}

/** A pulse that answers as it is told to, and what it was told, as `[time, count]`. */
function pulse(answer: (beat: number) => number): Beating {
  const { universe, left, leftSite } = createTwoSites();
  const told: [number, number][] = [];
  const beating = new Pulse(left.world.clock, 1000, (count) => {
    told.push([universe.now, count]);
    return answer(told.length);
  });
  return { universe, left, leftSite, told, beating };
}

describe('a pulse', () => {
  it('beats once an interval', () => {
    const { universe, told, beating } = pulse(() => 1);
    beating.start();
    universe.run(3500);
    assert.deepEqual(told, [
      [0, 1],
      [1000, 1],
      [2000, 1],
      [3000, 1],
    ]);
  });

  it('tells of all that passed at the end of a longer wait', () => {
    const { universe, told, beating } = pulse((beat) => (beat === 2 ? 5 : 1));
    beating.start();
    universe.run(7500);
    assert.deepEqual(told, [
      [0, 1],
      [1000, 1],
      [6000, 5],
      [7000, 1],
    ]);
  });

  it('can be woken: it says how many have passed, and goes on in step', () => {
    const { universe, told, beating } = pulse((beat) => (beat === 1 ? 5 : 1));
    beating.start();
    universe.run(2600);
    assert.equal(beating.wake(), 2);
    assert.equal(beating.wake(), 0, 'they are told of once');
    universe.run(4100);
    assert.deepEqual(told, [
      [0, 1],
      [3000, 1],
      [4000, 1],
    ]);
  });

  it('loses no beat where it is woken as one is due', () => {
    const { universe, told, beating } = pulse((beat) => (beat === 1 ? 5 : 1));
    beating.start();
    universe.schedule(3000, () => {
      assert.equal(beating.wake(), 3);
    });
    universe.schedule(5000, () => {
      assert.equal(beating.wake(), 0);
    });
    universe.run(6000);
    assert.deepEqual(told, [
      [0, 1],
      [4000, 1],
      [5000, 1],
      [6000, 1],
    ]);
  });

  it('does not wait longer than for the next beat where it is woken within one', () => {
    const { universe, told, beating } = pulse((beat) => {
      if (beat === 1) assert.equal(beating.wake(), 0);
      return 5;
    });
    beating.start();
    universe.run(7000);
    assert.deepEqual(told, [
      [0, 1],
      [1000, 1],
      [6000, 5],
    ]);
  });

  it('needs no waking where it beats at its usual pace', () => {
    const { universe, told, beating } = pulse(() => 1);
    beating.start();
    universe.run(1400);
    assert.equal(beating.wake(), 0);
    universe.run(2000);
    assert.deepEqual(told.at(-1), [2000, 1]);
  });

  it('tells of all that passed in a leap with the first beat behind it', () => {
    const { universe, told, beating } = pulse(() => 1);
    beating.start();
    universe.run(1500);
    universe.leap(3_600_250);
    universe.run(3_602_000);
    assert.deepEqual(told, [
      [0, 1],
      [1000, 1],
      [3_601_000, 3600],
      [3_602_000, 1],
    ]);
  });

  it('tells of all that passed in a leap over several of its longer waits, and in the one behind it', () => {
    const { universe, told, beating } = pulse((beat) => (beat === 1 ? 5 : 1));
    beating.start();
    universe.run(2000);
    universe.leap(62_000);
    universe.run(66_000);
    assert.deepEqual(told, [
      [0, 1],
      [65_000, 65],
      [66_000, 1],
    ]);
  });

  it('can be woken behind a leap: it says how many have passed in it, and goes on in step', () => {
    for (const [to, passed] of [
      [62_500, 62],
      [65_000, 64],
      [65_000.001, 64],
      [69_999, 69],
    ] as const) {
      const { universe, told, beating } = pulse((beat) => (beat === 1 ? 5 : 1));
      beating.start();
      universe.run(2600);
      universe.leap(to);
      assert.equal(beating.wake(), passed);
      universe.run(70_000);
      // Beat 65 is due when it is woken: it is told of at once.
      assert.deepEqual(told[1], [passed === 64 ? to : (passed + 1) * 1000, 1]);
      const all = passed + told.slice(1).reduce((sum, [, count]) => sum + count, 0);
      assert.equal(all, passed === 64 && to % 1 > 0 ? 69 : 70);
    }
  });

  it('loses no beat where one is late', () => {
    const { universe, left, told, beating } = pulse(() => 1);
    beating.start();
    universe.run(500);
    left.world.clock.after(3000, () => {});
    universe.settle(4000);
    assert.equal(universe.now, 3500);
    universe.run(4600);
    assert.deepEqual(told, [
      [0, 1],
      [3500, 3],
      [4500, 1],
    ]);
  });

  it('does not care for a clock that is set', () => {
    const { universe, leftSite, told, beating } = pulse(() => 5);
    beating.start();
    universe.run(2500);
    universe.skewClock(leftSite, 3_600_000);
    assert.equal(beating.wake(), 2);
    universe.run(3000);
    assert.deepEqual(told.at(-1), [3000, 1]);
  });
});
