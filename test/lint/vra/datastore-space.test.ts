import assert from 'node:assert/strict';
import { datastoreSpace } from '../../../src/lint/rules/vra/datastore-space.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const hosts = (...datastores: string[]): string =>
  datastores
    .map(
      (datastore, index) =>
        `esx-p${index + 1}:\n  vra: { memory: 3GiB, datastore: ${datastore}, network: isolated, address: 192.168.100.${21 + index}/24 }`,
    )
    .join('\n');

const free = (amount: string, more = ''): string =>
  `ds-p1: { capacity: 4TiB, free: ${amount} }${more}`;

describe('vra/datastore-space', () => {
  it('VRA-6: accepts exactly 12.5 GB for each VRA', () => {
    expectNothing(
      datastoreSpace,
      lab({ prodHosts: hosts('ds-p1', 'ds-p1'), prodDatastores: free('25GB') }),
    );
  });

  it('VRA-6: adds up the VRAs that share a datastore', () => {
    const [finding] = expectFindings(
      datastoreSpace,
      lab({ prodHosts: hosts('ds-p1', 'ds-p1'), prodDatastores: free('«20GB»') }),
      [
        'ds-p1 has 20GB free, but the VRAs on esx-p1 and esx-p2 need 25GB ' +
          '(2 VRAs of 12.5GB each). 5GiB more would do.',
      ],
    );
    assert.deepEqual(finding?.fixes, [], 'no other datastore to go to');
    assert.equal(finding.related.length, 2);
  });

  it('the fix moves the VRAs that do not fit to a datastore with room', () => {
    const parts = (amount: string, ...datastores: string[]) =>
      lab({
        prodHosts: hosts(...datastores),
        prodDatastores: free(amount, '\nds-p2: { capacity: 4TiB, free: 1TiB }'),
      });
    expectFix(
      datastoreSpace,
      parts('«20GB»', 'ds-p1', 'ds-p1'),
      parts('20GB', 'ds-p1', 'ds-p2'),
      'Put the VRA on esx-p2 on ds-p2',
    );
  });

  it('offers no datastore that would be too full itself', () => {
    const [finding] = expectFindings(
      datastoreSpace,
      lab({
        prodHosts: hosts('ds-p1', 'ds-p1', 'ds-p2'),
        prodDatastores: free('«20GB»', '\nds-p2: { capacity: 4TiB, free: 20GB }'),
      }),
    );
    assert.deepEqual(finding?.fixes, []);
  });
});
