import assert from 'node:assert/strict';
import { Pulse } from '../../../src/engine/world/pulse.ts';
import { createTwoSites } from './two-sites.ts';
import type { TwoSites } from './two-sites.ts';

interface Beating extends Pick<TwoSites, 'universe' | 'leftSite'> {
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
  return { universe, leftSite, told, beating };
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
