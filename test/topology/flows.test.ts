import assert from 'node:assert/strict';
import { flowsOf, peersOf, sitePairsOf } from '../../src/topology/flows.ts';
import type { Flow } from '../../src/topology/flows.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { Topology } from '../../src/topology/model.ts';
import { reachabilityOf } from '../../src/topology/reachability.ts';
import { lab } from '../lint/network/lab.ts';
import type { LabParts } from '../lint/network/lab.ts';

function load(text: string): Topology {
  const { topology, problems } = loadTopology(text, 'test.dr.yaml');
  assert.deepEqual(
    problems.map(({ message }) => message),
    [],
  );
  return topology;
}

const flows = (parts: LabParts = {}): Flow[] => [...flowsOf(load(lab(parts)))];
const lines = (list: readonly Flow[], kind: Flow['kind']): string[] =>
  list
    .filter((flow) => flow.kind === kind)
    .map(({ from, to, port }) => `${from.label} > ${to.label} ${port}`);

/** `count` hosts in each site and `vms` VMs, each of which recovers to the host of its number. */
function estate(count: number, vms: number): string {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const host = (site: string, net: number, index: number): string =>
    `      ${site}-${index}: { version: "6.7", address: 10.${net}.${index >> 7}.${(index & 127) + 100}, vra: { memory: 3GiB, datastore: ds, network: lan, address: 10.${net}.${(index >> 7) + 16}.${(index & 127) + 100}/16, gateway: 10.${net}.0.1 } }`;
  const site = (name: string, net: number, rest: string): string => `  ${name}:
    platform: vsphere
    networks: { lan: { cidr: 10.${net}.0.0/16 } }
    datastores: { ds: { capacity: 900TiB, free: 900TiB } }
    zvm: { nics: { lan: { network: lan, address: 10.${net}.0.20/16, gateway: 10.${net}.0.1 } } }
    hosts:
${numbers.map((index) => host(name.toLowerCase(), net, index)).join('\n')}
${rest}`;
  const names = Array.from({ length: vms }, (_, index) => index);
  return `version: 1
name: Estate
sites:
${site(
  'P',
  1,
  `    vms:
${names.map((index) => `      v${index}: { host: p-${index % count}, changeRate: 1MiB/s, disks: { d: { size: 1GiB, datastore: ds } } }`).join('\n')}`,
)}
${site('D', 2, '')}
links: { wan: { joins: [P/lan, D/lan], bandwidth: 10000Mbit/s } }
pairings: [[P, D]]
vpgs:
  all:
    from: P
    to: D
    vms:
${names.map((index) => `      v${index}: { recoveryHost: d-${(index * 7) % count}, datastore: ds }`).join('\n')}
`;
}

