import { contains, networkOf } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import { removeEntry } from '../../../topology/edit.ts';
import type { Component, Named, Network, Site, Topology } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { visitReferences } from './references.ts';
import { unusedLinks } from './unused-links.ts';

export const unused: Rule = {
  name: 'reference/unused',
  title: 'Declared and never used',
  severity: 'hint',
  facts: [],
  check({ topology, problems, report }) {
    // What could not be read may well be what uses it.
    if (problems.length > 0) return;
    const used = usedThings(topology);
    const tell = (thing: Named, message: string): void => {
      const { document, path } = thing.place;
      report({
        at: thing.place,
        on: 'key',
        message,
        fixes: [
          {
            title: `Remove ${thing.name}`,
            edits: removeEntry(document, path),
            safe: false,
          },
        ],
      });
    };
    for (const site of topology.sites.values()) {
      for (const network of site.networks.values()) {
        if (used.has(network)) continue;
        tell(network, `Nothing uses the network ${network.name} of ${site.name}.`);
      }
      for (const datastore of site.datastores.values()) {
        if (used.has(datastore)) continue;
        tell(
          datastore,
          `No VRA, disk, replica or journal lies on the datastore ${datastore.name}.`,
        );
      }
      for (const host of site.hosts.values()) {
        if (used.has(host) || host.vra) continue;
        tell(host, `The host ${host.name} runs no VM, recovers none and has no VRA.`);
      }
      for (const vm of site.vms.values()) {
        if (!used.has(vm)) tell(vm, `No VPG protects the VM ${vm.name}.`);
      }
      if (!used.has(site)) {
        tell(site, `${site.name} takes part in no pairing, VPG or link.`);
      }
    }
    for (const link of unusedLinks(topology)) {
      if (used.has(link)) continue;
      tell(link, `Nothing that is paired or protected replicates over the link ${link.name}.`);
    }
  },
};

function usedThings(topology: Topology): ReadonlySet<unknown> {
  const used = new Set<unknown>();
  visitReferences(topology, ({ kind, reference }) => {
    const { target } = reference;
    if (target === undefined) return;
    if (kind === 'component') {
      const component = target as Component;
      used.add('host' in component ? component.host : component.site);
    } else {
      used.add(target);
    }
  });
  for (const { joins } of topology.links.values()) {
    for (const { target } of joins) if (target) used.add(target.site);
  }
  for (const site of topology.sites.values()) {
    for (const network of usedByAddress(topology, site)) used.add(network);
  }
  return used;
}

/**
 * Networks that components live in though no name says so: a DNS server or a host has only an
 * address, and a route names a range.
 */
function usedByAddress(topology: Topology, site: Site): readonly Network[] {
  const addresses: Ipv4[] = [];
  if (site.vcenter) addresses.push(site.vcenter.address);
  for (const { address } of site.services) addresses.push(address);
  for (const { address } of site.hosts.values()) if (address !== undefined) addresses.push(address);

  const networks = [...site.networks.values()];
  const routed = new Set<string>();
  for (const { zvm } of topology.sites.values()) {
    for (const { to } of zvm?.routes ?? []) routed.add(rangeKey(to.network, to.prefix));
  }
  return networks.filter(
    ({ cidr }) =>
      routed.has(rangeKey(cidr.network, cidr.prefix)) ||
      addresses.some((address) => contains(cidr, address)),
  );
}

function rangeKey(network: Ipv4, prefix: number): string {
  const range = networkOf({ address: network, prefix });
  return `${range.network}/${range.prefix}`;
}
