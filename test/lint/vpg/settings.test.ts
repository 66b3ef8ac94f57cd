import assert from 'node:assert/strict';
import { autoCommit } from '../../../src/lint/rules/vpg/auto-commit.ts';
import { noReverseProtection } from '../../../src/lint/rules/vpg/no-reverse-protection.ts';
import { noTimeServer } from '../../../src/lint/rules/vpg/no-time-server.ts';
import { rpoRange } from '../../../src/lint/rules/vpg/rpo-range.ts';
import { testIntervalOdd } from '../../../src/lint/rules/vpg/test-interval-odd.ts';
import { testOverdueSetting } from '../../../src/lint/rules/vpg/test-overdue-setting.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const vpg = (settings: string): string => lab({ vpg: settings });
const marked = (text: string): string => text.replace('  file-server:', '  «file-server»:');

describe('vpg/rpo-range', () => {
  it('calls an RPO below the checkpoint interval an error, and clamps it', () => {
    const [finding] = expectFindings(rpoRange, vpg('rpo: «4s»'), [/checkpoints are 5s apart/]);
    assert.equal(finding?.severity, 'error');
    expectFix(rpoRange, vpg('rpo: «4s»'), vpg('rpo: 1m'), 'Change the RPO to 1m');
  });

  it('warns outside of what the product takes', () => {
    const [low] = expectFindings(rpoRange, vpg('rpo: «59s»'), [/takes 1m to 10d3m20s/]);
    assert.equal(low?.severity, 'warning');
    expectFix(rpoRange, vpg('rpo: «11d»'), vpg('rpo: 10d3m20s'));
    expectNothing(rpoRange, vpg('rpo: 60s'));
    expectNothing(rpoRange, vpg('rpo: 10d3m20s'));
    expectNothing(rpoRange, lab());
  });
});

describe('vpg/test-overdue-setting', () => {
  it('notes a VPG whose tests nothing reminds of, and adds the usual reminder', () => {
    const [finding] = expectFindings(testOverdueSetting, marked(vpg('rpo: 5m')), [
      /^file-server says nothing about how often it is tested/,
    ]);
    assert.equal(finding?.severity, 'information');
    expectFix(
      testOverdueSetting,
      vpg('testEvery: «0»'),
      vpg('testEvery: 182d'),
      'Be reminded after 182d',
    );
    expectFix(
      testOverdueSetting,
      marked(vpg('rpo: 5m')),
      lab({ vpg: 'rpo: 5m' }).concat('    testEvery: 182d\n'),
    );
  });

  it('is content with any interval', () => {
    expectNothing(testOverdueSetting, vpg('testEvery: 30d'));
  });
});

describe('vpg/test-interval-odd', () => {
  it('knows the minutes that a script writes for nine and twelve months', () => {
    // 294 560 min and 252 600 min.
    expectFix(testIntervalOdd, vpg('testEvery: «204d13h20m»'), vpg('testEvery: 273d18h'));
    expectFindings(testIntervalOdd, vpg('testEvery: «175d10h»'), [/twelve months, by mistake/]);
    expectFix(testIntervalOdd, vpg('testEvery: «175d10h»'), vpg('testEvery: 365d'));
  });

  it('finds less than a day and more than a year', () => {
    expectFix(testIntervalOdd, vpg('testEvery: «6h»'), vpg('testEvery: 182d'));
    expectFix(testIntervalOdd, vpg('testEvery: «400d»'), vpg('testEvery: 365d'));
  });

  it('is content with what the product offers, with days between, and with none', () => {
    for (const interval of ['0', '30d', '91d', '180d', '182d', '365d', '366d', '1d']) {
      expectNothing(testIntervalOdd, vpg(`testEvery: ${interval}`));
    }
    expectNothing(testIntervalOdd, lab());
  });
});

describe('vpg/auto-commit', () => {
  it('finds a commit without time to look, and leaves an hour or the decision', () => {
    expectFindings(autoCommit, vpg('commit: { policy: commit, timeout: «0» }'), [
      /^A failover of file-server is committed at once/,
    ]);
    expectFix(
      autoCommit,
      vpg('commit: { policy: commit, timeout: «0s» }'),
      vpg('commit: { policy: commit, timeout: 1h }'),
      'Leave 1h to decide',
    );
    expectFix(
      autoCommit,
      vpg('commit: { policy: rollback, timeout: «0» }'),
      vpg('commit: { policy: none, timeout: 0 }'),
      'Leave the decision to a person',
    );
  });

  it('is content with time to look, or nobody deciding', () => {
    expectNothing(autoCommit, vpg('commit: { policy: commit, timeout: 1m }'));
    expectNothing(autoCommit, vpg('commit: { policy: commit }'));
    expectNothing(autoCommit, vpg('commit: { policy: none, timeout: 0 }'));
  });
});

describe('vpg/no-reverse-protection', () => {
  it('NET-11: notes a VPG that nothing protects after a failover', () => {
    const [finding] = expectFindings(noReverseProtection, marked(vpg('rpo: 5m')), [
      /nothing protects its VMs in DR_Site/,
    ]);
    assert.equal(finding?.severity, 'information');
    expectFix(
      noReverseProtection,
      vpg('reverseProtection: «false»'),
      vpg('reverseProtection: true'),
    );
    expectNothing(noReverseProtection, vpg('reverseProtection: true'));
  });
});

describe('vpg/no-time-server', () => {
  const sites = (prod: string, services: string): string =>
    lab({ drMore: services, prodMore: services }).replace('  Prod_Site:', `  ${prod}:`);

  it('notes a site with several components and no time server', () => {
    const text = lab({ drMore: 'services: { ntp: 10.10.10.3 }' });
    expectFindings(noTimeServer, text.replace('  Prod_Site:', '  «Prod_Site»:'), [
      /^Prod_Site names no time server, though its ZVM and a VRA have to agree/,
    ]);
  });

  it('is content with one, and with a site that is in no VPG', () => {
    expectNothing(noTimeServer, sites('Prod_Site', 'services: { ntp: 10.10.10.3 }'));
    expectNothing(noTimeServer, lab().replace(/\nvpgs:[^]*$/, ''));
  });

  it('is silent where the services could not be read', () => {
    expectNothing(noTimeServer, sites('Prod_Site', 'services: { ntp: 10.10.10 }'));
  });
});
