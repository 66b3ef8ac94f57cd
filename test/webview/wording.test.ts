import assert from 'node:assert/strict';
import { timeText } from '../../webview/timeline/wording.ts';

describe('times in the timeline', () => {
  it('are offsets in a drill, and negative in its warm-up', () => {
    assert.equal(timeText(0), '0:00:00');
    assert.equal(timeText(3_930_000), '1:05:30');
    assert.equal(timeText(-90_000, false), '−0:01');
    const month = 30 * 86_400_000;
    assert.equal(timeText(month), '720:00:00');
  });

  it('are those of the clock in a running lab, with the date where it is not today', () => {
    const today = new Date();
    today.setHours(9, 5, 7, 0);
    assert.equal(timeText(today.getTime()), '09:05:07');
    assert.equal(timeText(today.getTime(), false), '09:05');
    assert.equal(timeText(new Date(2020, 0, 31, 23, 59, 8).getTime()), '01-31 23:59:08');
  });
});
