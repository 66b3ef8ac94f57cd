import { nat } from '../../../src/lint/rules/network/nat.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

describe('network/nat', () => {
  it('NET-2: finds a link that translates addresses', () => {
    expectFindings(
      nat,
      lab({
        links:
          'mpls: { joins: [Prod_Site/isolated, DR_Site/isolated], bandwidth: 100Mbit/s, nat: «true» }',
      }),
      [
        'Link mpls translates addresses (NAT) between Prod_Site/isolated and DR_Site/isolated. ZVMs and VRAs tell each other their own addresses, so they cannot replicate through it. Route between the two networks, or join networks whose ranges differ.',
      ],
    );
  });

  it('says nothing about a link that routes', () => {
    expectNothing(nat, lab());
  });
});
