/**
 * The arithmetic of sizing: volumes, rates on the wire, journals, datastores. The linter judges by it
 * and a plan shows it, so that both say the same number.
 */
import {
  datastoreFloor,
  datastoreFloorShare,
  journalHeadroom,
  minHardLimit,
  minWanBandwidth,
  vraDatastoreSpace,
} from './limits.ts';
import type { Datastore, Link, ProtectedVm, Topology, Vm, Vpg } from './model.ts';
import { createSitePaths } from './protection.ts';
import type { HostLoad } from './protection.ts';

/**
 * How many bytes written become one byte on the WAN where the VPG compresses. What is really reached
 * depends on the data (text more, media and encrypted files none), so this is the planning
 * assumption of 50 % that the field uses until it has measured its own.
 */
export const assumedCompression = 2;

/** Volumes that a VRA manages: those of the VMs on its host and those that recover to it. */
export interface VolumeCount {
  /** Disks of all VMs that run on the host, protected or not. */
  readonly running: number;
  /** Replicas of the disks that recover to the host. */
  readonly replicas: number;
}

export function volumesOf(load: HostLoad): VolumeCount {
  let running = 0;
  for (const vm of load.running) running += vm.disks.size;
  let replicas = 0;
  for (const { vm } of load.receives) replicas += vm.target?.disks.size ?? 0;
  return { running, replicas };
}

/** Bytes that cross the WAN for each byte that the VM writes. */
export function wireShare(protectedVm: ProtectedVm): number {
  return protectedVm.vpg.compression ? 1 / assumedCompression : 1;
}

/** Bytes per second that a link carries at its slowest time of day. */
export function slowestRate(link: Link): number {
  return link.throttle.reduce((rate, window) => Math.min(rate, window.rate), link.bandwidth);
}

/** Bytes per second that the VM writes at its busiest. */
export function peakRate(protectedVm: ProtectedVm): number {
  const vm = protectedVm.vm.target;
  return vm ? Math.max(vm.changeRate, vm.burst?.rate ?? 0) : 0;
}

// --- What VMs write ----------------------------------------------------------------------------

/**
 * The most bytes that a VM writes within any stretch of that many milliseconds: its change rate, and
 * its burst as often as it fits in.
 */
export function writtenWithin({ changeRate, burst }: Vm, span: number): number {
  const usual = (changeRate * span) / 1000;
  if (!burst || burst.rate <= changeRate) return usual;
  const length = Math.min(burst.for, burst.every);
  const bursting = Math.floor(span / burst.every) * length + Math.min(length, span % burst.every);
  return usual + ((burst.rate - changeRate) * bursting) / 1000;
}

/** Bytes per second that a VM writes in the long run, its bursts spread over the time between them. */
export function averageRate({ changeRate, burst }: Vm): number {
  if (!burst || burst.rate <= changeRate) return changeRate;
  return changeRate + (burst.rate - changeRate) * Math.min(1, burst.for / burst.every);
}

// --- The WAN -----------------------------------------------------------------------------------

/**
 * What a link needs on top of the compressed change rate, for control traffic and resynchronisation:
 * 5 Mbit/s, from the vendor's sizing rule `Mbit/s = change rate / compression + 5` (ZDOC, initial
 * configuration).
 */
export const wanHeadroom = minWanBandwidth;

/** Bytes per second that the VPG puts on the wire in the long run, compressed. */
export function wireRate(vpg: Vpg): number {
  let rate = 0;
  for (const each of vpg.vms.values()) {
    const vm = each.vm.target;
    if (vm) rate += averageRate(vm) * wireShare(each);
  }
  return rate;
}

/** A VPG that crosses a link, with its bytes per second on the wire. */
export interface Crossing {
  readonly vpg: Vpg;
  readonly wire: number;
}

/** What the VPGs need of one direction of a link. */
export interface LinkNeed {
  readonly link: Link;
  /** True where it is the direction from the first network of `joins` to the second. */
  readonly forward: boolean;
  readonly vpgs: readonly Crossing[];
  /** Bytes per second of all of them. */
  readonly wire: number;
  /** The same with `wanHeadroom`: the bandwidth that would do. */
  readonly needed: number;
}

/** What each link has to carry, by direction. One pass over all VMs. */
export function linkNeeds(topology: Topology): readonly LinkNeed[] {
  const pathOf = createSitePaths(topology);
  const crossing = new Map<Link, Map<boolean, Crossing[]>>();
  for (const vpg of topology.vpgs.values()) {
    const from = vpg.from.target;
    const to = vpg.to.target;
    const wire = wireRate(vpg);
    if (!from || !to || wire === 0) continue;
    for (const { link, forward } of pathOf(from, to) ?? []) {
      let directions = crossing.get(link);
      if (!directions) crossing.set(link, (directions = new Map<boolean, Crossing[]>()));
      let vpgs = directions.get(forward);
      if (!vpgs) directions.set(forward, (vpgs = []));
      vpgs.push({ vpg, wire });
    }
  }
  const needs: LinkNeed[] = [];
  for (const [link, directions] of crossing) {
    for (const [forward, vpgs] of directions) {
      const wire = vpgs.reduce((sum, each) => sum + each.wire, 0);
      needs.push({ link, forward, vpgs, wire, needed: wire + wanHeadroom });
    }
  }
  return needs;
}

