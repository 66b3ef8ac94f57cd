import assert from 'node:assert/strict';
import type { Gap } from '../../../src/engine/api.ts';
import { GapLog } from '../../../src/engine/zvm/gaps.ts';
import type { Evidence } from '../../../src/engine/zvm/gaps.ts';

const s = 1000;
const linkDown: Evidence = { sort: 'data-path', cause: 'link-down' };
const vraDown: Evidence = { sort: 'data-path', cause: 'vra-down' };
const bitmap: Evidence = { sort: 'stream', cause: 'bitmap-sync' };
const disconnected: Evidence = { sort: 'peer', cause: 'zvms-disconnected' };
const zvmDown: Evidence = { sort: 'peer', cause: 'zvm-down' };

/** With clocks that nobody sets: it was silent for as long as the times are apart. */
function checkpoint(gaps: GapLog, before: number, time: number): Gap | undefined {
  return gaps.checkpoint(before, time, time - before);
}

describe('GapLog', () => {
  it('times that are apart because a clock was set are no gap', () => {
    const gaps = new GapLog();
    assert.equal(gaps.checkpoint(5 * s, 95 * s, 5 * s), undefined);
    gaps.observe(zvmDown, 96 * s);
    assert.equal(gaps.checkpoint(95 * s, 300 * s, 5 * s)?.cause, 'zvm-down');
  });

  it('one missed checkpoint is no gap, two are', () => {
    const gaps = new GapLog();
    assert.equal(checkpoint(gaps, 0, 5 * s), undefined);
    assert.equal(checkpoint(gaps, 5 * s, 15 * s), undefined);
    gaps.observe(bitmap, 20 * s);
    assert.deepEqual(checkpoint(gaps, 15 * s, 30 * s), {
      from: 15 * s,
      to: 30 * s,
      cause: 'bitmap-sync',
    });
    assert.equal(gaps.closed.length, 1);
  });

  it('an open gap shows from the last checkpoint on, once it is long enough', () => {
    const gaps = new GapLog();
    gaps.observe(zvmDown, 11 * s);
    assert.deepEqual(gaps.list(5 * s, 10 * s), []);
    assert.deepEqual(gaps.list(5 * s, 11 * s), [{ from: 5 * s, cause: 'zvm-down' }]);
  });

  it('what began a gap explains it: a bitmap sync behind a cut link is the link', () => {
    const gaps = new GapLog();
    gaps.observe(linkDown, 10 * s);
    gaps.observe(bitmap, 60 * s);
    assert.equal(checkpoint(gaps, 5 * s, 90 * s)?.cause, 'link-down');
  });

  it('better evidence of the same sort corrects the cause, and connections that return do not', () => {
    const gaps = new GapLog();
    gaps.observe(linkDown, 10 * s);
    gaps.observe(vraDown, 11 * s);
    gaps.observe(linkDown, 60 * s);
    assert.equal(gaps.cause, 'vra-down');
  });

  it('when a site goes silent as a whole, its ZVM is what counts', () => {
    const gaps = new GapLog();
    gaps.observe(linkDown, 10 * s);
    gaps.observe(disconnected, 11 * s);
    assert.equal(gaps.cause, 'zvms-disconnected');
    gaps.prove(zvmDown, 70 * s);
    gaps.observe(disconnected, 71 * s);
    assert.equal(checkpoint(gaps, 5 * s, 75 * s)?.cause, 'zvm-down');
    assert.equal(gaps.hasEvidence, false);
  });

  it('a checkpoint that was cut as the trouble was seen, and arrives after it, does not hide the gap', () => {
    const gaps = new GapLog();
    gaps.observe(vraDown, 5 * s);
    // It waited for a minute, and the next one follows at once.
    assert.equal(gaps.checkpoint(0, 5 * s, 60 * s), undefined);
    assert.deepEqual(gaps.checkpoint(5 * s, 65 * s, 2 * s), {
      from: 5 * s,
      to: 65 * s,
      cause: 'vra-down',
    });
  });

  it('a checkpoint that was cut before the trouble does not end it', () => {
    const gaps = new GapLog();
    gaps.observe(vraDown, 12 * s);
    assert.equal(checkpoint(gaps, 5 * s, 10 * s), undefined);
    assert.equal(checkpoint(gaps, 10 * s, 60 * s)?.cause, 'vra-down');
  });

  it('a gap that is told again is replaced and stays in its place', () => {
    const gaps = new GapLog();
    gaps.put({ from: 100, to: 200, cause: 'link-down' });
    gaps.put({ from: 10, to: 50, cause: 'zvm-down' });
    gaps.put({ from: 100, to: 200, cause: 'zvm-down' });
    assert.deepEqual(
      gaps.closed.map((gap) => [gap.from, gap.cause]),
      [
        [10, 'zvm-down'],
        [100, 'zvm-down'],
      ],
    );
  });
});
