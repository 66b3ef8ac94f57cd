/** Sites and what stands in them. */
import type { Place } from '../document.ts';
import { within } from '../document.ts';
import type {
  Backup,
  Datastore,
  Disk,
  Firewall,
  Host,
  Network,
  Service,
  ServiceKind,
  Site,
  Vcenter,
  Vm,
  VmNic,
  Vra,
} from '../model.ts';
import type { SiteFile } from '../schema/site.ts';
import { entriesOf, itemsOf, referInSite } from './bind.ts';
import type { Draft } from './bind.ts';
import { resolveZvm } from './zvm.ts';

type HostFile = SiteFile['hosts'][string];
type VmFile = SiteFile['vms'][string];

export function resolveSite(name: string, file: SiteFile, place: Place): Site {
  const networks = new Map<string, Network>();
  const datastores = new Map<string, Datastore>();
  const hosts = new Map<string, Host>();
  const vms = new Map<string, Vm>();
  const site: Draft<Site> = {
    name,
    place,
    platform: file.platform,
    networks,
    firewalls: [],
    vcenter: undefined,
    services: [],
    zvm: undefined,
    datastores,
    hosts,
    backups: backupsOf(file, within(place, 'backups')),
    vms,
  };
  for (const entry of entriesOf(file.networks, within(place, 'networks'))) {
    networks.set(entry.name, { name: entry.name, place: entry.place, site, ...entry.file });
  }
  for (const entry of entriesOf(file.datastores, within(place, 'datastores'))) {
    const { capacity, free } = entry.file;
    const { name: datastore, place: at } = entry;
    datastores.set(datastore, {
      name: datastore,
      place: at,
      site,
      capacity,
      free: free ?? capacity,
    });
  }
  site.firewalls = firewallsOf(file, within(place, 'firewalls'), site);
  site.vcenter = vcenterOf(file, within(place, 'vcenter'), site);
  site.services = servicesOf(file, within(place, 'services'), site);
  if (file.zvm) site.zvm = resolveZvm(file.zvm, within(place, 'zvm'), site);
  for (const entry of entriesOf(file.hosts, within(place, 'hosts'))) {
    hosts.set(entry.name, hostOf(entry.name, entry.file, entry.place, site));
  }
  for (const entry of entriesOf(file.vms, within(place, 'vms'))) {
    vms.set(entry.name, vmOf(entry.name, entry.file, entry.place, site));
  }
  return site;
}

function firewallsOf(file: SiteFile, place: Place, site: Site): Firewall[] {
  return itemsOf(file.firewalls, place).map(({ file: { between, allow }, place: at }) => {
    const side = (index: 0 | 1) =>
      referInSite(within(at, 'between', index), between[index], 'networks', site);
    return { place: at, between: [side(0), side(1)], allow: portsOf(allow) };
  });
}

/** Ports that could not be read are passed by. */
export function portsOf(allow: 'any' | readonly number[]): 'any' | readonly number[] {
  return allow === 'any' ? allow : allow.flatMap((port) => [port]);
}

function vcenterOf(file: SiteFile, place: Place, site: Site): Vcenter | undefined {
  if (!file.vcenter) return undefined;
  const { address, network } = file.vcenter;
  return {
    place,
    site,
    address,
    network:
      network === undefined
        ? undefined
        : referInSite(within(place, 'network'), network, 'networks', site),
  };
}

function servicesOf(file: SiteFile, place: Place, site: Site): Service[] {
  const kinds = Object.keys(file.services) as ServiceKind[];
  return kinds.flatMap((kind): Service[] => {
    const addresses = file.services[kind] ?? [];
    const at = within(place, kind);
    if (typeof addresses === 'number') return [{ kind, place: at, site, address: addresses }];
    return itemsOf(addresses, at).map((item) => ({
      kind,
      place: item.place,
      site,
      address: item.file,
    }));
  });
}

function backupsOf(file: SiteFile, place: Place): Map<string, Backup> {
  return new Map(
    entriesOf(file.backups, place).map((entry) => {
      const excludeFolders = entry.file.excludeFolders.flatMap((folder) => [folder]);
      return [entry.name, { name: entry.name, place: entry.place, excludeFolders }];
    }),
  );
}

function hostOf(name: string, file: HostFile, place: Place, site: Site): Host {
  const host: Draft<Host> = {
    name,
    place,
    site,
    version: file.version,
    address: file.address,
    ports: file.ports?.flatMap((port) => [port]),
    credentials: file.credentials,
    vra: undefined,
  };
  if (file.vra) host.vra = vraOf(file.vra, within(place, 'vra'), site, host);
  return host;
}

function vraOf(file: NonNullable<HostFile['vra']>, place: Place, site: Site, host: Host): Vra {
  return {
    place,
    site,
    host,
    memory: file.memory,
    datastore: referInSite(within(place, 'datastore'), file.datastore, 'datastores', site),
    network: referInSite(within(place, 'network'), file.network, 'networks', site),
    address: file.address,
    gateway: file.gateway,
    folder: file.folder,
  };
}

function vmOf(name: string, file: VmFile, place: Place, site: Site): Vm {
  const nics = new Map<string, VmNic>();
  const disks = new Map<string, Disk>();
  const vm: Vm = {
    name,
    place,
    site,
    host: referInSite(within(place, 'host'), file.host, 'hosts', site),
    tools: file.tools,
    changeRate: file.changeRate,
    burst: file.burst,
    trace: file.trace,
    nics,
    disks,
  };
  for (const entry of entriesOf(file.nics, within(place, 'nics'))) {
    const { network, address } = entry.file;
    nics.set(entry.name, {
      name: entry.name,
      place: entry.place,
      network: referInSite(within(entry.place, 'network'), network, 'networks', site),
      address,
    });
  }
  for (const entry of entriesOf(file.disks, within(place, 'disks'))) {
    const { size, datastore, image } = entry.file;
    const at = within(entry.place, 'datastore');
    disks.set(entry.name, {
      name: entry.name,
      place: entry.place,
      vm,
      size,
      datastore: referInSite(at, datastore, 'datastores', site),
      image,
    });
  }
  return vm;
}
