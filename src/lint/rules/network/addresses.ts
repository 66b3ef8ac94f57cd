/** Every address that a site's components have, with the network that they say they are in. */
import type { InterfaceAddress, Ipv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import type { Network, Reference, Site } from '../../../topology/model.ts';

export interface AddressUse {
  readonly label: string;
  /** Where the address stands in the text. */
  readonly place: Place;
  readonly address: Ipv4;
  /** Where the address comes with a prefix. */
  readonly prefix: number | undefined;
  /** The network that the component names; undefined where it names none. */
  readonly network: Reference<Network> | undefined;
  /** A machine has its address for itself; a role may live on another machine of the file. */
  readonly kind: 'zvm' | 'vra' | 'host' | 'vm' | 'vcenter' | 'service';
}

/** The static addresses of a site, in the order: ZVM, vCenter, services, hosts, VRAs, VMs. */
export function* addressesOf(site: Site): Generator<AddressUse> {
  const { zvm, vcenter } = site;
  for (const nic of zvm?.nics.values() ?? []) {
    yield {
      label: `NIC ${nic.name} of the ZVM of ${site.name}`,
      place: within(nic.place, 'address'),
      ...own(nic.address),
      network: nic.network,
      kind: 'zvm',
    };
  }
  if (vcenter) {
    yield {
      label: `the vCenter of ${site.name}`,
      place: within(vcenter.place, 'address'),
      address: vcenter.address,
      prefix: undefined,
      network: vcenter.network,
      kind: 'vcenter',
    };
  }
  for (const service of site.services) {
    yield {
      label: `the ${service.kind} service of ${site.name}`,
      place: service.place,
      address: service.address,
      prefix: undefined,
      network: undefined,
      kind: 'service',
    };
  }
  for (const host of site.hosts.values()) {
    if (host.address !== undefined) {
      yield {
        label: `host ${host.name}`,
        place: within(host.place, 'address'),
        address: host.address,
        prefix: undefined,
        network: undefined,
        kind: 'host',
      };
    }
    const { vra } = host;
    if (!vra || vra.address === 'dhcp') continue;
    yield {
      label: `the VRA on ${host.name}`,
      place: within(vra.place, 'address'),
      ...own(vra.address),
      network: vra.network,
      kind: 'vra',
    };
  }
  for (const vm of site.vms.values()) {
    for (const nic of vm.nics.values()) {
      if (nic.address === undefined || nic.address === 'dhcp') continue;
      yield {
        label: `NIC ${nic.name} of VM ${vm.name}`,
        place: within(nic.place, 'address'),
        ...own(nic.address),
        network: nic.network,
        kind: 'vm',
      };
    }
  }
}

export interface GatewayUse {
  readonly label: string;
  /** Where the gateway stands in the text. */
  readonly place: Place;
  readonly gateway: Ipv4;
  /** Of the NIC that has the gateway. */
  readonly address: InterfaceAddress | undefined;
  readonly network: Network | undefined;
}

/** The gateways that a site's NICs and VRAs name; those of routes are not among them. */
export function* gatewaysOf(site: Site): Generator<GatewayUse> {
  for (const nic of site.zvm?.nics.values() ?? []) {
    if (nic.gateway === undefined) continue;
    yield {
      label: `NIC ${nic.name} of the ZVM of ${site.name}`,
      place: within(nic.place, 'gateway'),
      gateway: nic.gateway,
      address: nic.address,
      network: nic.network.target,
    };
  }
  for (const { name, vra } of site.hosts.values()) {
    if (vra?.gateway === undefined) continue;
    yield {
      label: `the VRA on ${name}`,
      place: within(vra.place, 'gateway'),
      gateway: vra.gateway,
      address: vra.address === 'dhcp' ? undefined : vra.address,
      network: vra.network.target,
    };
  }
}

function own({ address, prefix }: InterfaceAddress): { address: Ipv4; prefix: number } {
  return { address, prefix };
}
