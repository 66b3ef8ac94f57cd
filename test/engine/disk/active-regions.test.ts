import assert from 'node:assert/strict';
import { ActiveRegions } from '../../../src/engine/disk/active-regions.ts';
import { regionSize } from '../../../src/engine/disk/activity-record.ts';

const disks = [
  { name: 'system', size: 100 * regionSize },
  { name: 'data', size: 100 * regionSize - 5 },
];

describe('the active regions of disks', () => {
  it('are those that a range touches, each named by the record that it waited for', () => {
    const regions = new ActiveRegions(disks);
    assert.equal(regions.touch(1, regionSize - 1, 2, 7, 0), 7);
    assert.equal(regions.touch(1, regionSize, 5, 8, 0), 7);
    assert.equal(regions.touch(1, 0, 0, 8, 0), 0);
    assert.deepEqual(regions.runs(), [{ disk: 1, first: 0, count: 5 }], 'and some ahead');
    regions.touch(0, 99 * regionSize, 1, 8, 0);
    assert.deepEqual(regions.runs()[0], { disk: 0, first: 99, count: 1 });
  });

  it('become active in advance within the disk only', () => {
    const regions = new ActiveRegions(disks);
    regions.touch(1, 98 * regionSize, 1, 1, 0);
    regions.touch(1, 99 * regionSize, 1, 2, 0);
    assert.deepEqual(regions.runs(), [{ disk: 1, first: 98, count: 2 }]);
  });

  it('grow cold in the order in which they were touched', () => {
    const regions = new ActiveRegions(disks);
    for (const region of [10, 20, 30]) regions.touch(0, region * regionSize, 1, 1, 0);
    regions.next();
    regions.touch(0, 10 * regionSize, 1, 2, 0);
    const cold = (before: number, most: number): number[] =>
      regions.cold(before, most).map(({ region }) => region);
    assert.deepEqual(cold(1, 100), [20, 30]);
    assert.deepEqual(cold(0, 100), []);
    assert.deepEqual(cold(0, 2), [20, 30], 'down to three quarters of two');
  });

  it('are not given up while they are written to, or when they were touched meanwhile', () => {
    const regions = new ActiveRegions(disks);
    for (const region of [10, 20, 30]) {
      regions.touch(0, region * regionSize, 1, 1, region === 10 ? 1 : 0);
    }
    regions.next();
    const [first, second, ...more] = regions.cold(1, 100);
    assert.deepEqual([first?.region, second?.region, more], [20, 30, []]);
    assert(first && second);
    regions.touch(0, 20 * regionSize, 1, 2, 0);
    assert.equal(regions.release(first, 0), false);
    assert.equal(regions.release(second, 0), true);
    assert.equal(regions.release(second, 0), false);
    regions.written(0, 10 * regionSize, 1);
    const [tenth] = regions.cold(1, 100);
    assert(tenth);
    regions.touch(0, 10 * regionSize, 1, 2, 1);
    assert.equal(regions.release(tenth, 1), false);
  });
});
