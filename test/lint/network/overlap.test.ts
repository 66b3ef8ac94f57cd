import { overlap } from '../../../src/lint/rules/network/overlap.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';
import assert from 'node:assert/strict';

describe('network/overlap', () => {
  it('NET-1: finds identical ranges that carry replication', () => {
    const [finding] = expectFindings(
      overlap,
      lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: «192.168.100.0/24» }`,
      }),
      [
        'The range 192.168.100.0/24 of DR_Site/isolated is also that of Prod_Site/isolated: packets for the other site never leave their own, so the two cannot replicate. Replicate over networks whose ranges differ, with a second NIC in each ZVM.',
      ],
    );
    assert.equal(finding?.severity, 'error');
    assert.deepEqual(finding.related[0]?.place.path, [
      'sites',
      'Prod_Site',
      'networks',
      'isolated',
      'cidr',
    ]);
  });

  it('finds a range within a larger one', () => {
    expectFindings(
      overlap,
      lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 10.10.10.0/24 }
      wide: { cidr: «192.168.0.0/16» }`,
      }),
      [
        /^The range 192\.168\.0\.0\/16 of DR_Site\/wide overlaps that of Prod_Site\/isolated \(192\.168\.100\.0\/24\)/,
      ],
    );
  });

  it('only informs where replication does not use the networks', () => {
    const [finding] = expectFindings(
      overlap,
      lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 10.10.10.0/24 }
      failover: { cidr: «10.1.0.0/24» }`,
      }),
      [/Replication does not use them, so it is not affected\.$/],
    );
    assert.equal(finding?.severity, 'information');
  });

  it('says nothing about test bubbles, distinct ranges and sites that do not replicate', () => {
    expectNothing(overlap, lab());
    expectNothing(
      overlap,
      lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 10.10.10.0/24 }
      bubble: { cidr: 192.168.100.0/24, isolated: true }`,
      }),
    );
    expectNothing(
      overlap,
      lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 192.168.100.0/24 }`,
        pairings: '[]',
        vpg: '{}',
      }),
    );
  });
});