// --- Journals, replicas and scratch ------------------------------------------------------------

/**
 * Bytes of journal that the VM needs for the history of its VPG: what it writes in that time, and a
 * tenth more (the vendor's sizing rule: `change rate x history + 10 %`). As written, uncompressed: how
 * far journaled data can be compressed is not known before it is there.
 */
export function journalNeed({ vm, vpg }: ProtectedVm): number {
  if (!vm.target) return 0;
  return writtenWithin(vm.target, vpg.journal.history) * (1 + journalHeadroom);
}

/** Least hard limit that the recovery site of the VPG takes: 8 GiB, on Azure 10 GB (ZDOC). */
export function leastHardLimit(vpg: Vpg): number {
  return vpg.to.target?.platform === 'azure' ? 10e9 : minHardLimit;
}

/** Bytes of the disks of the VM, which its replica takes. */
export function replicaSize({ vm }: ProtectedVm): number {
  let bytes = 0;
  for (const disk of vm.target?.disks.values() ?? []) bytes += disk.size;
  return bytes;
}

/** Bytes that the journal of the VM will take: what it needs, at most its hard limit. */
export function journalSize(protectedVm: ProtectedVm): number {
  const { hardLimit } = protectedVm.vpg.journal;
  return Math.min(hardLimit ?? Infinity, journalNeed(protectedVm));
}

/** Bytes that a failover test of the VM may write: its hard limit, at most what its disks hold. */
export function scratchSize(protectedVm: ProtectedVm): number {
  const { hardLimit } = protectedVm.vpg.scratch;
  return Math.min(hardLimit ?? Infinity, replicaSize(protectedVm));
}

/** What all VPGs together put on a datastore, in bytes. */
export interface DatastoreNeed {
  readonly datastore: Datastore;
  readonly replicas: number;
  readonly journals: number;
  readonly scratch: number;
  /** 12.5 GB for each VRA on it. */
  readonly vras: number;
  /** The sum of all of these. */
  readonly total: number;
  /** What of today's free space is left then; negative where it does not fit. */
  readonly left: number;
  /** What has to be left: 30 GB or 15 % of the capacity, whichever is more (`limits.ts`). */
  readonly floor: number;
  /** By how much it would have to grow, floor included, which grows with it; 0 where it is large enough. */
  readonly more: number;
}

/**
 * The need of every datastore that a VPG recovers to. The journal lies on the journal datastore of the
 * VPG, where it has one; a replica and the scratch of its tests lie on the VM's own. One pass.
 */
export function datastoreNeeds(topology: Topology): readonly DatastoreNeed[] {
  const sums = new Map<Datastore, { replicas: number; journals: number; scratch: number }>();
  const sumOf = (datastore: Datastore) => {
    let sum = sums.get(datastore);
    if (!sum) sums.set(datastore, (sum = { replicas: 0, journals: 0, scratch: 0 }));
    return sum;
  };
  for (const vpg of topology.vpgs.values()) {
    for (const each of vpg.vms.values()) {
      const own = each.datastore.target;
      if (own) {
        sumOf(own).replicas += replicaSize(each);
        sumOf(own).scratch += scratchSize(each);
      }
      const journal = vpg.journal.datastore ? vpg.journal.datastore.target : own;
      if (journal) sumOf(journal).journals += journalSize(each);
    }
  }
  const vras = new Map<Datastore, number>();
  for (const site of topology.sites.values()) {
    for (const { vra } of site.hosts.values()) {
      const datastore = vra?.datastore.target;
      if (datastore) vras.set(datastore, (vras.get(datastore) ?? 0) + vraDatastoreSpace);
    }
  }
  return [...sums].map(([datastore, { replicas, journals, scratch }]) => {
    const ofVras = vras.get(datastore) ?? 0;
    const total = replicas + journals + scratch + ofVras;
    const left = datastore.free - total;
    const floor = Math.max(datastoreFloor, datastoreFloorShare * datastore.capacity);
    const more = Math.max(
      datastoreFloor - left,
      (datastoreFloorShare * datastore.capacity - left) / (1 - datastoreFloorShare),
      0,
    );
    return { datastore, replicas, journals, scratch, vras: ofVras, total, left, floor, more };
  });
}
