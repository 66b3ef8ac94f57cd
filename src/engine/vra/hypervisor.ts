/**
 * What a VRA asks of the host that it runs on: the power of its VMs, and recovered VMs. In a simulated
 * world the lab answers.
 */
import type { DiskFile } from '../disk/open-disks.ts';
import type { Image } from '../journal/journal.ts';

/** `problem` says why it could not be done. */
export type HostAnswer = (problem: string | undefined) => void;

export interface Hypervisor {
  /** `shut-down` needs the guest's help; `off` pulls the plug. What is so already is a success. */
  power(vm: string, to: 'shut-down' | 'off' | 'on', done: HostAnswer): void;
  /** Starts a recovered VM with the disks of an image; one that runs with that image runs on. */
  run(vm: string, image: Image, done: HostAnswer): void;
  /** Ends a recovered VM. */
  discard(vm: string, done: HostAnswer): void;
  /** From now on the recovered VM's writes wait; `done` when none is under way. */
  hold(vm: string, done: HostAnswer): void;
  /** The VM goes on with these files as its disks, and belongs to this host from now on. */
  settle(vm: string, disks: readonly DiskFile[], done: HostAnswer): void;
  /** Gives up a VM whose disks become a replica: it is off from now on, and not of this host any more. */
  release(vm: string): void;
}
