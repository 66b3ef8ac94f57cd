import { noPath } from '../../../src/lint/rules/link/no-path.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from '../network/lab.ts';

describe('link/no-path', () => {
  it('finds a pairing of sites that nothing joins, at the pairing', () => {
    expectFindings(noPath, lab({ links: '{}', pairings: '[«[Prod_Site, DR_Site]»]' }), [
      'No link leads from Prod_Site to DR_Site, not even by way of another site. Declare the link that joins their replication networks, such as joins: [Prod_Site/isolated, DR_Site/isolated].',
    ]);
  });

  it('finds a VPG without a pairing, at its target', () => {
    expectFindings(
      noPath,
      lab({ links: '{}', pairings: '[]' }).replace('    to: DR_Site', '    to: «DR_Site»'),
    );
  });

  it('counts no link that ends in an isolated network', () => {
    expectFindings(
      noPath,
      lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 10.10.10.0/24, isolated: true }`,
        pairings: '[«[Prod_Site, DR_Site]»]',
      }),
    );
  });

  it('is content with a way through a third site', () => {
    expectNothing(
      noPath,
      lab({
        links: `west: { joins: [Prod_Site/isolated, Hub/core], bandwidth: 100Mbit/s }
  east: { joins: [Hub/core, DR_Site/isolated], bandwidth: 100Mbit/s }`,
      }).replace(
        'sites:\n',
        'sites:\n  Hub: { platform: vsphere, networks: { core: { cidr: 10.99.0.0/24 } } }\n',
      ),
    );
    expectNothing(noPath, lab());
  });

  it('waits while a link cannot be read, or names a network that nothing declares', () => {
    expectNothing(noPath, lab({ links: 'mpls: { joins: [Prod_Site/isolated] }' }));
    expectNothing(
      noPath,
      lab({
        links: 'mpls: { joins: [Prod_Site/isolated, DR_Site/isolatet], bandwidth: 100Mbit/s }',
      }),
    );
  });
});
