import assert from 'node:assert/strict';
import { reverseTarget } from '../../../src/lint/rules/vpg/reverse-target.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectNothing } from '../testing.ts';

/** 30.94 GiB of journal and 12.5 GB (11.64 GiB) of a VRA; 15 % of 1 TiB, 153.6 GiB, have to stay free. */
const store = (datastore: string, reverse = true): string =>
  lab({
    prodDatastores: `ds-p1: { ${datastore} }`,
    vpg: `journal: { history: 4h }\nreverseProtection: ${reverse}`,
  });

describe('vpg/reverse-target', () => {
  it('NET-11: counts the journals of the way back in the protected site, and says what would do', () => {
    const [finding] = expectFindings(reverseTarget, store('capacity: 1TiB, free: «196GiB»'), [
      'After a failover file-server replicates back to ds-p1, with journals of 30.94GiB. Of the 196GiB that are free, 11.64GiB are needed for VRAs and what recovers there, 153.42GiB would be left, and below 153.6GiB the product stops replicating into a datastore: the VMs would run unprotected. 1GiB more would do.',
    ]);
    assert.equal(finding?.related.length, 1);
    expectNothing(reverseTarget, store('capacity: 1TiB, free: 197GiB'));
  });

  it('speaks of the capacity where the file does not say what is free, and names a number that does', () => {
    // 40 GiB do not even hold the VRA, the journal and 30 GB: with 31 GiB more they do.
    expectNothing(reverseTarget, store('capacity: 71GiB'));
    expectFindings(reverseTarget, store('capacity: «40GiB»'), [
      /Of the 40GiB .*2\.58GiB are missing, .* 31GiB more would do\.$/,
    ]);
  });

  it('is silent without reverse protection, and of a datastore that is too full as it is', () => {
    expectNothing(reverseTarget, store('capacity: 1TiB, free: 160GiB', false));
    expectNothing(reverseTarget, store('capacity: 1TiB, free: 150GiB'));
    expectNothing(reverseTarget, lab());
  });

  it('is silent where the datastore of the disk is not known', () => {
    expectNothing(
      reverseTarget,
      store('capacity: 1TiB, free: 190GiB').replace(
        'size: 40GiB, datastore: ds-p1',
        'size: 40GiB, datastore: ds-p9',
      ),
    );
  });
});
