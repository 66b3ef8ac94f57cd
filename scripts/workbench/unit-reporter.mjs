// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Mocha from 'mocha';

/** mocha's usual reporter, which also writes its counts where the whole test run finds them. */
export default class UnitReporter extends Mocha.reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    /** @type {string[]} */
    const skippedTitles = [];
    runner.on('pending', (test) => skippedTitles.push(test.fullTitle()));
    runner.once('end', () => {
      const file = process.env['TIDEMARK_SUMMARY'];
      if (file === undefined) return;
      const { passes, failures, pending } = this.stats;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(
        file,
        JSON.stringify({ passed: passes, failed: failures, skipped: pending, skippedTitles }),
      );
    });
  }
}
