/** What a VPG takes at its recovery site and on the way there, from what the file says of its VMs. */
import type { Vpg } from '../topology/model.ts';
import { averageRate, journalNeed, peakRate, replicaSize, wireRate } from '../topology/sizing.ts';

export interface VpgSizing {
  /** VMs of the VPG whose entry in the protected site could be read. */
  readonly vms: number;
  readonly disks: number;
  /** Bytes of the replica disks, which are as large as the protected ones. */
  readonly replicas: number;
  /** Bytes per second that the VMs write on average, bursts included. */
  readonly written: number;
  /** Bytes per second that the VMs write if all their bursts fall together. */
  readonly peak: number;
  /** Bytes per second of `written` that cross the WAN. */
  readonly wire: number;
  /** Bytes of all journals together that the journal history takes. */
  readonly journal: number;
  /** Bytes of the largest journal of one VM, and that VM. */
  readonly largest: { readonly vm: string; readonly journal: number } | undefined;
}

export function sizingOf(vpg: Vpg): VpgSizing {
  let [vms, disks, replicas, written, peak, journal] = [0, 0, 0, 0, 0, 0];
  let largest: VpgSizing['largest'];
  for (const protectedVm of vpg.vms.values()) {
    const vm = protectedVm.vm.target;
    if (!vm) continue;
    const need = journalNeed(protectedVm);
    vms += 1;
    disks += vm.disks.size;
    replicas += replicaSize(protectedVm);
    written += averageRate(vm);
    peak += peakRate(protectedVm);
    journal += need;
    if (!largest || need > largest.journal) largest = { vm: vm.name, journal: need };
  }
  return { vms, disks, replicas, written, peak, wire: wireRate(vpg), journal, largest };
}
