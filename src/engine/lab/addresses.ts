/** Whether the machines of a lab can have the addresses that the file gives them. */
import { formatIpv4, type Ipv4 } from '../../topology/address.ts';
import type { Site, Topology } from '../../topology/model.ts';
import { endpointOfVra, endpointOfZvm, type Endpoint } from '../../topology/reachability.ts';
import { LabError } from './types.ts';

/**
 * Two sites may have the same ranges (NET-1); within one, an address is one machine's.
 *
 * @throws LabError `not-deployable`, which names every address that several have.
 */
export function checkAddresses(topology: Topology): void {
  const shared = [...topology.sites.values()].flatMap(sharedIn);
  if (shared.length === 0) return;
  throw new LabError('not-deployable', `The topology cannot be run: ${shared.join('; ')}`);
}

function sharedIn(site: Site): string[] {
  const owners = new Map<Ipv4, Set<string>>();
  for (const { label, nics } of endpointsOf(site)) {
    for (const { address } of nics) {
      const known = owners.get(address.address);
      if (known) known.add(label);
      else owners.set(address.address, new Set([label]));
    }
  }
  return [...owners]
    .filter(([, labels]) => labels.size > 1)
    .map(
      ([address, labels]) =>
        `${[...labels].join(' and ')} have the same address ${formatIpv4(address)}`,
    );
}

/** What the simulated network gives addresses to. A DHCP server hands none out twice. */
function endpointsOf({ zvm, hosts }: Site): Endpoint[] {
  const vras = [...hosts.values()].map(({ vra }) =>
    vra?.network.target && vra.address !== 'dhcp' ? endpointOfVra(vra) : undefined,
  );
  return [zvm && endpointOfZvm(zvm), ...vras].filter((each) => each !== undefined);
}
