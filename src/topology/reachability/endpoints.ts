/**
 * The components of a topology as the network sees them.
 *
 * Each builder gives `undefined` where the file says too little to place the component in a network
 * (no address, an address that no network holds, a NIC that could not be read). The same component
 * always gives the same object.
 *
 * The language does not describe the gateway of a vCenter, a host or a service: they are taken to be
 * set up rightly, with the router of their network as their gateway.
 */
import { broadcastOf, networkOf } from '../address.ts';
import type { Cidr, Ipv4 } from '../address.ts';
import { within } from '../document.ts';
import type { Place } from '../document.ts';
import type { Host, Network, Service, Site, Topology, Vcenter, Vra, Zvm } from '../model.ts';
import { createAddressIndex } from './address-index.ts';
import type { AddressIndex } from './address-index.ts';
import type { Endpoint, EndpointNic, EndpointRoute } from './types.ts';

/** Keeps what was built for a part of the model as long as that part lives. */
function remembered<Part extends object, Result>(
  build: (part: Part) => Result,
): (part: Part) => Result {
  const known = new WeakMap<Part, { result: Result }>();
  return (part) => {
    let entry = known.get(part);
    if (!entry) known.set(part, (entry = { result: build(part) }));
    return entry.result;
  };
}

const indexOfSite = remembered((site: Site): AddressIndex =>
  createAddressIndex(site.networks.values()),
);

const indexOfTopology = remembered((topology: Topology): AddressIndex =>
  createAddressIndex(
    [...topology.sites.values()]
      .flatMap((site) => [...site.networks.values()])
      .filter((network) => !network.isolated),
  ),
);

/** The network of a site that holds an address. */
export function networkAt(site: Site, address: Ipv4): Network | undefined {
  return indexOfSite(site).find(address);
}

/** A ZVM with all its NICs and routes; peers aim at its replication NIC. */
export const endpointOfZvm = remembered((zvm: Zvm): Endpoint | undefined => {
  const nics: EndpointNic[] = [];
  for (const nic of zvm.nics.values()) {
    const network = nic.network.target;
    if (!network) continue;
    const { name, place, address, gateway } = nic;
    nics.push({ name, place, network, address, gateway });
  }
  if (nics.length === 0) return undefined;
  const routes = zvm.routes.map((route): EndpointRoute => ({
    place: route.place,
    to: route.to,
    via: route.via,
    nic: route.nic.name,
  }));
  return {
    label: `the ZVM of ${zvm.site.name}`,
    place: zvm.place,
    site: zvm.site,
    nics,
    routes,
    aimedAt: zvm.replicationNic?.target?.name,
  };
});

/**
 * A VRA with its one NIC. Nobody knows the address that DHCP will hand out: such a VRA stands for any
 * address of its network (the last usable one is used), with the gateway that the file gives or the
 * network's router.
 */
export const endpointOfVra = remembered((vra: Vra): Endpoint | undefined => {
  const network = vra.network.target;
  if (!network) return undefined;
  const { cidr } = network;
  const dhcp = vra.address === 'dhcp';
  const address =
    vra.address === 'dhcp'
      ? { address: lastUsable(cidr), prefix: cidr.prefix }
      : { address: vra.address.address, prefix: vra.address.prefix };
  const gateway = vra.gateway ?? (dhcp ? routerOf(cidr) : undefined);
  return single(`the VRA on ${vra.host.name}`, vra.place, vra.site, 'vra', {
    network,
    address,
    gateway,
    place: vra.place,
  });
});

export const endpointOfVcenter = remembered((vcenter: Vcenter): Endpoint | undefined => {
  const network = vcenter.network
    ? vcenter.network.target
    : networkAt(vcenter.site, vcenter.address);
  if (!network) return undefined;
  const { place, site, address } = vcenter;
  return wellConnected(`the vCenter of ${site.name}`, place, site, network, address);
});

/** A host's management address; undefined for a host whose address the file does not give. */
export const endpointOfHost = remembered((host: Host): Endpoint | undefined => {
  if (host.address === undefined) return undefined;
  const network = networkAt(host.site, host.address);
  if (!network) return undefined;
  return wellConnected(`host ${host.name}`, host.place, host.site, network, host.address);
});

/** A service of a site, which may stand in another site (a DNS server at headquarters). */
export function endpointOfService(service: Service, topology: Topology): Endpoint | undefined {
  return servicesOf(topology)(service);
}

const servicesOf = remembered((topology: Topology) =>
  remembered((service: Service): Endpoint | undefined => {
    const { kind, place, site, address } = service;
    const network = networkAt(site, address) ?? indexOfTopology(topology).find(address);
    if (!network) return undefined;
    return wellConnected(`the ${kind} service of ${site.name}`, place, site, network, address);
  }),
);

/** The first usable address of a range, which is where a network's router mostly stands. */
function routerOf(range: Cidr): Ipv4 {
  return range.prefix >= 31 ? range.network : range.network + 1;
}

function lastUsable(range: Cidr): Ipv4 {
  return range.prefix >= 31 ? broadcastOf(range) : broadcastOf(range) - 1;
}

function wellConnected(
  label: string,
  place: Place,
  site: Site,
  network: Network,
  address: Ipv4,
): Endpoint {
  const own = { address, prefix: network.cidr.prefix };
  return single(label, place, site, 'eth0', {
    network,
    address: own,
    gateway: routerOf(networkOf(own)),
    place: within(place),
  });
}

function single(
  label: string,
  place: Place,
  site: Site,
  name: string,
  nic: Omit<EndpointNic, 'name'>,
): Endpoint {
  return { label, place, site, nics: [{ name, ...nic }], routes: [] };
}
