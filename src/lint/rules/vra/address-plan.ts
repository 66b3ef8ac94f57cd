/** Free static addresses for VRAs that have none: fixes must not hand out one twice. */
import { broadcastOf, contains, formatIpv4 } from '../../../topology/address.ts';
import type { InterfaceAddress, Ipv4 } from '../../../topology/address.ts';
import type { Host, Network, Site, Topology } from '../../../topology/model.ts';
import { hostLoads } from '../../../topology/protection.ts';
import type { HostLoad } from '../../../topology/protection.ts';
import { vraTemplateOf } from './template.ts';
import type { VraTemplate } from './template.ts';

export interface MissingVra {
  readonly load: HostLoad;
  /** What a VRA there would look like; undefined where the site says too little to know. */
  readonly template: VraTemplate | undefined;
}

/** Hosts that run or recover protected VMs and have no VRA, in the order of the file (VRA-3). */
export function missingVras(topology: Topology): readonly MissingVra[] {
  const templates = new Map<Site, VraTemplate | undefined>();
  const missing: MissingVra[] = [];
  for (const load of hostLoads(topology).values()) {
    const { host, sends, receives } = load;
    if (host.vra || (sends.length === 0 && receives.length === 0)) continue;
    // A VRA that stands in the file but could not be read is not missing.
    if (host.place.document.has([...host.place.path, 'vra'])) continue;
    if (!templates.has(host.site)) templates.set(host.site, vraTemplateOf(host.site));
    missing.push({ load, template: templates.get(host.site) });
  }
  return missing;
}

/**
 * A free static address for each host whose VRA is missing or uses DHCP. All of them are different,
 * so that the fixes of several findings can be applied together. Hosts get none where their network
 * is full or not known. Linear in what the sites declare.
 */
export function planVraAddresses(topology: Topology): ReadonlyMap<Host, InterfaceAddress> {
  const wanted: { readonly host: Host; readonly network: Network }[] = [];
  for (const { load, template } of missingVras(topology)) {
    if (template) wanted.push({ host: load.host, network: template.network });
  }
  for (const site of topology.sites.values()) {
    for (const host of site.hosts.values()) {
      const network = host.vra?.network.target;
      if (host.vra?.address === 'dhcp' && network) wanted.push({ host, network });
    }
  }
  return handOut(topology, wanted);
}

function handOut(
  topology: Topology,
  wanted: readonly { readonly host: Host; readonly network: Network }[],
): ReadonlyMap<Host, InterfaceAddress> {
  const plan = new Map<Host, InterfaceAddress>();
  if (wanted.length === 0) return plan;
  const recovered = addressesOfRecovery(topology);
  const used = new Map<Site, Set<Ipv4>>();
  const next = new Map<Network, Ipv4>();
  for (const { host, network } of wanted) {
    let taken = used.get(host.site);
    if (!taken) {
      taken = new Set([...addressesOf(host.site), ...(recovered.get(host.site) ?? [])]);
      used.set(host.site, taken);
    }
    const start = next.get(network) ?? afterSiblings(host.site, network);
    const address = freeAddress(network, taken, start);
    if (address === undefined) continue;
    taken.add(address);
    next.set(network, address + 1);
    plan.set(host, { address, prefix: network.cidr.prefix });
  }
  return plan;
}

export function formatInterfaceAddress({ address, prefix }: InterfaceAddress): string {
  return `${formatIpv4(address)}/${prefix}`;
}

function freeAddress({ cidr }: Network, taken: ReadonlySet<Ipv4>, start: Ipv4): Ipv4 | undefined {
  const first = cidr.network + 1;
  const last = broadcastOf(cidr) - 1;
  const count = last - first + 1;
  for (let step = 0; step < count && step <= taken.size; step += 1) {
    const address = first + ((Math.max(start, first) - first + step) % count);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

/** VRAs tend to be numbered in a row; a first one goes behind the ZVM. */
function afterSiblings(site: Site, network: Network): Ipv4 {
  let highest = 0;
  let ofZvm = 0;
  for (const { vra } of site.hosts.values()) {
    if (vra && vra.address !== 'dhcp' && contains(network.cidr, vra.address.address)) {
      highest = Math.max(highest, vra.address.address);
    }
  }
  for (const { address } of site.zvm?.nics.values() ?? []) {
    if (contains(network.cidr, address.address)) ofZvm = Math.max(ofZvm, address.address);
  }
  return (highest || ofZvm || network.cidr.network) + 1;
}

function* addressesOf(site: Site): Generator<Ipv4> {
  for (const nic of site.zvm?.nics.values() ?? []) {
    yield nic.address.address;
    if (nic.gateway !== undefined) yield nic.gateway;
  }
  for (const { via } of site.zvm?.routes ?? []) yield via;
  if (site.vcenter) yield site.vcenter.address;
  for (const { address } of site.services) yield address;
  for (const { address, vra } of site.hosts.values()) {
    if (address !== undefined) yield address;
    if (vra?.gateway !== undefined) yield vra.gateway;
    if (vra && vra.address !== 'dhcp') yield vra.address.address;
  }
  for (const vm of site.vms.values()) {
    for (const { address } of vm.nics.values()) {
      if (address !== undefined && address !== 'dhcp') yield address.address;
    }
  }
}

/** What recovered VMs will use at a site is taken too, though nothing answers there today. */
function addressesOfRecovery(topology: Topology): ReadonlyMap<Site, readonly Ipv4[]> {
  const bySite = new Map<Site, Ipv4[]>();
  for (const vpg of topology.vpgs.values()) {
    const site = vpg.to.target;
    if (!site) continue;
    let addresses = bySite.get(site);
    if (!addresses) bySite.set(site, (addresses = []));
    for (const { nics } of vpg.vms.values()) {
      for (const { failover, test } of nics.values()) {
        for (const nic of [failover, test]) {
          if (!nic) continue;
          if (nic.address !== undefined && nic.address !== 'dhcp') {
            addresses.push(nic.address.address);
          }
          if (nic.gateway !== undefined) addresses.push(nic.gateway);
        }
      }
    }
  }
  return bySite;
}
