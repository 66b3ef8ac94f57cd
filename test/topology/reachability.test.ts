import assert from 'node:assert/strict';
import { createReachability, departureTo, reach } from '../../src/topology/reachability.ts';
import type { Endpoint, NetworkState, Reach } from '../../src/topology/reachability.ts';
import { parseIpv4 } from '../../src/topology/address.ts';
import type { Topology } from '../../src/topology/model.ts';
import { endpointIn, topologyOf } from './reachability-kit.ts';
import type { EndpointSpec, LinkSpec, SiteSpec } from './reachability-kit.ts';

/** The seed's lab: production networks of their own, replication networks joined by a link. */
function lab(changes: { prod?: Partial<SiteSpec>; link?: Partial<LinkSpec> } = {}): Topology {
  return topologyOf({
    sites: {
      Prod: {
        networks: {
          production: '10.1.0.0/24',
          isolated: '192.168.100.0/24',
          bubble: { cidr: '10.9.0.0/24', isolated: true },
        },
        ...changes.prod,
      },
      DR: { networks: { production: '10.2.0.0/24', isolated: '10.10.10.0/24' } },
    },
    links: { mpls: { joins: ['Prod/isolated', 'DR/isolated'], ...changes.link } },
  });
}

const prodZvm: EndpointSpec = {
  of: 'Prod',
  nics: {
    production: { network: 'production', address: '10.1.0.20/24', gateway: '10.1.0.1' },
    isolated: { network: 'isolated', address: '192.168.100.10/24' },
  },
  routes: ['10.10.10.0/24 via 192.168.100.1 by isolated'],
  aimedAt: 'isolated',
};
const drZvm: EndpointSpec = {
  of: 'DR',
  nics: {
    production: { network: 'production', address: '10.2.0.20/24', gateway: '10.2.0.1' },
    isolated: { network: 'isolated', address: '10.10.10.5/24' },
  },
  routes: ['192.168.100.0/24 via 10.10.10.1 by isolated'],
  aimedAt: 'isolated',
};

function zvms(
  topology: Topology,
  prod: Partial<EndpointSpec> = {},
  dr: Partial<EndpointSpec> = {},
) {
  return {
    prod: endpointIn(topology, { ...prodZvm, ...prod }),
    dr: endpointIn(topology, { ...drZvm, ...dr }),
  };
}

function stopOf(answer: Reach) {
  assert.ok(!answer.ok, 'reachable');
  return answer.stop;
}

function wayOf(answer: Reach) {
  assert.ok(answer.ok, answer.ok ? '' : answer.stop.message);
  return answer;
}

