import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { counts, inWords, sum } from '../../scripts/workbench/summary.mjs';

describe('the summary', () => {
  it('adds up suites and keeps the titles of what was skipped, in order', () => {
    const total = sum([
      counts({ passed: 3, skipped: 1, skippedTitles: ['qemu-nbd reads an export'] }),
      counts({ failed: 2 }),
      counts({ passed: 4, skipped: 1, skippedTitles: ['reload'] }),
    ]);
    assert.deepEqual(total, {
      passed: 7,
      failed: 2,
      skipped: 2,
      skippedTitles: ['qemu-nbd reads an export', 'reload'],
    });
    assert.equal(inWords(total), '7 passed, 2 failed, 2 skipped');
  });

  it('is zero for nothing', () => {
    assert.equal(inWords(sum([])), '0 passed, 0 failed, 0 skipped');
  });
});
