/** From a topology to what each ZVM is set up with. */
import { formatIpv4 } from '../../topology/address.ts';
import type {
  Datastore,
  Host,
  ProtectedVm,
  Script,
  Site,
  Topology,
  Vpg,
  Vra,
} from '../../topology/model.ts';
import { endpointOfZvm } from '../../topology/reachability.ts';
import type { PlannedScript, PlannedStream, PlannedVpg, PlannedVra, ZvmPlan } from '../zvm/plan.ts';
import { protectedPath } from './protected-path.ts';
import { createThrottles } from './throttles.ts';
import type { ThrottleOf } from './throttles.ts';
import { LabError } from './types.ts';

/** `Site/host`, which names a VRA everywhere. */
export function vraName(host: Host): string {
  return `${host.site.name}/${host.name}`;
}

/** A VRA's address as the simulated network gave it, which a DHCP one knows only when it runs. */
export type AddressOf = (host: Host) => string;

interface BoundVm {
  readonly protectedVm: ProtectedVm;
  readonly name: string;
  readonly source: Vra;
  readonly target: Vra;
  readonly datastore: string;
  readonly journal: string;
  readonly disks: readonly {
    readonly name: string;
    readonly size: number;
    readonly preseed?: boolean;
  }[];
  readonly nics: readonly string[];
  /** The part of a plan that does not depend on the direction. */
  readonly recovery: Pick<PlannedStream, 'bootGroup' | 'guestTools'>;
  readonly live: Pick<PlannedStream, 'unmappedLiveNics' | 'newAddresses'>;
  /** Where the protected disks lie, and the journals of the other direction. */
  readonly home: { readonly paths: ReadonlyMap<string, string>; readonly datastore: string };
}

interface BoundVpg {
  readonly vpg: Vpg;
  readonly from: Site;
  readonly to: Site;
  readonly vms: readonly BoundVm[];
}

/** VPGs with everything that they refer to, or an error that names all that is missing. */
export function bindVpgs(topology: Topology): readonly BoundVpg[] {
  const missing: string[] = [];
  const bound: BoundVpg[] = [];
  for (const vpg of topology.vpgs.values()) {
    const from = vpg.from.target;
    const to = vpg.to.target;
    if (!from) missing.push(`site ${vpg.from.name} of VPG ${vpg.name}`);
    if (!to) missing.push(`site ${vpg.to.name} of VPG ${vpg.name}`);
    if (!from || !to) continue;
    for (const site of [from, to]) {
      if (site.zvm && site.datastores.size === 0) {
        missing.push(`a datastore in ${site.name}, where its ZVM keeps its state`);
      }
    }
    const vms: BoundVm[] = [];
    for (const protectedVm of vpg.vms.values()) {
      const vm = bindVm(vpg, protectedVm, missing);
      if (vm) vms.push(vm);
    }
    if (vms.length > 0) bound.push({ vpg, from, to, vms });
    else if (vpg.vms.size === 0) missing.push(`a VM in VPG ${vpg.name}`);
  }
  if (missing.length > 0) {
    const list = [...new Set(missing)].join('; ');
    throw new LabError('not-deployable', `The topology cannot be run. It lacks: ${list}`);
  }
  return bound;
}

