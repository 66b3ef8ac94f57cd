/**
 * The model against a naive one, which walks every path there is, on small random topologies; and
 * what must hold whatever the topology.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contains, formatIpv4, networkOf } from '../../src/topology/address.ts';
import type { Network, Topology } from '../../src/topology/model.ts';
import { createReachability } from '../../src/topology/reachability.ts';
import type {
  Endpoint,
  EndpointNic,
  NetworkState,
  Reach,
} from '../../src/topology/reachability.ts';
import { endpointIn, topologyOf } from './reachability-kit.ts';
import type { EndpointSpec, LinkSpec, SiteSpec, TopologySpec } from './reachability-kit.ts';

interface Case {
  readonly spec: TopologySpec;
  readonly endpoints: readonly EndpointSpec[];
  readonly cut: readonly string[];
}

const sites = ['A', 'B', 'C'];
const networks = ['m', 'n', 'o'];
const ports = [1, 2];
const allow = fc.oneof(
  fc.constant('any' as const),
  fc.subarray(ports).map((list) => list),
);

/** Few ranges, so that networks overlap now and then. */
const cidrs = fc.constantFrom(
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((index) => `10.0.${String(index)}.0/24`),
  '10.0.0.0/22',
  '10.0.4.0/23',
);

const siteSpec: fc.Arbitrary<SiteSpec> = fc.record({
  networks: fc
    .tuple(
      ...networks.map(() =>
        fc.record({
          cidr: cidrs,
          isolated: fc.nat(9).map((n) => n === 0),
          mtu: fc.constantFrom(1350, 1500),
        }),
      ),
    )
    .map((list) => Object.fromEntries(list.map((each, index) => [networks[index]!, each]))),
  firewalls: fc.array(fc.tuple(fc.constantFrom(...networks), fc.constantFrom(...networks), allow), {
    maxLength: 3,
  }),
});

const end = fc
  .tuple(fc.constantFrom(...sites), fc.constantFrom(...networks))
  .map((x) => x.join('/'));
const linkSpec: fc.Arbitrary<LinkSpec> = fc.record({
  joins: fc.tuple(end, end),
  allow,
  nat: fc.nat(5).map((n) => n === 0),
  mtu: fc.constantFrom(1300, 1500),
});

const octets = fc
  .tuple(fc.nat(7), fc.integer({ min: 1, max: 9 }))
  .map(([c, d]) => `10.0.${c}.${d}`);

/** Mostly inside its network, with the network's own prefix and gateway; now and then not. */
function endpointSpec(spec: TopologySpec): fc.Arbitrary<EndpointSpec> {
  return fc
    .record({ of: fc.constantFrom(...sites), count: fc.integer({ min: 1, max: 3 }) })
    .chain(({ of, count }) =>
      fc.record({
        of: fc.constant(of),
        nics: fc
          .tuple(...Array.from({ length: count }, () => nicSpec(spec.sites[of]!)))
          .map((list) => Object.fromEntries(list.map((nic, index) => [`n${index}`, nic]))),
        routes: fc.array(
          fc.tuple(cidrs, octets, fc.nat(2)).map(([to, via, nic]) => `${to} via ${via} by n${nic}`),
          { maxLength: 2 },
        ),
        aimedAt: fc.constantFrom('n0', 'n1', 'n2'),
      }),
    );
}

