import assert from 'node:assert/strict';
import { growthExponent, measuresOf, percentile } from '../../bench/measures.ts';

describe('what is said of measured values', () => {
  it('gives the middle one of an odd number, and the least and the most', () => {
    assert.deepEqual(measuresOf([9, 1, 4]), { runs: 3, median: 4, min: 1, max: 9 });
  });

  it('gives the mean of the middle two of an even number', () => {
    assert.deepEqual(measuresOf([10, 1, 4, 2]), { runs: 4, median: 3, min: 1, max: 10 });
  });

  it('says nothing about nothing', () => {
    assert.throws(() => measuresOf([]), RangeError);
  });

  it('gives the value that so many per cent do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(percentile(hundred, 99), 99);
    assert.equal(percentile(hundred, 50), 50);
    assert.equal(percentile([7, 3], 99), 7);
    assert.throws(() => percentile([], 99), RangeError);
  });

  it('tells linear from quadratic growth', () => {
    const costs = (power: number) => [1, 2, 10].map((size) => ({ size, cost: 3 * size ** power }));
    assert.ok(Math.abs(growthExponent(costs(1)) - 1) < 1e-9);
    assert.ok(Math.abs(growthExponent(costs(2)) - 2) < 1e-9);
    assert.throws(() => growthExponent([{ size: 1, cost: 1 }]), RangeError);
  });
});
