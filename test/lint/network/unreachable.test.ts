import { unreachable } from '../../../src/lint/rules/network/unreachable.ts';
import { expectFindings, expectNothing } from '../testing.ts';
import { lab } from './lab.ts';

describe('network/unreachable', () => {
  it('NET-3: finds a VRA without a gateway, once', () => {
    expectFindings(
      unreachable,
      lab({
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: 192.168.100.21/24',
      }).replace('        vra:\n', '        «vra»:\n'),
      [
        'The VRA on esx-p1 cannot send to the VRA on esx-d1 at 10.10.10.21: it has no route to it and no default gateway. It has to, on ports 4007 (replication control) and 4008 (replication data).',
      ],
    );
  });

  it('finds an answer that does not come back', () => {
    const text = lab({
      drVra:
        'memory: 3GiB\n          datastore: ds-d\n          network: isolated\n          address: 10.10.10.21/24',
    });
    const at = text.lastIndexOf('vra:');
    expectFindings(unreachable, `${text.slice(0, at)}«vra»${text.slice(at + 3)}`, [
      /^The VRA on esx-d1 cannot send to the VRA on esx-p1 at 192\.168\.100\.21: it has no route.*It has to answer the VRA on esx-p1 on ports 4007/,
    ]);
  });

  it('finds a ZVM that cannot reach its own VRAs', () => {
    expectFindings(
      unreachable,
      lab({
        prodZvm: `«zvm»:
      nics:
        production: { network: production, address: 10.1.0.20/24 }`,
        pairings: '[]',
        vpg: '{}',
      }),
      [/^The ZVM of Prod_Site cannot send to the VRA on esx-p1 at 192\.168\.100\.21.*ports 4005/],
    );
  });

  it('finds networks that no link joins, once for all that are kept apart', () => {
    expectFindings(
      unreachable,
      lab({
        prodNetworks: `production: { cidr: 10.1.0.0/24 }
      isolated: { cidr: 192.168.100.0/24 }
      closed: { cidr: 192.168.101.0/24, isolated: true }`,
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: closed\n          address: 192.168.101.21/24\n          gateway: 192.168.101.1',
      })
        .replace('        vra:\n', '        «vra»:\n')
        .replace(
          '        isolated: { network: isolated, address: 192',
          '        «isolated»: { network: isolated, address: 192',
        )
        .replace(/«isolated»/, 'isolated')
        .replace('        production: {', '        «production»: {'),
      [
        /^The ZVM of Prod_Site cannot get to the VRA on esx-p1 .*network closed of Prod_Site is isolated/,
        /^The VRA on esx-p1 cannot get to the VRA on esx-d1 .*network closed of Prod_Site is isolated/,
      ],
    );
  });

  describe('says nothing', () => {
    const cases: Record<string, string> = {
      'about a lab that works': lab(),
      'where zvm/missing-route speaks': lab({
        prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        isolated: { network: isolated, address: 192.168.100.10/24 }
      replicationNic: isolated`,
        links: 'mpls: { joins: [Prod_Site/isolated, DR_Site/isolated], bandwidth: 100Mbit/s }',
      }),
      'where zvm/two-default-gateways speaks': lab({
        prodZvm: `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        zweite: { network: isolated, address: 192.168.100.10/24, gateway: 192.168.100.1 }
      replicationNic: zweite`,
      }),
      'where zvm/replication-nic-unset speaks': lab({
        drZvm: `zvm:
      nics:
        a: { network: production, address: 10.2.0.20/24 }
        b: { network: isolated, address: 10.10.10.5/24 }`,
      }),
      'where zvm/route-gateway-off-link speaks': lab({
        prodZvm: `zvm:
      nics:
        isolated: { network: isolated, address: 192.168.100.10/24, gateway: 192.168.100.1 }
      routes:
        - { to: 10.10.10.0/24, via: 10.10.10.1, nic: isolated, persistent: true }
        - { to: 10.1.0.0/24, via: 192.168.100.1, nic: isolated, persistent: true }`,
      }),
      'where network/gateway-outside speaks': lab({
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: 192.168.100.21/24\n          gateway: 10.1.0.1',
      }),
      'where network/address-outside speaks': lab({
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: 192.168.99.21/24\n          gateway: 192.168.99.1',
      }),
      'where network/overlap speaks': lab({
        drNetworks: `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 192.168.100.0/24 }`,
        drZvm: `zvm:
      nics:
        isolated: { network: isolated, address: 192.168.100.5/24, gateway: 192.168.100.1 }`,
        drVra:
          'memory: 3GiB\n          datastore: ds-d\n          network: isolated\n          address: 192.168.100.31/24\n          gateway: 192.168.100.1',
      }),
      'where network/nat speaks': lab({
        links:
          'mpls: { joins: [Prod_Site/isolated, DR_Site/isolated], bandwidth: 100Mbit/s, nat: true }',
      }),
      'where network/blocked-port speaks': lab({
        links:
          'mpls: { joins: [Prod_Site/isolated, DR_Site/isolated], bandwidth: 100Mbit/s, allow: [] }',
      }),
      'where link/no-path speaks': lab({ links: '{}' }),
      'where a link names a network that is not declared': lab({
        links: 'mpls: { joins: [Prod_Site/isolated, DR_Site/isolatet], bandwidth: 100Mbit/s }',
      }),
      'where what is missing could not be read': lab({
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: 192.168.100.21/24\n          gateway: 192.168.100.300',
      }),
      'about a VRA whose address DHCP gives': lab({
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: dhcp',
      }),
    };
    for (const [name, text] of Object.entries(cases)) {
      it(name, () => {
        expectNothing(unreachable, text);
      });
    }
  });
});