function bindVm(vpg: Vpg, protectedVm: ProtectedVm, missing: string[]): BoundVm | undefined {
  const where = `VPG ${vpg.name}`;
  const vm = protectedVm.vm.target;
  const host = vm?.host.target;
  const recovery = protectedVm.recoveryHost.target;
  const before = missing.length;
  if (!vm) missing.push(`VM ${protectedVm.name} of ${where}`);
  if (vm && !host) missing.push(`host ${vm.host.name} of VM ${vm.name}`);
  if (host && !host.vra) missing.push(`a VRA on ${vraName(host)}`);
  if (!recovery) missing.push(`host ${protectedVm.recoveryHost.name} of ${where}`);
  if (recovery && !recovery.vra) missing.push(`a VRA on ${vraName(recovery)}`);
  const datastore = protectedVm.datastore.target;
  if (!datastore) missing.push(`datastore ${protectedVm.datastore.name} of ${where}`);
  for (const vra of [host?.vra, recovery?.vra]) {
    if (!vra) continue;
    if (!vra.network.target) missing.push(`network ${vra.network.name} of ${vraName(vra.host)}`);
    if (!vra.datastore.target)
      missing.push(`datastore ${vra.datastore.name} of ${vraName(vra.host)}`);
  }
  const disks = [...(vm?.disks.values() ?? [])];
  if (vm && disks.length === 0) missing.push(`a disk of VM ${vm.name}`);
  for (const disk of disks) {
    if (!disk.datastore.target)
      missing.push(`datastore ${disk.datastore.name} of VM ${disk.vm.name}`);
  }
  const source = host?.vra;
  const target = recovery?.vra;
  if (missing.length > before || !vm || !source || !target || !datastore) return undefined;
  const unmapped = [...vm.nics.keys()].filter((nic) => !protectedVm.nics.get(nic)?.test);
  const mapped = [...protectedVm.nics.values()];
  const newAddresses = mapped.flatMap(({ name, failover }) => {
    const address = failover?.address;
    if (address === undefined || address === 'dhcp') return [];
    return [{ nic: name, address: formatIpv4(address.address) }];
  });
  const [first] = disks;
  const preseeded = new Set(protectedVm.preseed.map((disk) => disk.name));
  return {
    recovery: { bootGroup: protectedVm.bootGroup, guestTools: vm.tools },
    live: {
      unmappedLiveNics: [...vm.nics.keys()].filter((nic) => !protectedVm.nics.get(nic)?.failover),
      newAddresses,
    },
    home: {
      datastore: first?.datastore.name ?? '',
      paths: new Map(
        disks.map((disk) => [disk.name, protectedPath(vm, disk.name, disk.datastore.name)]),
      ),
    },
    protectedVm,
    name: vm.name,
    source,
    target,
    datastore: datastore.name,
    journal: vpg.journal.datastore?.target?.name ?? datastore.name,
    disks: disks.map(({ name, size }) =>
      preseeded.has(name) ? { name, size, preseed: true } : { name, size },
    ),
    nics: unmapped,
  };
}

/** The plan of a site's ZVM; undefined where the site has none. */
export function planOf(
  site: Site,
  topology: Topology,
  vpgs: readonly BoundVpg[],
  addressOf: AddressOf,
): ZvmPlan | undefined {
  if (!site.zvm) return undefined;
  const peers = peersOf(site, topology);
  const vras: PlannedVra[] = [];
  const foreignVras: PlannedVra[] = [];
  const planned: PlannedVpg[] = [];
  const throttleOf = createThrottles(
    topology,
    vpgs.flatMap((bound) => bound.vms),
  );
  const add = (list: PlannedVra[], host: Host): void => {
    const vra = vraName(host);
    if (list.some((known) => known.vra === vra)) return;
    const vms = [...host.site.vms.values()].filter((vm) => vm.host.target === host);
    const volumes = vms.reduce((sum, vm) => sum + vm.disks.size, 0);
    const { version, ports, credentials } = host;
    const onVsphere = host.site.platform === 'vsphere';
    list.push({
      vra,
      address: addressOf(host),
      volumes,
      installation: {
        memory: host.vra?.memory ?? 0,
        host: onVsphere ? { version, ports, credentials } : undefined,
      },
    });
  };
  for (const host of site.hosts.values()) if (host.vra?.network.target) add(vras, host);
  for (const bound of vpgs) {
    if (bound.from !== site && bound.to !== site) continue;
    const other = bound.from === site ? bound.to : bound.from;
    for (const vm of bound.vms) {
      const there = (other === bound.to ? vm.target : vm.source).host;
      add(other.zvm ? foreignVras : vras, there);
    }
    planned.push(planVpg(bound, site, other, addressOf, throttleOf));
  }
  return { site: site.name, peers, vras, foreignVras, vpgs: planned };
}

function planVpg(
  bound: BoundVpg,
  site: Site,
  other: Site,
  addressOf: AddressOf,
  throttleOf: ThrottleOf,
): PlannedVpg {
  const { vpg, from, to } = bound;
  // A site without a ZVM is looked after by the one that it replicates with.
  const alone = !other.zvm || other === site;
  const { boot, scripts, commit, reverseProtection, testEvery } = vpg;
  const both = {
    name: vpg.name,
    peer: alone ? undefined : other.name,
    rpo: vpg.rpo,
    history: vpg.journal.history,
    testEvery,
    boot: boot ?? { order: [], delay: 0 },
    scripts: {
      ...(scripts.pre && { pre: scriptOf(scripts.pre) }),
      ...(scripts.post && { post: scriptOf(scripts.post) }),
      ...(scripts.freeze && { freeze: scriptOf(scripts.freeze) }),
      ...(scripts.thaw && { thaw: scriptOf(scripts.thaw) }),
    },
    commit,
    reverseProtection,
  };
  return {
    ...both,
    from: from.name,
    to: to.name,
    cutsHere: alone || from === site,
    cataloguesHere: alone || to === site,
    streams: bound.vms.map((vm) => planStream(vpg, vm, addressOf, throttleOf)),
    reversed: {
      ...both,
      from: to.name,
      to: from.name,
      cutsHere: alone || to === site,
      cataloguesHere: alone || from === site,
      streams: bound.vms.map((vm) => planReversed(vpg, vm, addressOf, throttleOf)),
    },
  };
}

