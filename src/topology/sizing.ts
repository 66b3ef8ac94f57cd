/** The arithmetic of sizing a VRA: volumes, rates on the wire, memory. */
import type { Link, ProtectedVm } from './model.ts';
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
