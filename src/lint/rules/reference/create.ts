/** "Create it": the entry that an unknown name would need, where enough of it can be known. */
import {
  formatCidr,
  networkOf,
  overlaps,
  parseInterfaceAddress,
} from '../../../topology/address.ts';
import type { Cidr } from '../../../topology/address.ts';
import type { Place, TopologyDocument } from '../../../topology/document.ts';
import { insertEntry } from '../../../topology/edit.ts';
import type { Plain } from '../../../topology/edit.ts';
import { vraInstallationPorts } from '../../../topology/limits.ts';
import type { Network, Site, Topology } from '../../../topology/model.ts';
import type { Fix } from '../../rule.ts';
import type { FoundReference } from './references.ts';

/** `near` is what may have been meant instead. */
export function creationOf(
  topology: Topology,
  found: FoundReference,
  near: string | undefined,
): Fix | undefined {
  const { kind, site, reference } = found;
  const { name } = reference;
  // A site is much to write: where another one may be meant, nobody wants a new one.
  if (kind === 'site') return near === undefined ? newSite(topology, name) : undefined;
  // A name with a slash says where it is to be found, so it cannot be the name of something new.
  if (!site || name.includes('/')) return undefined;
  switch (kind) {
    case 'network':
      return newNetwork(site, found);
    case 'host':
      return newHost(site, name);
    case 'datastore':
      return newDatastore(site, name);
    case 'VM':
      return newVm(site, name);
    default:
      return undefined;
  }
}

function newSite(topology: Topology, name: string): Fix | undefined {
  if (name.includes('/')) return undefined;
  const [platform = 'vsphere'] = [...topology.sites.values()].map((site) => site.platform);
  return {
    title: `Add the site ${name} (then say what it has)`,
    edits: insertEntry(topology.document, ['sites'], name, { platform }),
    safe: false,
  };
}

function newNetwork(site: Site, found: FoundReference): Fix | undefined {
  const range = found.addressPlace && rangeAt(found.addressPlace);
  if (!range || networkByAddress(found)) return undefined;
  const { name } = found.reference;
  const cidr = formatCidr(range);
  return {
    title: `Add the network ${name} (${cidr}) to ${site.name}`,
    edits: insertInto(site, 'networks', name, { cidr }),
    safe: false,
  };
}

/** The network of the site that the address is in which was to be used on an unknown one. */
export function networkByAddress({ site, addressPlace }: FoundReference): Network | undefined {
  const range = addressPlace && rangeAt(addressPlace);
  if (!site || !range) return undefined;
  for (const network of site.networks.values()) {
    // A bubble has the range of the live network on purpose.
    if (!network.isolated && overlaps(network.cidr, range)) return network;
  }
  return undefined;
}

function rangeAt({ document, path }: Place): Cidr | undefined {
  const address = valueAt(document, path);
  const parsed = typeof address === 'string' ? parseInterfaceAddress(address) : undefined;
  return parsed && networkOf(parsed);
}

function valueAt(document: TopologyDocument, path: Place['path']): unknown {
  let value: unknown = document.value;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function newHost(site: Site, name: string): Fix {
  const version = [...site.hosts.values()].find((host) => host.version !== undefined)?.version;
  return {
    title: `Add the host ${name} to ${site.name}`,
    edits: insertInto(site, 'hosts', name, {
      ...(version !== undefined && { version }),
      ports: [...vraInstallationPorts],
    }),
    safe: false,
  };
}

function newDatastore(site: Site, name: string): Fix {
  return {
    title: `Add the datastore ${name} to ${site.name} (then set its capacity)`,
    edits: insertInto(site, 'datastores', name, { capacity: '1TiB', free: '1TiB' }),
    safe: false,
  };
}

function newVm(site: Site, name: string): Fix | undefined {
  const [host] = site.hosts.keys();
  const [datastore] = site.datastores.keys();
  if (host === undefined || datastore === undefined) return undefined;
  return {
    title: `Add the VM ${name} to ${site.name} (then set its host and disks)`,
    edits: insertInto(site, 'vms', name, {
      host,
      disks: { system: { size: '40GiB', datastore } },
    }),
    safe: false,
  };
}

function insertInto(site: Site, map: string, name: string, value: Plain): Fix['edits'] {
  return insertEntry(site.place.document, [...site.place.path, map], name, value);
}
