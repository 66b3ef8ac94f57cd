import assert from 'node:assert/strict';
import { loadTopology } from '../../src/topology/load.ts';
import { createSitePaths, hostLoads } from '../../src/topology/protection.ts';

const text = `version: 1
sites:
  A:
    networks: { lan: { cidr: 10.1.0.0/24 } }
    hosts: { a1: {}, a2: {} }
    vms:
      V1: { host: a1 }
      V2: { host: a1 }
  B: { networks: { lan: { cidr: 10.2.0.0/24 } }, hosts: { b1: {} }, datastores: { d: { capacity: 1TiB } } }
  C: { networks: { lan: { cidr: 10.3.0.0/24 } }, hosts: { c1: {} }, datastores: { d: { capacity: 1TiB } } }
  Island: { networks: { lan: { cidr: 10.4.0.0/24 } } }
links:
  narrow: { joins: [A/lan, B/lan], bandwidth: 10Mbit/s }
  wide: { joins: [B/lan, A/lan], bandwidth: 1Gbit/s }
  onward: { joins: [B/lan, C/lan], bandwidth: 50Mbit/s }
vpgs:
  near: { from: A, to: B, vms: { V1: { recoveryHost: b1, datastore: d } } }
  far: { from: A, to: C, vms: { V1: { recoveryHost: c1, datastore: d } } }
`;

const { topology } = loadTopology(text, 'test.dr.yaml');

describe('the load of hosts', () => {
  it('counts every VM that runs, and each protection where it is sent and where it arrives', () => {
    const loads = [...hostLoads(topology).values()].map((load) => [
      load.host.name,
      load.running.length,
      load.sends.length,
      load.receives.length,
    ]);
    assert.deepEqual(loads, [
      ['a1', 2, 2, 0],
      ['a2', 0, 0, 0],
      ['b1', 0, 0, 1],
      ['c1', 0, 0, 1],
    ]);
  });
});

describe('the way between two sites', () => {
  const pathOf = createSitePaths(topology);
  const site = (name: string) => topology.sites.get(name)!;
  const names = (from: string, to: string) =>
    pathOf(site(from), site(to))?.map(({ link, forward }) => `${link.name} ${forward ? '>' : '<'}`);

  it('takes the widest of links side by side, in its direction', () => {
    assert.deepEqual(names('A', 'B'), ['wide <']);
    assert.deepEqual(names('B', 'A'), ['wide >']);
  });

  it('leads through other sites', () => {
    assert.deepEqual(names('A', 'C'), ['wide <', 'onward >']);
    assert.deepEqual(names('C', 'A'), ['onward <', 'wide >']);
  });

  it('is empty within a site, and undefined where nothing joins the two', () => {
    assert.deepEqual(names('A', 'A'), []);
    assert.equal(names('A', 'Island'), undefined);
  });
});
