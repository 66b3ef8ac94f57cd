/** One line on what a name stands for. */
import { formatCidr, formatIpv4 } from '../../topology/address.ts';
import type { Host, Link, Site, Topology, Vm } from '../../topology/model.ts';
import { formatDuration, formatRate, formatSize } from '../../topology/quantities.ts';
import { asText, asCode } from '../markdown.ts';
import type { Occurrence } from '../names/reference-index.ts';

/** Empty where the declaration could not be read, or there is nothing to add. */
export function summaryOf(topology: Topology, { kind, target, name }: Occurrence): string[] {
  const line = target && lineOn(topology, kind, target.map(String));
  return line === undefined ? [] : [`${kind} ${asCode(name)}: ${line}`];
}

function lineOn(
  topology: Topology,
  kind: Occurrence['kind'],
  path: readonly string[],
): string | undefined {
  const [, owner = '', , name = ''] = path;
  const site = topology.sites.get(owner);
  switch (kind) {
    case 'site':
      return site && onSite(site);
    case 'network': {
      const network = site?.networks.get(name);
      if (!network) return undefined;
      const bubble = network.isolated ? ', isolated' : '';
      return `${formatCidr(network.cidr)} in ${asText(network.site.name)}, MTU ${network.mtu}${bubble}`;
    }
    case 'datastore': {
      const store = site?.datastores.get(name);
      if (!store) return undefined;
      return `${formatSize(store.free)} free of ${formatSize(store.capacity)} in ${asText(store.site.name)}`;
    }
    case 'host': {
      const host = site?.hosts.get(name);
      return host && onHost(host);
    }
    case 'VM': {
      const vm = site?.vms.get(name);
      return vm && onVm(vm);
    }
    case 'link': {
      const link = topology.links.get(owner);
      return link && onLink(link);
    }
    case 'disk': {
      const disk = site?.vms.get(name)?.disks.get(path[5] ?? '');
      return disk && `${formatSize(disk.size)} on ${asText(disk.datastore.name)}`;
    }
    case 'NIC':
      return onNic(site, path);
    case 'VPG': {
      const vpg = topology.vpgs.get(owner);
      if (!vpg) return undefined;
      const history = formatDuration(vpg.journal.history);
      return `${asText(vpg.from.name)} → ${asText(vpg.to.name)}, ${counted(vpg.vms.size, 'VM')}, journal history ${history}`;
    }
    default:
      return undefined;
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function onSite(site: Site): string {
  return `${site.platform}, ${counted(site.hosts.size, 'host')}, ${counted(site.vms.size, 'VM')}, ${site.zvm ? 'with' : 'without'} a ZVM`;
}

function onHost({ site, version, vra }: Host): string {
  const system = version === undefined ? '' : `, version ${asText(version)}`;
  const appliance = vra ? `a VRA with ${formatSize(vra.memory)}` : 'no VRA';
  return `in ${asText(site.name)}${system}, ${appliance}`;
}

function onVm({ disks, host, changeRate }: Vm): string {
  const size = [...disks.values()].reduce((sum, disk) => sum + disk.size, 0);
  return `${counted(disks.size, 'disk')} of ${formatSize(size)} together, on ${asText(host.name)}, writes ${formatRate(changeRate)}`;
}

function onLink({ joins, bandwidth, latency }: Link): string {
  return `${asText(joins[0].name)} ↔ ${asText(joins[1].name)}, ${formatRate(bandwidth)}, ${formatDuration(latency)} one way`;
}

function onNic(site: Site | undefined, path: readonly string[]): string | undefined {
  const nic =
    path[2] === 'zvm'
      ? site?.zvm?.nics.get(path[4] ?? '')
      : site?.vms.get(path[3] ?? '')?.nics.get(path[5] ?? '');
  if (!nic) return undefined;
  const { address, network } = nic;
  const shown =
    address === undefined
      ? 'no address'
      : address === 'dhcp'
        ? 'dhcp'
        : `${formatIpv4(address.address)}/${address.prefix}`;
  return `${shown} in ${asText(network.name)}`;
}
