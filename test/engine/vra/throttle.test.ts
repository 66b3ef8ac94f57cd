import assert from 'node:assert/strict';
import { Throttle } from '../../../src/engine/vra/throttle.ts';

const hour = 3_600_000;

function withWindows(...windows: Throttle['windows']): Throttle {
  const throttle = new Throttle();
  throttle.windows = windows;
  return throttle;
}

/** Bytes that frames of a size get through in so many milliseconds, sent as early as allowed. */
function passed(throttle: Throttle, frame: number, duration: number, midnight = 0): number {
  let bytes = 0;
  for (let now = 0; now < duration;) {
    const wait = throttle.wait((midnight + now) % (24 * hour), now);
    if (wait > 0) {
      now += wait;
    } else {
      throttle.sent(frame);
      bytes += frame;
    }
    if (throttle.rateAt((midnight + now) % (24 * hour)) === Infinity) break;
  }
  return bytes;
}

describe('a throttle', () => {
  it('knows the rate at each edge of a window, and of one over midnight', () => {
    const throttle = withWindows(
      { from: 8 * hour, to: 18 * hour, rate: 5000 },
      { from: 17 * hour, to: 20 * hour, rate: 3000 },
      { from: 23 * hour, to: hour, rate: 1000 },
    );
    const rates = [
      [8 * hour - 1, Infinity],
      [8 * hour, 5000],
      [17 * hour, 3000],
      [18 * hour, 3000],
      [20 * hour, Infinity],
      [23 * hour - 1, Infinity],
      [23 * hour, 1000],
      [0, 1000],
      [hour - 1, 1000],
      [hour, Infinity],
    ] as const;
    for (const [at, rate] of rates) assert.equal(throttle.rateAt(at), rate, `at ${at / hour}`);
  });

  it('lets through what the window says, whatever the size of the frames', () => {
    for (const frame of [500, 4000, 30_000, 250_000]) {
      const throttle = withWindows({ from: 0, to: 12 * hour, rate: 10_000 });
      const bytes = passed(throttle, frame, 60_000);
      assert.ok(bytes <= 600_000 + frame && bytes >= 600_000 - frame, `${frame}: ${bytes}`);
    }
  });

  it('lets all through outside of its windows, and at once when one ends', () => {
    const throttle = withWindows({ from: hour, to: 2 * hour, rate: 1 });
    throttle.sent(1_000_000);
    assert.equal(throttle.wait(0, 0), 0);
    assert.equal(throttle.wait(hour, 10), 0);
    throttle.sent(1_000_000);
    assert.equal(throttle.wait(hour + 10, 20), 1000);
    assert.equal(throttle.wait(2 * hour, 1000), 0);
  });

  it('holds everything back at a rate of nothing, and looks again each second', () => {
    const throttle = withWindows({ from: 0, to: hour, rate: 0 });
    assert.equal(throttle.wait(0, 0), 1000);
    throttle.sent(10);
    assert.equal(throttle.wait(1000, 1000), 1000);
    assert.equal(throttle.wait(hour, 2000), 0);
  });

  it('waits no longer than a second for a clock that was set back', () => {
    const throttle = withWindows({ from: 0, to: hour, rate: 1000 });
    assert.equal(throttle.wait(500_000, 500_000), 0);
    throttle.sent(1000);
    assert.equal(throttle.wait(100, 100), 1000);
    assert.equal(throttle.wait(1100, 1100), 0);
  });
});