function nicSpec(site: SiteSpec) {
  return fc
    .record({
      network: fc.constantFrom(...networks),
      last: fc.integer({ min: 2, max: 9 }),
      right: fc.nat(9).map((n) => n > 0),
      gateway: fc.constantFrom('own', 'own', 'odd', 'none'),
      odd: octets,
    })
    .map(({ network, last, right, gateway, odd }) => {
      const { cidr } = site.networks[network] as { cidr: string };
      const [base = '', prefix = ''] = cidr.split('/');
      const start = base.split('.').slice(0, 3).join('.');
      return {
        network,
        address: right ? `${start}.${last}/${prefix}` : `${odd}/24`,
        ...(gateway === 'none' ? {} : { gateway: gateway === 'own' ? `${start}.1` : odd }),
      };
    });
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    sites: fc
      .tuple(siteSpec, siteSpec, siteSpec)
      .map((list) => Object.fromEntries(list.map((each, index) => [sites[index]!, each]))),
    links: fc
      .array(linkSpec, { maxLength: 5 })
      .map((list) => Object.fromEntries(list.map((each, index) => [`l${index}`, each]))),
  })
  .chain((spec) =>
    fc.record({
      spec: fc.constant(spec),
      endpoints: fc.array(endpointSpec(spec), { minLength: 2, maxLength: 4 }),
      cut: fc.subarray(Object.keys(spec.links)),
    }),
  );

interface Asked {
  readonly topology: Topology;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly state: NetworkState | undefined;
}

function questionsOf({ spec, endpoints, cut }: Case): Asked[] {
  const topology = topologyOf(spec);
  const built = endpoints.map((each) => endpointIn(topology, each));
  const state: NetworkState = {
    isCut: ({ name }) => cut.includes(name),
    mtuOf: ({ mtu }) => mtu - 1,
  };
  const asked: Asked[] = [];
  for (const from of built) {
    for (const to of built) {
      if (from === to) continue;
      for (const port of ports) {
        for (const each of [undefined, state]) {
          asked.push({ topology, from, to, port, state: each });
        }
      }
    }
  }
  return asked;
}

// --- The naive model ---------------------------------------------------------------------------

interface Path {
  readonly links: number;
  readonly mtu: number;
  /** Reason and place of each stop, with the links crossed before it. */
  readonly stops: readonly { readonly what: string; readonly after: number }[];
}

/** Every path between two networks that enters no network twice. */
function allPaths(question: Asked, from: Network, to: Network, port: number | undefined): Path[] {
  const { topology, state } = question;
  const paths: Path[] = [];
  const filtered = (a: Network, b: Network): string[] => {
    if (port === undefined) return [];
    const entries = a.site.firewalls.filter(
      ({ between: [x, y] }) =>
        (x.target === a && y.target === b) || (x.target === b && y.target === a),
    );
    const open = entries.some((entry) => entry.allow === 'any' || entry.allow.includes(port));
    return entries.length === 0 || open ? [] : [`firewall ${entries[0]!.place.path.join('/')}`];
  };
  const walk = (at: Network, entered: readonly Network[], path: Path): void => {
    const met = (what: string[]) => what.map((each) => ({ what: each, after: path.links }));
    if (at === to) paths.push({ ...path, mtu: Math.min(path.mtu, to.mtu) });
    else if (at.site === to.site && !at.isolated && !to.isolated) {
      const stops = [...path.stops, ...met(filtered(at, to))];
      paths.push({ ...path, mtu: Math.min(path.mtu, to.mtu), stops });
    }
    for (const link of topology.links.values()) {
      for (const [near, far] of [
        [link.joins[0].target!, link.joins[1].target!],
        [link.joins[1].target!, link.joins[0].target!],
      ] as const) {
        if (near.site !== at.site || near.isolated || far.isolated || entered.includes(far))
          continue;
        if (near !== at && at.isolated) continue;
        const stops = near === at ? [] : filtered(at, near);
        if (state?.isCut(link)) stops.push(`link-cut ${link.place.path.join('/')}`);
        if (link.nat) stops.push(`nat ${link.place.path.join('/')}/nat`);
        if (port !== undefined && link.allow !== 'any' && !link.allow.includes(port)) {
          stops.push(`link-port ${link.place.path.join('/')}`);
        }
        const mtu = state ? state.mtuOf(link) : link.mtu;
        walk(far, [...entered, far], {
          links: path.links + 1,
          mtu: Math.min(path.mtu, near.mtu, far.mtu, mtu),
          stops: [...path.stops, ...met(stops)],
        });
      }
    }
  };
  walk(from, [from], { links: 0, mtu: from.mtu, stops: [] });
  return paths;
}

