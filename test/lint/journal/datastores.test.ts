import { datastoreFloor } from '../../../src/lint/rules/journal/datastore-floor.ts';
import { noCommonDatastore } from '../../../src/lint/rules/journal/no-common-datastore.ts';
import { datastoreCapacity } from '../../../src/lint/rules/recovery/datastore-capacity.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

/** 40 GiB of replica, 30.94 of journal, 40 of scratch and 12.5 GB (11.64 GiB) of a VRA: 122.58 GiB. */
const store = (free: string, capacity = '1TiB'): string =>
  lab({ drDatastores: `ds-d1: { capacity: ${capacity}, free: ${free} }` });

describe('journal/datastore-floor', () => {
  it('adds replicas, journals and scratch of all VPGs up, and says what is left and what would do', () => {
    // 15 % of 1 TiB are 153.6 GiB.
    expectFindings(datastoreFloor, store('«276GiB»'), [
      'All VPGs together need 122.58GiB on ds-d1 (replicas 40GiB + journals 30.94GiB + scratch 40GiB + VRAs 11.64GiB), where 276GiB are free. That leaves 153.42GiB of ds-d1 free. Below 153.6GiB (15% of 1TiB) the product stops replicating into a datastore. 1GiB more would do, or another datastore for some of it.',
    ]);
    expectNothing(datastoreFloor, store('277GiB'));
  });

  it('takes 30 GB where that is more than the share', () => {
    // 30 GB are 27.94 GiB.
    expectFindings(datastoreFloor, store('«150GiB»', '160GiB'), [/Below 27.94GiB \(the least/]);
    expectNothing(datastoreFloor, store('151GiB', '160GiB'));
  });

  it('is silent about a datastore that nothing recovers to', () => {
    expectNothing(datastoreFloor, lab({ prodDatastores: 'ds-p1: { capacity: 4TiB, free: 13GB }' }));
  });

  it('puts the journals where the VPG puts them, with all of its limits', () => {
    const parts = (free: string) =>
      lab({
        drDatastores: `ds-d1: { capacity: 8TiB, free: 6TiB }\nds-j: { capacity: 100GiB, free: ${free} }`,
        vpg: 'journal: { history: 30d, hardLimit: 60GiB, datastore: ds-j }',
      });
    expectFindings(datastoreFloor, parts('«87GiB»'), [/need 60GiB on ds-j .*leaves 27GiB/]);
    expectNothing(datastoreFloor, parts('88GiB'));
  });
});

describe('recovery/datastore-capacity', () => {
  it('finds a datastore that does not hold it all, which is then no question of the floor', () => {
    expectFindings(datastoreCapacity, store('«122GiB»'), [
      /where 122GiB are free\. That is 592.93MiB too much\. With the 153\.6GiB/,
    ]);
    expectNothing(datastoreFloor, store('122GiB'));
    expectNothing(datastoreCapacity, store('123GiB'));
  });

  it('says when not even the replicas fit', () => {
    expectFindings(datastoreCapacity, store('«39GiB»'), [/Not even the replicas fit\./]);
  });

  it('counts the capacity where the file does not say what is free', () => {
    expectFindings(datastoreCapacity, lab({ drDatastores: 'ds-d1: { capacity: «100GiB» }' }), [
      /where 100GiB are free/,
    ]);
  });
});

describe('journal/no-common-datastore', () => {
  const two = (journal: string): string =>
    lab({
      prodVms:
        'FS01: { host: esx-p1, changeRate: 1MiB/s }\nFS02: { host: esx-p1, changeRate: 1MiB/s }',
      drDatastores: 'ds-d1: { capacity: 1TiB }\nds-d2: { capacity: 2TiB }',
      protectedVms:
        'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }\nFS02: { recoveryHost: esx-d1, datastore: ds-d2 }',
      vpg: `journal: { ${journal} }`,
    });

  it('notes journals on several datastores, and puts them on the one with most room', () => {
    expectFix(
      noCommonDatastore,
      two('history: 4h').replace('  file-server:', '  «file-server»:'),
      two('history: 4h, datastore: ds-d2'),
      'Put the journals on ds-d2',
    );
  });

  it('is content with a journal datastore, and with one datastore for all', () => {
    expectNothing(noCommonDatastore, two('datastore: ds-d1'));
    expectNothing(noCommonDatastore, lab());
  });
});