describe('reachability', () => {
  describe('picking the NIC', () => {
    const topology = lab();
    const { prod } = zvms(topology);
    const leaves = (endpoint: Endpoint, address: string) => {
      const departure = departureTo(endpoint, parseIpv4(address) ?? 0);
      return departure && `${departure.by} ${departure.nic.name}`;
    };

    it('NET-4: an own network, then a static route, then the default gateway', () => {
      assert.equal(leaves(prod, '192.168.100.99'), 'own-network isolated');
      assert.equal(leaves(prod, '10.10.10.5'), 'route isolated');
      assert.equal(leaves(prod, '10.10.11.5'), 'default-gateway production');
    });

    it('lets the longest prefix win, even a route over an own network', () => {
      const routes = [
        '10.1.0.128/25 via 192.168.100.1 by isolated',
        '10.0.0.0/8 via 10.1.0.1 by production',
        '10.10.0.0/16 via 192.168.100.1 by isolated',
      ];
      const { prod: zvm } = zvms(topology, { routes });
      assert.equal(leaves(zvm, '10.1.0.200'), 'route isolated');
      assert.equal(leaves(zvm, '10.1.0.7'), 'own-network production');
      assert.equal(leaves(zvm, '10.10.10.5'), 'route isolated');
      assert.equal(leaves(zvm, '10.11.0.1'), 'route production');
    });

    it('NET-5: of two default gateways the lowest-named NIC wins', () => {
      const { prod: zvm } = zvms(topology, {
        nics: {
          production: { network: 'production', address: '10.1.0.20/24', gateway: '10.1.0.1' },
          isolated: { network: 'isolated', address: '192.168.100.10/24', gateway: '192.168.100.1' },
        },
        routes: [],
      });
      assert.equal(leaves(zvm, '10.10.10.5'), 'default-gateway isolated');
    });

    it('takes a route to everything before a default gateway', () => {
      const { prod: zvm } = zvms(topology, { routes: ['0.0.0.0/0 via 192.168.100.1 by isolated'] });
      assert.equal(leaves(zvm, '8.8.8.8'), 'route isolated');
    });

    it('has no departure where nothing takes the packet', () => {
      const { prod: zvm } = zvms(topology, {
        nics: { isolated: { network: 'isolated', address: '192.168.100.10/24' } },
        routes: ['10.10.10.0/24 via 192.168.100.1 by no-such-nic'],
      });
      assert.equal(leaves(zvm, '10.10.10.5'), undefined);
    });
  });

  describe('the way there', () => {
    it('NET-8: aims at the replication NIC of a peer and says which links it crosses', () => {
      const topology = lab();
      const { prod, dr } = zvms(topology);
      const way = wayOf(reach(topology, prod, dr, 9081));
      assert.equal(way.nic.name, 'isolated');
      assert.equal(way.targetNic.name, 'isolated');
      assert.deepEqual(
        way.hops.map(({ link, forward }) => `${link.name} ${String(forward)}`),
        ['mpls true'],
      );
      const back = wayOf(reach(topology, dr, prod, 9081));
      assert.deepEqual(
        back.hops.map(({ forward }) => forward),
        [false],
      );
    });

    it('names the smallest MTU on the way', () => {
      const topology = lab({ link: { mtu: 1400 } });
      const { prod, dr } = zvms(topology);
      assert.equal(wayOf(reach(topology, prod, dr, 9081)).mtu, 1400);
    });

    it('takes fewer links before more, whatever their order in the file', () => {
      const topology = topologyOf({
        sites: {
          A: { networks: { n: '10.1.0.0/24' } },
          B: { networks: { n: '10.2.0.0/24' } },
          C: { networks: { n: '10.3.0.0/24' } },
        },
        links: {
          first: { joins: ['A/n', 'B/n'] },
          second: { joins: ['B/n', 'C/n'] },
          direct: { joins: ['C/n', 'A/n'] },
        },
      });
      const a = endpointIn(topology, {
        of: 'A',
        nics: { n: { network: 'n', address: '10.1.0.5/24', gateway: '10.1.0.1' } },
      });
      const c = endpointIn(topology, {
        of: 'C',
        nics: { n: { network: 'n', address: '10.3.0.5/24', gateway: '10.3.0.1' } },
      });
      assert.deepEqual(
        wayOf(reach(topology, a, c, 1)).hops.map(({ link }) => link.name),
        ['direct'],
      );
      const state: NetworkState = {
        isCut: ({ name }) => name === 'direct',
        mtuOf: ({ name }) => (name === 'second' ? 1300 : 1500),
      };
      const detour = wayOf(reach(topology, a, c, 1, state));
      assert.deepEqual(
        detour.hops.map(({ link }) => link.name),
        ['first', 'second'],
      );
      assert.equal(detour.mtu, 1300);
    });

    it('is routed within a site, and never round a firewall through a third network', () => {
      const topology = topologyOf({
        sites: {
          A: {
            networks: { left: '10.1.0.0/24', middle: '10.2.0.0/24', right: '10.3.0.0/24' },
            firewalls: [['right', 'left', [443]]],
          },
        },
      });
      const [left, middle, right] = ['left', 'middle', 'right'].map((network, index) => {
        const range = `10.${String(index + 1)}.0`;
        const nic = { network, address: `${range}.5/24`, gateway: `${range}.1` };
        return endpointIn(topology, { of: 'A', nics: { n: nic } });
      }) as [Endpoint, Endpoint, Endpoint];
      assert.deepEqual(wayOf(reach(topology, left, middle, 22)).hops, []);
      assert.ok(reach(topology, left, right, 443).ok);
      const stop = stopOf(reach(topology, left, right, 22));
      assert.equal(stop.reason, 'firewall');
      assert.deepEqual(stop.place.path, ['sites', 'A', 'firewalls', 0]);
      assert.equal(
        stop.message,
        'the firewall between left and right of A does not let port 22 through',
      );
    });

    it('adds up several firewall entries between the same networks', () => {
      const topology = lab({
        prod: {
          firewalls: [
            ['production', 'isolated', [443]],
            ['isolated', 'production', [22]],
          ],
        },
      });
      const production = endpointIn(topology, {
        of: 'Prod',
        nics: { n: { network: 'production', address: '10.1.0.5/24', gateway: '10.1.0.1' } },
      });
      const isolated = endpointIn(topology, {
        of: 'Prod',
        nics: { n: { network: 'isolated', address: '192.168.100.5/24', gateway: '192.168.100.1' } },
      });
      const open = [22, 25, 443].filter((port) => reach(topology, production, isolated, port).ok);
      assert.deepEqual(open, [22, 443]);
    });
  });

  describe('where it stops', () => {
    it('NET-6: no route', () => {
      const topology = lab();
      const { prod, dr } = zvms(topology, {
        nics: { isolated: { network: 'isolated', address: '192.168.100.10/24' } },
        routes: [],
      });
      const stop = stopOf(reach(topology, prod, dr, 9081));
      assert.equal(stop.reason, 'no-route');
      assert.equal(stop.place, prod.place);
      assert.equal(
        stop.message,
        'the ZVM of Prod cannot send to the ZVM of DR at 10.10.10.5: it has no route to it and no default gateway',
      );
    });

    it('NET-1: an address in a range of the sender itself never leaves it', () => {
      const topology = topologyOf({
        sites: {
          A: { networks: { n: '10.1.0.0/24' } },
          B: { networks: { n: '10.1.0.0/24' } },
        },
        links: { l: { joins: ['A/n', 'B/n'] } },
      });
      const [a, b] = ['A', 'B'].map((of, index) =>
        endpointIn(topology, {
          of,
          nics: {
            n: { network: 'n', address: `10.1.0.${String(index + 5)}/24`, gateway: '10.1.0.1' },
          },
        }),
      ) as [Endpoint, Endpoint];
      assert.equal(stopOf(reach(topology, a, b, 1)).reason, 'own-range');
      assert.equal(stopOf(reach(topology, b, a, 1)).reason, 'own-range');
    });

    it('a gateway that its NIC cannot reach', () => {
      const topology = lab();
      const { prod, dr } = zvms(topology, {
        routes: ['10.10.10.0/24 via 10.10.10.1 by isolated'],
      });
      const stop = stopOf(reach(topology, prod, dr, 9081));
      assert.equal(stop.reason, 'gateway-off-link');
      assert.deepEqual(stop.place.path, ['the ZVM of Prod', 'routes', 0]);
    });

    it('a link that translates addresses, lets the port not through, or is cut', () => {
      for (const [link, reason] of [
        [{ nat: true }, 'nat'],
        [{ allow: [9071] }, 'link-port'],
      ] as const) {
        const topology = lab({ link });
        const { prod, dr } = zvms(topology);
        assert.equal(stopOf(reach(topology, prod, dr, 9081)).reason, reason);
      }
      const topology = lab();
      const { prod, dr } = zvms(topology);
      const state: NetworkState = { isCut: () => true, mtuOf: ({ mtu }) => mtu };
      assert.equal(stopOf(reach(topology, prod, dr, 9081, state)).reason, 'link-cut');
      assert.ok(reach(topology, prod, dr, 9081).ok, 'without the state the link is whole');
    });

    it('an isolated network, in which everything still talks', () => {
      const topology = lab();
      const inside = (address: string) =>
        endpointIn(topology, {
          of: 'Prod',
          nics: { n: { network: 'bubble', address, gateway: '10.9.0.1' } },
        });
      const { prod } = zvms(topology);
      assert.ok(reach(topology, inside('10.9.0.5/24'), inside('10.9.0.6/24'), 80).ok);
      const stop = stopOf(reach(topology, prod, inside('10.9.0.5/24'), 80));
      assert.equal(stop.reason, 'no-path');
      assert.match(stop.message, /network bubble of Prod is isolated/);
    });

    it('nothing that joins the two networks', () => {
      const topology = topologyOf({
        sites: {
          Prod: { networks: { production: '10.1.0.0/24', isolated: '192.168.100.0/24' } },
          DR: { networks: { production: '10.2.0.0/24', isolated: '10.10.10.0/24' } },
        },
      });
      const { prod, dr } = zvms(topology);
      const stop = stopOf(reach(topology, prod, dr, 9081));
      assert.equal(stop.reason, 'no-path');
      assert.match(stop.message, /no router and no link leads from network isolated of Prod/);
    });

    it('NET-6: an answer that finds no way back, with where it stops', () => {
      const topology = lab();
      const { prod, dr } = zvms(
        topology,
        {},
        {
          nics: { isolated: { network: 'isolated', address: '10.10.10.5/24' } },
          routes: [],
        },
      );
      const stop = stopOf(reach(topology, prod, dr, 9081));
      assert.equal(stop.reason, 'no-way-back');
      assert.equal(stop.answer?.reason, 'no-route');
      assert.equal(stop.place, dr.place);
      assert.match(
        stop.message,
        /^the ZVM of DR gets the packets of the ZVM of Prod, but its answer/,
      );
    });

    it('an address outside its network, which no router finds', () => {
      const topology = lab();
      const { prod, dr } = zvms(
        topology,
        { routes: ['10.0.0.0/8 via 192.168.100.1 by isolated'] },
        {
          nics: { isolated: { network: 'isolated', address: '10.10.11.5/24' } },
        },
      );
      const stop = stopOf(reach(topology, prod, dr, 9081));
      assert.equal(stop.reason, 'no-path');
      assert.match(stop.message, /outside the range of network isolated of DR/);
    });

    it('names what else is behind the first stop on the way', () => {
      const topology = topologyOf({
        sites: {
          A: {
            networks: { inner: '10.1.0.0/24', outer: '10.2.0.0/24' },
            firewalls: [['inner', 'outer', [443]]],
          },
          B: { networks: { n: '10.3.0.0/24' } },
        },
        links: { l: { joins: ['A/outer', 'B/n'], allow: [443] } },
      });
      const inner = endpointIn(topology, {
        of: 'A',
        nics: { n: { network: 'inner', address: '10.1.0.5/24', gateway: '10.1.0.1' } },
      });
      const far = endpointIn(topology, {
        of: 'B',
        nics: { n: { network: 'n', address: '10.3.0.5/24', gateway: '10.3.0.1' } },
      });
      const stop = stopOf(reach(topology, inner, far, 4007));
      assert.equal(stop.reason, 'firewall');
      assert.deepEqual(
        stop.behind?.map(({ reason }) => reason),
        ['link-port'],
      );
      assert.ok(reach(topology, inner, far, 443).ok);
    });
  });

  it('of several ways reports the one with the fewest stops, and of those the furthest', () => {
    const topology = topologyOf({
      sites: {
        A: { networks: { n: '10.1.0.0/24' } },
        B: { networks: { n: '10.2.0.0/24' } },
        C: { networks: { n: '10.3.0.0/24' } },
        D: { networks: { n: '10.4.0.0/24' } },
      },
      links: {
        nearBlocked: { joins: ['A/n', 'B/n'], allow: [1] },
        open: { joins: ['B/n', 'D/n'] },
        alsoOpen: { joins: ['A/n', 'C/n'] },
        farBlocked: { joins: ['C/n', 'D/n'], allow: [1] },
        twice: { joins: ['A/n', 'D/n'], allow: [1], nat: true },
      },
    });
    const [a, d] = (['A', 'D'] as const).map((of) => {
      const range = of === 'A' ? '10.1.0' : '10.4.0';
      return endpointIn(topology, {
        of,
        nics: { n: { network: 'n', address: `${range}.5/24`, gateway: `${range}.1` } },
      });
    }) as [Endpoint, Endpoint];
    const stop = stopOf(reach(topology, a, d, 2));
    assert.deepEqual(stop.place.path, ['links', 'farBlocked']);
  });

  it('answers from memory what it has searched before', () => {
    const topology = lab();
    const { prod, dr } = zvms(topology);
    const reachability = createReachability(topology);
    const first = wayOf(reachability.reach(prod, dr, 9081));
    assert.equal(wayOf(reachability.reach(prod, dr, 9081)).hops, first.hops);
  });
});