/** What the naive model lets an answer be: several, where paths are equally good. */
type Naive =
  | { readonly ok: true; readonly nic: EndpointNic; readonly paths: readonly Path[] }
  | { readonly ok: false; readonly stops: readonly string[] };

function naiveTravel(
  question: Asked,
  from: Endpoint,
  target: EndpointNic,
  port: number | undefined,
): Naive {
  const address = target.address.address;
  const choices = [
    ...from.nics
      .filter((nic) => contains(networkOf(nic.address), address))
      .map((nic) => ({ nic, prefix: nic.address.prefix, rank: 0, via: undefined })),
    ...from.routes.flatMap((route) => {
      const nic = from.nics.find(({ name }) => name === route.nic);
      return nic && contains(route.to, address)
        ? [{ nic, prefix: route.to.prefix, rank: 1, via: route.via }]
        : [];
    }),
    ...from.nics
      .filter(({ gateway }) => gateway !== undefined)
      .map((nic) => ({ nic, prefix: 0, rank: 2, via: nic.gateway })),
  ].sort(
    (a, b) =>
      b.prefix - a.prefix ||
      a.rank - b.rank ||
      (a.nic.name < b.nic.name ? -1 : a.nic.name > b.nic.name ? 1 : 0),
  );
  const [choice] = choices;
  if (!choice) return { ok: false, stops: ['no-route'] };
  const { nic, via, rank } = choice;
  if (rank === 0) {
    return nic.network === target.network
      ? { ok: true, nic, paths: [{ links: 0, mtu: nic.network.mtu, stops: [] }] }
      : { ok: false, stops: ['own-range'] };
  }
  if (!contains(networkOf(nic.address), via!)) return { ok: false, stops: ['gateway-off-link'] };
  if (!contains(target.network.cidr, address)) return { ok: false, stops: ['no-path'] };
  const paths = allPaths(question, nic.network, target.network, port);
  if (paths.length === 0) return { ok: false, stops: ['no-path'] };
  const rankOf = ({ stops, links }: Path) => stops.length * 100 + links;
  const best = Math.min(...paths.map(rankOf));
  const bestPaths = paths.filter((path) => rankOf(path) === best);
  if (bestPaths[0]!.stops.length === 0) return { ok: true, nic, paths: bestPaths };
  const furthest = Math.max(...bestPaths.map(({ stops }) => stops[0]!.after));
  return {
    ok: false,
    stops: bestPaths
      .filter(({ stops }) => stops[0]!.after === furthest)
      .map(({ stops }) => stops[0]!.what),
  };
}

function naiveTarget(from: Endpoint, to: Endpoint): EndpointNic {
  const byName = [...to.nics].sort((a, b) => (a.name < b.name ? -1 : 1));
  const neighbour = byName.find(
    ({ network }) => from.site === to.site && from.nics.some((nic) => nic.network === network),
  );
  return neighbour ?? byName.find(({ name }) => name === to.aimedAt) ?? byName[0]!;
}

function checkAgainstNaive(question: Asked, answer: Reach): void {
  const { from, to, port } = question;
  const there = naiveTravel(question, from, naiveTarget(from, to), port);
  const describe = `${JSON.stringify(answer.ok ? answer.hops.map(({ link }) => link.name) : answer.stop.message)} from ${from.nics.map((nic) => formatIpv4(nic.address.address)).join()}`;
  const told = answer.ok ? undefined : describeStop(answer);
  if (!there.ok) {
    assert.ok(
      told !== undefined && there.stops.includes(told),
      `${describe}: not ${there.stops.join()}`,
    );
    return;
  }
  const back = naiveTravel(question, to, there.nic, undefined);
  if (!back.ok) {
    assert.equal(told, 'no-way-back', describe);
    assert.ok(!answer.ok);
    const inner = describeStop({ ok: false, stop: answer.stop.answer! });
    assert.ok(back.stops.includes(inner), `${describe}: answer not ${back.stops.join()}`);
    return;
  }
  assert.ok(answer.ok, describe);
  assert.equal(answer.nic, there.nic);
  assert.ok(
    there.paths.some(({ links, mtu }) => links === answer.hops.length && mtu === answer.mtu),
    describe,
  );
}

