/**
 * What a deployment needs: bandwidth, journals, scratch, replicas, buffers and datastores, by the
 * functions that the linter judges with, so that a plan and a finding say the same number.
 *
 * Sizes are bytes, rates bytes per second, durations milliseconds.
 */
import { forecastReceiving, forecastSending } from '../topology/buffer-forecast.ts';
import {
  checkpointInterval,
  receiveBufferShare,
  sendBufferShare,
  vraBufferPool,
} from '../topology/limits.ts';
import type { ProtectedVm, Topology, Vpg, Vra } from '../topology/model.ts';
import {
  averageRate,
  datastoreNeeds,
  journalNeed,
  linkNeeds,
  peakRate,
  replicaSize,
  scratchSize,
  slowestRate,
  wanHeadroom,
  wireRate,
  wireShare,
  writtenWithin,
} from '../topology/sizing.ts';

export interface VmPlan {
  readonly vm: string;
  /** What it writes in the long run, bursts spread over the time between them. */
  readonly average: number;
  readonly peak: number;
  /** The average, compressed where the VPG compresses. */
  readonly wire: number;
  /** What it writes at most within the journal history. */
  readonly written: number;
  readonly journal: number;
  readonly replica: number;
  readonly scratch: number;
  /** Whether the hard limit holds the journal. */
  readonly journalFits: boolean;
}

export type Totals = Readonly<
  Record<'average' | 'wire' | 'written' | 'journal' | 'replica' | 'scratch', number>
>;

export interface VpgPlan {
  readonly vpg: string;
  readonly from: string;
  readonly to: string;
  readonly history: number;
  readonly compression: boolean;
  /** Of each VM's journal; undefined for unlimited. */
  readonly hardLimit: number | undefined;
  readonly vms: readonly VmPlan[];
  readonly total: Totals;
}

export interface LinkPlan {
  readonly link: string;
  readonly from: string;
  readonly to: string;
  readonly vpgs: readonly string[];
  readonly wire: number;
  readonly headroom: number;
  readonly needed: number;
  readonly bandwidth: number;
  /** At the slowest time of day. */
  readonly slowest: number;
  readonly fits: boolean;
}

export interface DatastorePlan {
  readonly datastore: string;
  readonly site: string;
  readonly replicas: number;
  readonly journals: number;
  readonly scratch: number;
  readonly vras: number;
  readonly total: number;
  readonly free: number;
  /** Negative where it does not fit. */
  readonly left: number;
  /** What has to be left. */
  readonly floor: number;
  readonly fits: boolean;
}

export interface BufferPlan {
  readonly vra: string;
  readonly site: string;
  readonly role: 'sending' | 'receiving';
  readonly memory: number;
  readonly pool: number;
  /** The part of the pool that this role may fill. */
  readonly share: number;
  readonly usable: number;
  /** What has to wait in it at worst. */
  readonly waiting: number;
  /** Until it is full; undefined where it never is. */
  readonly fullAfter: number | undefined;
  /** Memory that would do; undefined where none would. */
  readonly enough: number | undefined;
  readonly fits: boolean;
}

export interface Plan {
  readonly vpgs: readonly VpgPlan[];
  /** Of all VPGs. A VM in several VPGs counts in each: each replicates it once more. */
  readonly total: Totals;
  readonly links: readonly LinkPlan[];
  readonly datastores: readonly DatastorePlan[];
  /** VRAs whose VMs burst, and VRAs that something recovers to. */
  readonly buffers: readonly BufferPlan[];
  /** Whether all of it fits. */
  readonly fits: boolean;
}

/** The plan of all VPGs, in the order of the file. Each part takes one pass over all VMs. */
export function planOf(topology: Topology): Plan {
  const vpgs = [...topology.vpgs.values()].map(vpgPlan);
  const links = linkPlans(topology);
  const datastores = datastorePlans(topology);
  const buffers = [...sendingPlans(topology), ...receivingPlans(topology)];
  const fits =
    vpgs.every(({ vms }) => vms.every(({ journalFits }) => journalFits)) &&
    [...links, ...datastores, ...buffers].every((each) => each.fits);
  return { vpgs, total: sumOf(vpgs.map(({ total }) => total)), links, datastores, buffers, fits };
}

