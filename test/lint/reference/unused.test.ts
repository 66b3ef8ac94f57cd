import { unused } from '../../../src/lint/rules/reference/unused.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const isolated = 'isolated: { cidr: 192.168.100.0/24 }';
const vra =
  'vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }';

describe('reference/unused', () => {
  it('says nothing where everything is used', () => {
    expectNothing(unused, lab());
  });

  it('finds a network, a datastore, a host, a VM and a link', () => {
    expectFindings(
      unused,
      lab({
        prodNetworks: `${isolated}\n«spare»: { cidr: 10.9.0.0/24 }`,
        prodDatastores:
          'ds-p1: { capacity: 4TiB, free: 2TiB }\n«ds-old»: { capacity: 1TiB, free: 1TiB }',
        prodHosts: `esx-p1: { ${vra} }\n«esx-p2»: { version: "6.7" }`,
        prodVms: 'FS01: { host: esx-p1 }\n«WEB»: { host: esx-p1 }',
      }),
      [
        'Nothing uses the network spare of Prod_Site.',
        'No VRA, disk, replica or journal lies on the datastore ds-old.',
        'The host esx-p2 runs no VM, recovers none and has no VRA.',
        'No VPG protects the VM WEB.',
      ],
    );
  });

  it('a host with a VRA is of use: VMs may move there', () => {
    expectNothing(
      unused,
      lab({
        prodHosts: `esx-p1: { ${vra} }\nesx-p2: { ${vra.replace('.21', '.22')} }`,
      }),
    );
  });

  for (const [what, more] of Object.entries({
    'a vCenter': 'vcenter: { address: 10.9.0.4 }',
    'a DNS server': 'services: { dns: 10.9.0.2 }',
    'a firewall': 'firewalls:\n  - { between: [isolated, spare], allow: [443] }',
  })) {
    it(`a network is used by ${what} in it`, () => {
      expectNothing(
        unused,
        lab({ prodNetworks: `${isolated}\nspare: { cidr: 10.9.0.0/24 }`, prodMore: more }),
      );
    });
  }

  it('a network is used by a route of a peer to it', () => {
    expectNothing(
      unused,
      lab({ prodNetworks: `${isolated}\nspare: { cidr: 10.9.0.0/24 }` }).replace(
        '        - { to: 192.168.100.0/24,',
        '        - { to: 10.9.0.0/24, via: 10.10.10.1, nic: isolated, persistent: true }\n        - { to: 192.168.100.0/24,',
      ),
    );
  });

  it('what a drill names is used', () => {
    expectNothing(
      unused,
      lab({
        drHosts:
          'esx-d1: { vra: { memory: 3GiB, datastore: ds-d1, network: isolated, address: 10.10.10.21/24 } }\nesx-d2: { version: "6.7" }',
        more: 'drills:\n  fire:\n    duration: 1h\n    steps:\n      - { at: 1m, powerOff: DR_Site/esx-d2 }\n',
      }),
    );
  });

  const third = (pairings: string, links: string): string =>
    lab()
      .replace(
        '\nlinks:\n',
        '\n  Branch:\n    platform: vsphere\n    networks: { lan: { cidr: 10.3.0.0/24 } }\n\nlinks:\n' +
          links,
      )
      .replace('  - [Prod_Site, DR_Site]\n', pairings);

  it('finds a link to a site that replicates with nobody', () => {
    expectFindings(
      unused,
      third(
        '  - [Prod_Site, DR_Site]\n',
        '  «branch-line»: { joins: [Prod_Site/isolated, Branch/lan], bandwidth: 10Mbit/s }\n',
      ),
      ['Nothing that is paired or protected replicates over the link branch-line.'],
    );
  });

  it('a link is used where it is on the way through a third site', () => {
    expectNothing(
      unused,
      third(
        '  - [Prod_Site, Branch]\n',
        '  branch-line: { joins: [DR_Site/isolated, Branch/lan], bandwidth: 10Mbit/s }\n',
      ),
    );
  });

  it('finds a site that takes part in nothing', () => {
    expectFindings(
      unused,
      third('  - [Prod_Site, DR_Site]\n', '')
        .replace('  Branch:', '  «Branch»:')
        .replace('lan:', '«lan»:'),
    );
  });

  it('is silent while the file cannot be read whole', () => {
    expectNothing(
      unused,
      lab({
        prodNetworks: `${isolated}\nspare: { cidr: 10.9.0.0/24 }`,
        prodVms: 'FS01: { host: esx-p1, changeRate: fast }',
      }),
    );
  });

  it('the fix removes the entry', () => {
    const parts = (more: string) =>
      lab({ prodDatastores: `ds-p1: { capacity: 4TiB, free: 2TiB }${more}` });
    expectFix(
      unused,
      parts('\n«ds-old»: { capacity: 1TiB, free: 1TiB }'),
      parts(''),
      'Remove ds-old',
    );
  });
});
