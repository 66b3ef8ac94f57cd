/**
 * What reverse protection needs in the protected site once VPGs have failed over: their journals, on the
 * datastore where each VM has its first disk. The disks themselves are there already and become the replicas.
 *
 * Sizes are bytes.
 */
import { datastoreFloor, datastoreFloorShare, vraDatastoreSpace } from './limits.ts';
import type { Datastore, Topology, Vpg } from './model.ts';
import { datastoreNeeds, journalSize } from './sizing.ts';

export interface ReverseNeed {
  readonly datastore: Datastore;
  /** The VPGs whose VMs replicate back to it, in the order of the file. */
  readonly vpgs: readonly Vpg[];
  readonly journals: number;
  /** What recovers to it in any case, and the VRAs on it. */
  readonly others: number;
  /** What of today's free space is left then; negative where it does not fit. */
  readonly left: number;
  /** What has to be left, as in the sizing of datastores. */
  readonly floor: number;
  /** By how much it would have to grow; 0 where it is large enough. */
  readonly more: number;
  /** Whether it were large enough without reverse protection. */
  readonly fitsOtherwise: boolean;
}

/** Of every datastore that something would replicate back to. One pass over all VMs. */
export function reverseNeeds(topology: Topology): readonly ReverseNeed[] {
  const sums = new Map<Datastore, { vpgs: Set<Vpg>; journals: number }>();
  for (const vpg of topology.vpgs.values()) {
    if (!vpg.reverseProtection) continue;
    for (const each of vpg.vms.values()) {
      const [first] = each.vm.target?.disks.values() ?? [];
      const datastore = first?.datastore.target;
      if (!datastore) continue;
      let sum = sums.get(datastore);
      if (!sum) sums.set(datastore, (sum = { vpgs: new Set(), journals: 0 }));
      sum.vpgs.add(vpg);
      sum.journals += journalSize(each);
    }
  }
  if (sums.size === 0) return [];
  const recovering = new Map(datastoreNeeds(topology).map((need) => [need.datastore, need.total]));
  const vras = new Map<Datastore, number>();
  for (const site of topology.sites.values()) {
    for (const { vra } of site.hosts.values()) {
      const on = vra?.datastore.target;
      if (on) vras.set(on, (vras.get(on) ?? 0) + vraDatastoreSpace);
    }
  }
  return [...sums].map(([datastore, { vpgs, journals }]) => {
    const others = recovering.get(datastore) ?? vras.get(datastore) ?? 0;
    const share = datastoreFloorShare * datastore.capacity;
    const floor = Math.max(datastoreFloor, share);
    const left = datastore.free - others - journals;
    return {
      datastore,
      vpgs: [...vpgs],
      journals,
      others,
      left,
      floor,
      more: Math.max(datastoreFloor - left, (share - left) / (1 - datastoreFloorShare), 0),
      fitsOtherwise: datastore.free - others >= floor,
    };
  });
}