describe('flows', () => {
  it('NET-3: a ZVM to its vCenter, hosts and the services that are declared', () => {
    const list = [
      ...flowsOf(
        load(
          lab({
            prodExtra: 'services: { dns: 10.1.0.2, ntp: 10.1.0.2, smtp: 10.1.0.4, ldap: 10.1.0.5 }',
          }).replace('version: "6.7"', 'version: "6.7"\n        address: 10.1.0.31'),
        ),
      ),
    ];
    assert.deepEqual(lines(list, 'zvm-vcenter'), [
      'the ZVM of Prod_Site > the vCenter of Prod_Site 443',
    ]);
    assert.deepEqual(lines(list, 'zvm-host'), [
      'the ZVM of Prod_Site > host esx-p1 22',
      'the ZVM of Prod_Site > host esx-p1 443',
    ]);
    assert.deepEqual(lines(list, 'zvm-service').sort(), [
      'the ZVM of Prod_Site > the dns service of Prod_Site 53',
      'the ZVM of Prod_Site > the ldap service of Prod_Site 389',
      'the ZVM of Prod_Site > the ntp service of Prod_Site 123',
      'the ZVM of Prod_Site > the smtp service of Prod_Site 25',
    ]);
    const planes = new Set(
      list
        .filter(({ kind }) => !['zvm-vra', 'zvm-zvm', 'vra-vra'].includes(kind))
        .map(({ plane }) => plane),
    );
    assert.deepEqual([...planes], ['management']);
  });

  it('a ZVM to the VRAs of its own site', () => {
    const list = flows();
    assert.deepEqual(lines(list, 'zvm-vra'), [
      'the ZVM of Prod_Site > the VRA on esx-p1 4005',
      'the ZVM of Prod_Site > the VRA on esx-p1 4006',
      'the ZVM of Prod_Site > the VRA on esx-p1 4009',
      'the ZVM of DR_Site > the VRA on esx-d1 4005',
      'the ZVM of DR_Site > the VRA on esx-d1 4006',
      'the ZVM of DR_Site > the VRA on esx-d1 4009',
    ]);
    assert.deepEqual(lines(flows({ prodZvm: '' }), 'zvm-vra').length, 3);
  });

  it('NET-10: control between ZVMs both ways, data between the VRAs that replicate', () => {
    const list = flows();
    assert.deepEqual(lines(list, 'zvm-zvm'), [
      'the ZVM of Prod_Site > the ZVM of DR_Site 9071',
      'the ZVM of Prod_Site > the ZVM of DR_Site 9081',
      'the ZVM of DR_Site > the ZVM of Prod_Site 9071',
      'the ZVM of DR_Site > the ZVM of Prod_Site 9081',
    ]);
    assert.deepEqual(lines(list, 'vra-vra'), [
      'the VRA on esx-p1 > the VRA on esx-d1 4007',
      'the VRA on esx-p1 > the VRA on esx-d1 4008',
    ]);
    assert.deepEqual(lines(flows({ vpg: '{}' }), 'vra-vra'), []);
    assert.deepEqual(lines(flows({ vpg: '{}' }), 'zvm-zvm').length, 4);
  });

  it('NET-11: the way back where the VPG is reverse-protected', () => {
    const list = flows({
      vpg: `file-server:
    from: Prod_Site
    to: DR_Site
    reverseProtection: true
    vms:
      FS01: { recoveryHost: esx-d1, datastore: ds-d }`,
    });
    assert.deepEqual(lines(list, 'vra-vra').slice(2), [
      'the VRA on esx-d1 > the VRA on esx-p1 4007',
      'the VRA on esx-d1 > the VRA on esx-p1 4008',
    ]);
  });

  it('finds a service that stands in another site', () => {
    const list = flows({ drExtra: 'services: { dns: 10.1.0.2 }' });
    const [dns] = list.filter(({ kind }) => kind === 'zvm-service');
    assert.equal(dns?.to.nics[0]?.network.site.name, 'Prod_Site');
  });

  it('VRA-9: lets a VRA with DHCP stand for any address of its network', () => {
    const topology = load(
      lab({
        prodVra:
          'memory: 3GiB\n          datastore: ds-p\n          network: isolated\n          address: dhcp',
      }),
    );
    const { reach } = reachabilityOf(topology);
    const data = [...flowsOf(topology)].filter(({ kind }) => kind === 'vra-vra');
    assert.equal(data.length, 2);
    assert.ok(data.every(({ from, to, port }) => reach(from, to, port).ok));
  });

  it('pairs sites once, by pairings and VPGs alike', () => {
    const topology = load(lab());
    assert.deepEqual(
      sitePairsOf(topology).map(({ sites, vpgs }) => [
        ...sites.map(({ name }) => name),
        vpgs.length,
      ]),
      [['Prod_Site', 'DR_Site', 1]],
    );
    const [prod] = topology.sites.values();
    assert.deepEqual(
      peersOf(topology, prod!).map(({ name }) => name),
      ['DR_Site'],
    );
    assert.deepEqual(sitePairsOf(load(lab({ pairings: '[]' }))).length, 1);
    assert.deepEqual(sitePairsOf(load(lab({ pairings: '[]', vpg: '{}' }))), []);
  });

  it('grow with hosts and protected VMs, not with the pairs of hosts', () => {
    const topology = load(estate(100, 1000));
    const list = [...flowsOf(topology)];
    const data = list.filter(({ kind }) => kind === 'vra-vra');
    // 1 000 VMs on 100 hosts in this pattern use 100 of the 10 000 pairs, on two ports each.
    assert.equal(data.length, 200);
    assert.equal(list.length, 200 + 4 + 2 * 100 * (2 + 3));
    const { reach } = reachabilityOf(topology);
    const [first] = data;
    const hops = (flow: Flow) => {
      const answer = reach(flow.from, flow.to, flow.port);
      assert.ok(answer.ok);
      return answer.hops;
    };
    // One search serves all: the way between two networks is remembered, not searched per flow.
    assert.ok(
      data.filter(({ port }) => port === first!.port).every((flow) => hops(flow) === hops(first!)),
    );
  });
});