function sumOf(parts: readonly Totals[]): Totals {
  const sum = { average: 0, wire: 0, written: 0, journal: 0, replica: 0, scratch: 0 };
  for (const part of parts) {
    sum.average += part.average;
    sum.wire += part.wire;
    sum.written += part.written;
    sum.journal += part.journal;
    sum.replica += part.replica;
    sum.scratch += part.scratch;
  }
  return sum;
}

function vpgPlan(vpg: Vpg): VpgPlan {
  const vms = [...vpg.vms.values()].map((each) => vmPlan(each));
  return {
    vpg: vpg.name,
    from: vpg.from.name,
    to: vpg.to.name,
    history: vpg.journal.history,
    compression: vpg.compression,
    hardLimit: vpg.journal.hardLimit,
    vms,
    total: { ...sumOf(vms), wire: wireRate(vpg) },
  };
}

function vmPlan(protectedVm: ProtectedVm): VmPlan {
  const { vpg, name } = protectedVm;
  const vm = protectedVm.vm.target;
  const average = vm ? averageRate(vm) : 0;
  const journal = journalNeed(protectedVm);
  return {
    vm: name,
    average,
    peak: peakRate(protectedVm),
    wire: average * wireShare(protectedVm),
    written: vm ? writtenWithin(vm, vpg.journal.history) : 0,
    journal,
    replica: replicaSize(protectedVm),
    scratch: scratchSize(protectedVm),
    journalFits: journal <= (vpg.journal.hardLimit ?? Infinity),
  };
}

function linkPlans(topology: Topology): readonly LinkPlan[] {
  return linkNeeds(topology).map(({ link, forward, vpgs, wire, needed }) => {
    const [from, to] = forward ? link.joins : [link.joins[1], link.joins[0]];
    return {
      link: link.name,
      from: from.name,
      to: to.name,
      vpgs: vpgs.map(({ vpg }) => vpg.name),
      wire,
      headroom: wanHeadroom,
      needed,
      bandwidth: link.bandwidth,
      slowest: slowestRate(link),
      fits: needed <= link.bandwidth,
    };
  });
}

function datastorePlans(topology: Topology): readonly DatastorePlan[] {
  return datastoreNeeds(topology).map(({ datastore, ...need }) => ({
    datastore: datastore.name,
    site: datastore.site.name,
    ...need,
    free: datastore.free,
    fits: need.left >= need.floor,
  }));
}

function sendingPlans(topology: Topology): readonly BufferPlan[] {
  return forecastSending(topology).map(({ vra, usable, peak, fullAfter, memory }) => ({
    ...bufferOf(vra, usable),
    role: 'sending',
    share: sendBufferShare,
    waiting: peak,
    fullAfter,
    enough: memory,
    fits: fullAfter === undefined,
  }));
}

/** The journal's storage may stall for one checkpoint interval; the buffer has to hold what arrives. */
function receivingPlans(topology: Topology): readonly BufferPlan[] {
  return forecastReceiving(topology).map((forecast) => {
    const { vra, usable, arriving, holds } = forecast;
    return {
      ...bufferOf(vra, usable),
      role: 'receiving',
      share: receiveBufferShare,
      waiting: (arriving * checkpointInterval) / 1000,
      fullAfter: holds < checkpointInterval ? holds : undefined,
      enough: forecast.memoryFor(checkpointInterval),
      fits: holds >= checkpointInterval,
    };
  });
}

function bufferOf(vra: Vra, usable: number) {
  const { host, site, memory } = vra;
  return { vra: host.name, site: site.name, memory, pool: vraBufferPool(memory), usable };
}
