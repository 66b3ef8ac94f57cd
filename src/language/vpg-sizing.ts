/** What a VPG takes at its recovery site and on the way there, from what the file says of its VMs. */
import { journalHeadroom } from '../topology/limits.ts';
import type { ProtectedVm, Vm, Vpg } from '../topology/model.ts';
import { peakRate, wireShare } from '../topology/sizing.ts';

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

/** Bytes per second that the VM writes on average over its bursts and the time between them. */
export function averageRate({ changeRate, burst }: Vm): number {
  if (!burst) return changeRate;
  const share = Math.min(1, burst.for / burst.every);
  return changeRate * (1 - share) + burst.rate * share;
}

/** The vendor's rule: what is written in the journal history, and a tenth on top (ZDOC). */
export function journalNeed(protectedVm: ProtectedVm): number {
  const vm = protectedVm.vm.target;
  if (!vm) return 0;
  return averageRate(vm) * (protectedVm.vpg.journal.history / 1000) * (1 + journalHeadroom);
}

export function sizingOf(vpg: Vpg): VpgSizing {
  let [vms, disks, replicas, written, peak, wire, journal] = [0, 0, 0, 0, 0, 0, 0];
  let largest: VpgSizing['largest'];
  for (const protectedVm of vpg.vms.values()) {
    const vm = protectedVm.vm.target;
    if (!vm) continue;
    const need = journalNeed(protectedVm);
    vms += 1;
    disks += vm.disks.size;
    for (const { size } of vm.disks.values()) replicas += size;
    written += averageRate(vm);
    peak += peakRate(protectedVm);
    wire += averageRate(vm) * wireShare(protectedVm);
    journal += need;
    if (!largest || need > largest.journal) largest = { vm: vm.name, journal: need };
  }
  return { vms, disks, replicas, written, peak, wire, journal, largest };
}
