/** What a new VRA of a site would look like, judged by the VRAs that the site has already. */
import { contains } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import { minVraMemory } from '../../../topology/limits.ts';
import type { Datastore, Network, Site } from '../../../topology/model.ts';
import { formatSize } from '../../../topology/quantities.ts';

export interface VraTemplate {
  /** As the first sibling writes it; the minimum where there is none. */
  readonly memory: string;
  readonly datastore: string;
  readonly network: Network;
  readonly gateway: Ipv4 | undefined;
  readonly folder: string | undefined;
}

/** Undefined where the site says too little: no VRA and no ZVM to take a network from. */
export function vraTemplateOf(site: Site): VraTemplate | undefined {
  const siblings = [...site.hosts.values()].flatMap((host) => (host.vra ? [host.vra] : []));
  const network = mostCommon(siblings.map((vra) => vra.network.target)) ?? replicationNetwork(site);
  if (!network) return undefined;
  const alike = siblings.filter((vra) => vra.network.target === network);
  const datastore = mostCommon(alike.map((vra) => vra.datastore.target)) ?? roomiest(site);
  if (!datastore) return undefined;
  return {
    memory: formatSize(alike[0]?.memory ?? minVraMemory),
    datastore: datastore.name,
    network,
    gateway: mostCommon(alike.map((vra) => vra.gateway)) ?? gatewayOf(site, network),
    folder: mostCommon(siblings.map((vra) => vra.folder)),
  };
}

function replicationNetwork({ zvm }: Site): Network | undefined {
  return zvm?.replicationNic?.target?.network.target;
}

function roomiest(site: Site): Datastore | undefined {
  let best: Datastore | undefined;
  for (const each of site.datastores.values()) if (!best || each.free > best.free) best = each;
  return best;
}

function gatewayOf(site: Site, network: Network): Ipv4 | undefined {
  for (const nic of site.zvm?.nics.values() ?? []) {
    if (nic.network.target !== network) continue;
    if (nic.gateway !== undefined && contains(network.cidr, nic.gateway)) return nic.gateway;
    const route = site.zvm?.routes.find(
      (each) => each.nic.target === nic && contains(network.cidr, each.via),
    );
    if (route) return route.via;
  }
  return undefined;
}

function mostCommon<T>(values: readonly (T | undefined)[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) {
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let best: T | undefined;
  let most = 0;
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}
