/** What the engine shows of the flows between two sites. */
import assert from 'node:assert/strict';
import { createLab } from '../../src/engine/lab.ts';
import { SimulatedUniverse } from '../../src/engine/world/simulated.ts';
import { formatIpv4 } from '../../src/topology/address.ts';
import { ports } from '../../src/topology/limits.ts';
import type { Site, Topology } from '../../src/topology/model.ts';
import { endpointOfZvm } from '../../src/topology/reachability.ts';

/** Virtual time that a lab lives, in milliseconds; every retry of a connection falls well into it. */
const lifetime = 60_000;

export interface Observed {
  /** Whether each ZVM says that it is connected with the other. */
  readonly connected: boolean;
  readonly replicating: boolean;
  /** Whether checkpoints were still made at the end. */
  readonly checkpoints: boolean;
}

/** A lab that has lived for a minute. */
export function observe(topology: Topology): Observed {
  const lab = createLab(topology, { seed: 1, begin: 'protected' });
  lab.run(lifetime);
  const { sites, vpgs, now } = lab.snapshot();
  const links = sites.map(({ connectedTo }) => connectedTo.length);
  assert.equal(new Set(links).size, 1, 'one ZVM is connected with another that is not with it');
  const [vpg] = vpgs;
  assert.ok(vpg);
  return {
    connected: links.every((count) => count === 1),
    replicating: vpg.replicating,
    checkpoints: (vpg.checkpoints.newest ?? -Infinity) > now - 15_000,
  };
}

/** How one ZVM gets to its peer: not at all, or seen by the peer as coming from that address. */
export type Way = 'none' | 'by-replication-nic' | 'by-another-nic';

/**
 * Each ZVM dials the other in the network that the lab runs in. The lab itself cannot tell the two
 * apart, because a connection that either of them opens serves both.
 */
export function waysBetweenZvms(topology: Topology): readonly Way[] {
  const universe = new SimulatedUniverse(topology, { seed: 1 });
  const sites = [...topology.sites.values()];
  const seen = new Map<Site, string>();
  const stations = sites.map((site) => {
    assert.ok(site.zvm);
    const process = universe.createProcess(`zvm ${site.name}`, {
      site,
      endpoint: endpointOfZvm(site.zvm),
    });
    return { site, network: process.world.network };
  });
  for (const { site, network } of stations) {
    const peer = sites.find((each) => each !== site);
    assert.ok(peer);
    network.listen(ports.zvmPeer, (_connection, from) => {
      seen.set(peer, from);
      return { received: () => undefined, closed: () => undefined };
    });
  }
  const opened = new Set<Site>();
  for (const { site, network } of stations) {
    const peer = sites.find((each) => each !== site);
    assert.ok(peer);
    network.connect(replicationAddressOf(peer), ports.zvmPeer, {
      opened: () => opened.add(site),
      received: () => undefined,
      closed: () => undefined,
    });
  }
  universe.run(lifetime);
  return sites.map((site) => {
    if (!opened.has(site)) return 'none';
    return seen.get(site) === replicationAddressOf(site) ? 'by-replication-nic' : 'by-another-nic';
  });
}

function replicationAddressOf({ zvm }: Site): string {
  const nic = zvm?.replicationNic?.target;
  assert.ok(nic);
  return formatIpv4(nic.address.address);
}