function scriptOf({ command, timeout }: Script): PlannedScript {
  return { command, timeout };
}

/** The stream of a committed failover: from what was the replica to what was the protected disk. */
function planReversed(
  vpg: Vpg,
  vm: BoundVm,
  addressOf: AddressOf,
  throttleOf: ThrottleOf,
): PlannedStream {
  const { protect, recover, ...forward } = planStream(vpg, vm, addressOf, throttleOf);
  const { vra, address } = protect.peer;
  const back = throttleOf(vm.target, vm.source);
  const { stream } = protect;
  const { datastore, paths } = vm.home;
  return {
    ...forward,
    // It goes back to the addresses and networks that it came from.
    unmappedNics: [],
    unmappedLiveNics: [],
    newAddresses: [],
    protectedVra: forward.recoveryVra,
    recoveryVra: forward.protectedVra,
    protect: { ...protect, peer: back ? { ...recover.peer, throttle: back } : recover.peer },
    recover: {
      ...recover,
      disks: vm.disks.map((disk) => ({ ...disk, path: paths.get(disk.name) })),
      peer: { vra, address },
      replicaFolder: `${datastore}/replicas/${stream}`,
      journalFolder: `${datastore}/journals/${stream}`,
      scratchFolder: `${datastore}/scratch/${stream}`,
      seeded: true,
    },
  };
}

function planStream(
  vpg: Vpg,
  vm: BoundVm,
  addressOf: AddressOf,
  throttleOf: ThrottleOf,
): PlannedStream {
  const throttle = throttleOf(vm.source, vm.target);
  const source = { vra: vraName(vm.source.host), address: addressOf(vm.source.host) };
  const target = { vra: vraName(vm.target.host), address: addressOf(vm.target.host) };
  const stream = `${vpg.name}/${vm.name}`;
  const common = { stream, vpg: vpg.name, vm: vm.name, disks: vm.disks };
  return {
    vm: vm.name,
    protectedVra: source.vra,
    recoveryVra: target.vra,
    protect: {
      ...common,
      peer: throttle ? { ...target, throttle } : target,
      compression: vpg.compression,
      priority: vpg.priority,
    },
    recover: {
      ...common,
      peer: source,
      history: vpg.journal.history,
      hardLimit: vpg.journal.hardLimit,
      warning: vpg.journal.warning,
      replicaFolder: replicaFolder(vm.datastore, stream),
      journalFolder: folderOf(vm.journal, stream),
      scratchFolder: `${vm.journal}/scratch/${stream}`,
      scratchLimit: vpg.scratch.hardLimit,
      scratchWarning: vpg.scratch.warning,
    },
    unmappedNics: vm.nics,
    ...vm.live,
    ...vm.recovery,
  };
}

/** Where the replica disks of a VM lie: `datastore/...`. */
export function replicaFolderOf(vpg: Vpg, vm: ProtectedVm, datastore: Datastore): string {
  return replicaFolder(datastore.name, `${vpg.name}/${vm.name}`);
}

function replicaFolder(datastore: string, stream: string): string {
  return `${datastore}/replicas/${stream}`;
}

/** Where the journal of a VM lies, `datastore/...`; undefined where it has no place. */
export function journalFolder(vpg: Vpg, vm: ProtectedVm): string | undefined {
  const datastore = vpg.journal.datastore?.target ?? vm.datastore.target;
  return datastore && folderOf(datastore.name, `${vpg.name}/${vm.name}`);
}

function folderOf(datastore: string, stream: string): string {
  return `${datastore}/journals/${stream}`;
}

function peersOf(site: Site, topology: Topology): { site: string; address: string }[] {
  const peers = new Map<string, string>();
  for (const pairing of topology.pairings) {
    const [a, b] = pairing.sites.map((reference) => reference.target);
    const other = a === site ? b : b === site ? a : undefined;
    if (!other?.zvm || other === site) continue;
    const address = replicationAddress(other);
    if (address !== undefined) peers.set(other.name, address);
  }
  return [...peers].map(([name, address]) => ({ site: name, address }));
}

/** The address that peers use: that of the NIC that carries replication (NET-8). */
function replicationAddress(site: Site): string | undefined {
  const endpoint = site.zvm && endpointOfZvm(site.zvm);
  const nics = [...(endpoint?.nics ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const nic = nics.find((candidate) => candidate.name === endpoint?.aimedAt) ?? nics[0];
  return nic && formatIpv4(nic.address.address);
}
