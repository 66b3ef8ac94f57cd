// @ts-check
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * @typedef {object} Counts what a suite reports
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} skippedTitles
 */

/**
 * @param {Partial<Counts>} [counts]
 * @returns {Counts}
 */
export function counts({ passed = 0, failed = 0, skipped = 0, skippedTitles = [] } = {}) {
  return { passed, failed, skipped, skippedTitles };
}

/**
 * @param {Counts[]} all
 * @returns {Counts}
 */
export function sum(all) {
  return all.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
      skippedTitles: [...left.skippedTitles, ...right.skippedTitles],
    }),
    counts(),
  );
}

/** @param {Counts} total */
export function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * @param {string} file
 * @param {Counts} result
 */
export async function writeCounts(file, result) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}

/**
 * @param {string} file
 * @returns {Promise<Counts | undefined>} nothing when the suite ended before it could report
 */
export async function readCounts(file) {
  if (!existsSync(file)) return undefined;
  const read = JSON.parse(await readFile(file, 'utf8'));
  return counts(read);
}
