import assert from 'node:assert/strict';
import { clockTime, readClockTime } from '../../../src/extension/lab/clock-time.ts';

describe('times of a running lab', () => {
  const now = new Date(2026, 2, 14, 9, 30, 15, 250).getTime();

  it('are shown as the clock has them, with the date where it is not today', () => {
    assert.equal(clockTime(new Date(2026, 2, 14, 8, 5, 9).getTime(), now), '08:05:09');
    assert.equal(
      clockTime(new Date(2026, 2, 13, 23, 59, 59).getTime(), now),
      '2026-03-13 23:59:59',
    );
    assert.equal(clockTime(new Date(2025, 2, 14, 9, 30, 0).getTime(), now), '2025-03-14 09:30:00');
  });

  it('are read as people type them: the last time that the clock showed it', () => {
    const at = (...parts: [number, number, number, number, number, number]): number =>
      new Date(...parts, 999).getTime();
    assert.equal(readClockTime('09:30', now), at(2026, 2, 14, 9, 30, 0));
    assert.equal(readClockTime('09:30:16', now), at(2026, 2, 13, 9, 30, 16));
    assert.equal(readClockTime(' 2026-01-31 14:03:05 ', now), at(2026, 0, 31, 14, 3, 5));
    assert.equal(readClockTime('2026-01-31T14:03', now), at(2026, 0, 31, 14, 3, 0));
  });

  it('takes in the checkpoint that is shown at the very second', () => {
    const checkpoint = new Date(2026, 2, 14, 9, 30, 10, 700).getTime();
    const read = readClockTime(clockTime(checkpoint, now), now);
    assert.ok(read !== undefined && read >= checkpoint && read < checkpoint + 1000);
  });

  it('are none where there is no such time', () => {
    for (const text of ['', '9:30', '24:00', '12:60', 'noon', '2026-06-31 10:00', '2026-02-01']) {
      assert.equal(readClockTime(text, now), undefined, text);
    }
  });
});
