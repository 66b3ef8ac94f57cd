/** A small topology for tests of the simulated world: two sites, a ZVM and a VRA in each, one link. */
import assert from 'node:assert/strict';
import { loadTopology } from '../../../src/topology/load.ts';
import type { Link, Site, Topology } from '../../../src/topology/model.ts';
import { endpointOfVra, endpointOfZvm } from '../../../src/topology/reachability.ts';
import { SimulatedUniverse } from '../../../src/engine/world/simulated.ts';
import type {
  ProcessOptions,
  SimulatedProcess,
  UniverseOptions,
} from '../../../src/engine/world/simulated.ts';

/** 100 Mbit/s and 12 ms one way; the sites' datastores hold 4 GiB and 1 GiB of them are free. */
const text = `
version: 1
name: Two sites
sites:
  Left:
    platform: vsphere
    networks:
      wan: { cidr: 192.168.100.0/24 }
    zvm:
      license: true
      nics:
        wan: { network: wan, address: 192.168.100.10/24, gateway: 192.168.100.1 }
    datastores:
      ds: { capacity: 4GiB, free: 1GiB }
    hosts:
      esx-l:
        version: "6.7"
        vra: { memory: 3GiB, datastore: ds, network: wan, address: 192.168.100.21/24, gateway: 192.168.100.1 }
  Right:
    platform: vsphere
    networks:
      wan: { cidr: 10.10.10.0/24 }
    zvm:
      license: true
      nics:
        wan: { network: wan, address: 10.10.10.10/24, gateway: 10.10.10.1 }
    datastores:
      ds: { capacity: 4GiB, free: 1GiB }
    hosts:
      esx-r:
        version: "6.7"
        vra: { memory: 3GiB, datastore: ds, network: wan, address: 10.10.10.21/24, gateway: 10.10.10.1 }
links:
  mpls:
    joins: [Left/wan, Right/wan]
    bandwidth: 100Mbit/s
    latency: 12ms
    loss: 0
    mtu: 1500
    allow: [4007, 4008, 9071]
`;

export const leftAddress = '192.168.100.21';
export const rightAddress = '10.10.10.21';
export const rightZvmAddress = '10.10.10.10';

export interface TwoSites {
  readonly universe: SimulatedUniverse;
  readonly topology: Topology;
  readonly leftSite: Site;
  readonly rightSite: Site;
  readonly link: Link;
  /** The VRA of each site. */
  readonly left: SimulatedProcess;
  readonly right: SimulatedProcess;
}

let loaded: Topology | undefined;

export function loadTwoSites(): Topology {
  if (loaded) return loaded;
  const { topology, problems } = loadTopology(text, 'two-sites.dr.yaml');
  assert.deepEqual(problems, []);
  return (loaded = topology);
}

export function createTwoSites(
  options: UniverseOptions = { seed: 1, freezeMessages: true },
  processes: Partial<ProcessOptions> = {},
): TwoSites {
  const topology = loadTwoSites();
  const universe = new SimulatedUniverse(topology, options);
  const leftSite = named(topology.sites, 'Left');
  const rightSite = named(topology.sites, 'Right');
  const vraOf = (site: Site): SimulatedProcess => {
    const [host] = [...site.hosts.values()];
    assert(host?.vra);
    const endpoint = endpointOfVra(host.vra);
    return universe.createProcess(`vra ${host.name}`, { site, endpoint, ...processes });
  };
  return {
    universe,
    topology,
    leftSite,
    rightSite,
    link: named(topology.links, 'mpls'),
    left: vraOf(leftSite),
    right: vraOf(rightSite),
  };
}

export function createZvm({ universe }: TwoSites, site: Site): SimulatedProcess {
  assert(site.zvm);
  const endpoint = endpointOfZvm(site.zvm);
  return universe.createProcess(`zvm ${site.name}`, { site, endpoint });
}

function named<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  assert(value, `the test topology has ${name}`);
  return value;
}
