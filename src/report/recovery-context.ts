/** What a recovery report tells beside its operation: what the topology says of the VPG, and where it leads. */
import type { Operation } from '../engine/api.ts';

/** VMs of a VPG that start together. */
export interface BootGroup {
  /** Its number in the topology; undefined for the VMs that no group of the boot order names. */
  readonly group: number | undefined;
  readonly vms: readonly string[];
}

export interface RecoveryContext {
  /** Sites that the VPG is protected at and recovered at. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Of the VPG. */
  readonly vms?: readonly string[] | undefined;
  /** In the order in which they start. */
  readonly bootGroups?: readonly BootGroup[] | undefined;
  /** Of the VPG, in milliseconds. */
  readonly targetRpo?: number | undefined;
  readonly targetRto?: number | undefined;
}

/** Verbs that start recovered VMs. */
const starting: ReadonlySet<string> = new Set(['failover-test', 'failover', 'move']);

/** Those groups of the VPG in which the operation starts VMs, and of these the VMs that it concerns. */
export function bootGroupsOf(
  { verb, vms }: Operation,
  { bootGroups = [] }: RecoveryContext,
): readonly BootGroup[] {
  if (!starting.has(verb)) return [];
  return bootGroups
    .map(({ group, vms: all }) => ({ group, vms: all.filter((vm) => vms?.includes(vm) ?? true) }))
    .filter((group) => group.vms.length > 0);
}

/** Milliseconds between the checkpoint and the moment of the request: what was lost, at most. */
export function reachedRpo({ at, checkpoint }: Operation): number | undefined {
  return checkpoint && Math.max(0, at - checkpoint.time);
}
