import assert from 'node:assert/strict';
import { hardLimit } from '../../../src/lint/rules/journal/hard-limit.ts';
import { historyRange } from '../../../src/lint/rules/journal/history-range.ts';
import { warningThreshold } from '../../../src/lint/rules/journal/warning-threshold.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const journal = (settings: string): string => lab({ vpg: `journal: { ${settings} }` });

describe('journal/history-range', () => {
  it('finds a history outside of 1 h to 30 d, and clamps it', () => {
    expectFindings(historyRange, journal('history: «59m»'), [
      /59m of history\. It holds 1h to 30d/,
    ]);
    expectFix(historyRange, journal('history: «59m»'), journal('history: 1h'));
    expectFix(historyRange, journal('history: «31d»'), journal('history: 30d'));
  });

  it('is content with both ends of the range, and with the default', () => {
    expectNothing(historyRange, journal('history: 1h'));
    expectNothing(historyRange, journal('history: 30d'));
    expectNothing(historyRange, lab({ vpg: '' }));
  });
});

describe('journal/hard-limit', () => {
  it('calls less than 8 GiB an error, and raises it', () => {
    const [finding] = expectFindings(hardLimit, journal('history: 1h, hardLimit: «7GiB»'), [
      /may take 7GiB a VM\. The least that the product takes is 8GiB\.$/,
    ]);
    assert.equal(finding?.severity, 'error');
    // 2 MiB/s for an hour are 7.03 GiB, with a tenth more 7.73: the least would do.
    expectFix(
      hardLimit,
      journal('history: 1h, hardLimit: «7GiB»'),
      journal('history: 1h, hardLimit: 8GiB'),
    );
    expectFix(
      hardLimit,
      journal('history: 4h, hardLimit: «1GiB»'),
      journal('history: 4h, hardLimit: 31GiB'),
    );
  });

  it('asks for 10 GB where the recovery site is Azure', () => {
    const azure = (limit: string): string =>
      journal(`history: 1h, hardLimit: ${limit}`).replace(
        'DR_Site:\n    platform: vsphere',
        'DR_Site:\n    platform: azure',
      );
    expectFindings(hardLimit, azure('«9GiB»'), [/takes is 10GB\.$/]);
    expectNothing(hardLimit, azure('10GB'));
  });

  it('says the arithmetic, what the limit holds, and the number that would do', () => {
    // 2 MiB/s x 4 h = 28.125 GiB, with a tenth more 30.94; 20 GiB hold 2 h 35 m of it.
    expectFindings(hardLimit, journal('history: 4h, hardLimit: «20GiB»'), [
      'FS01 writes 2MiB/s: 28.13GiB in 4h, and with 10% spare its journal needs 30.94GiB. The hard limit of file-server is 20GiB, which holds about 2h35m: beyond it the oldest checkpoints are given up. 31GiB would do.',
    ]);
    expectFix(
      hardLimit,
      journal('history: 4h, hardLimit: «20GiB»'),
      journal('history: 4h, hardLimit: 31GiB'),
      'Raise the hard limit to 31GiB',
    );
  });

  it('counts bursts as often as they fit into the history', () => {
    // 38 MiB/s more for 10 m, once in 4 h: 22.27 GiB more, 50.39 in all, 55.43 with a tenth.
    const bursting = (limit: string): string =>
      lab({
        vpg: `journal: { history: 4h, hardLimit: ${limit} }`,
        prodVms:
          'FS01: { host: esx-p1, changeRate: 2MiB/s, burst: { rate: 40MiB/s, for: 10m, every: 4h } }',
      });
    expectFindings(hardLimit, bursting('«55GiB»'), [/bursts included: .* 56GiB would do\.$/]);
    expectNothing(hardLimit, bursting('56GiB'));
  });

  it('judges the default as well, at the VPG, and writes the limit into its journal', () => {
    const text = lab({ vpg: 'journal:\n  history: 24h' });
    expectFix(
      hardLimit,
      text.replace('  file-server:', '  «file-server»:'),
      text.replace('history: 24h\n', 'history: 24h\n      hardLimit: 186GiB\n'),
    );
    expectFindings(hardLimit, text.replace('  file-server:', '  «file-server»:'), [
      /\(the default\)/,
    ]);
  });

  it('is content with an unlimited journal', () => {
    expectNothing(hardLimit, journal('history: 30d, hardLimit: unlimited'));
  });
});

describe('journal/warning-threshold', () => {
  it('finds a warning at or above the limit, as a size or a share', () => {
    expectFindings(warningThreshold, journal('hardLimit: 150GiB, warning: «150GiB»'), [
      /warn at 150GiB, and 150GiB is all/,
    ]);
    expectFix(
      warningThreshold,
      journal('hardLimit: 150GiB, warning: «120%»'),
      journal('hardLimit: 150GiB, warning: 75%'),
    );
  });

  it('is content below it, and without a limit', () => {
    expectNothing(warningThreshold, journal('hardLimit: 150GiB, warning: 149GiB'));
    expectNothing(warningThreshold, journal('hardLimit: unlimited, warning: 500GiB'));
    expectNothing(warningThreshold, lab());
  });
});