function describeStop({ stop }: Extract<Reach, { ok: false }>): string {
  const { reason, place } = stop;
  return ['firewall', 'link-cut', 'link-port', 'nat'].includes(reason)
    ? `${reason} ${place.path.join('/')}`
    : reason;
}

// --- The properties ----------------------------------------------------------------------------

describe('reachability of random topologies', () => {
  it('agrees with walking every path', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(cases, (each) => {
        const questions = questionsOf(each);
        const reachability = questions[0] && createReachability(questions[0].topology);
        for (const question of questions) {
          const { from, to, port, state } = question;
          const answer = reachability!.reach(from, to, port, state);
          checkAgainstNaive(question, answer);
          const kind = answer.ok ? `ok over ${answer.hops.length}` : answer.stop.reason;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        }
      }),
      { numRuns: 1500, seed: 20 },
    );
    // A generator that never gets anywhere would prove nothing.
    for (const kind of [
      'ok over 0',
      'ok over 1',
      'ok over 2',
      'no-route',
      'own-range',
      'no-path',
    ]) {
      assert.ok((seen.get(kind) ?? 0) > 10, `${kind}: ${JSON.stringify([...seen])}`);
    }
    for (const kind of [
      'gateway-off-link',
      'firewall',
      'link-port',
      'link-cut',
      'nat',
      'no-way-back',
    ]) {
      assert.ok((seen.get(kind) ?? 0) > 10, `${kind}: ${JSON.stringify([...seen])}`);
    }
  });

  it('a cut never opens a way, and a port more in an allow list never closes one', () => {
    fc.assert(
      fc.property(cases, (each) => {
        const opened = questionsOf({
          ...each,
          spec: {
            sites: Object.fromEntries(
              Object.entries(each.spec.sites).map(([name, site]) => [
                name,
                {
                  ...site,
                  firewalls: (site.firewalls ?? []).map(
                    ([a, b]) => [a, b, 'any' as const] as const,
                  ),
                },
              ]),
            ),
            links: each.spec.links ?? {},
          },
        });
        questionsOf(each).forEach((question, index) => {
          const { topology, from, to, port, state } = question;
          const reachability = createReachability(topology);
          const whole = reachability.reach(from, to, port).ok;
          if (state && !whole) assert.ok(!reachability.reach(from, to, port, state).ok);
          const open = opened[index]!;
          if (whole)
            assert.ok(createReachability(open.topology).reach(open.from, open.to, port).ok);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('where no port is filtered and each side has one NIC, both directions agree', () => {
    let both = 0;
    fc.assert(
      fc.property(cases, ({ spec, endpoints, cut }) => {
        const unfiltered: TopologySpec = {
          sites: Object.fromEntries(
            Object.entries(spec.sites).map(([name, { networks: own }]) => [
              name,
              { networks: own },
            ]),
          ),
          links: Object.fromEntries(
            Object.entries(spec.links ?? {}).map(([name, link]) => [
              name,
              { ...link, allow: 'any' as const },
            ]),
          ),
        };
        const single = endpoints.map(({ of, nics }) => ({ of, nics: { n0: nics['n0']! } }));
        for (const { topology, from, to, state } of questionsOf({
          spec: unfiltered,
          endpoints: single,
          cut,
        })) {
          const { reach } = createReachability(topology);
          const there = reach(from, to, 1, state).ok;
          assert.equal(there, reach(to, from, 1, state).ok);
          if (there) both += 1;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(both > 50, String(both));
  });
});
