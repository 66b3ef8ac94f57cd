/** A recovery report as data: what `tidemark reports --format json` prints, and what is kept as JSON beside the state. */
import type { Operation } from '../engine/api.ts';
import { bootGroupsOf, reachedRpo, type RecoveryContext } from './recovery-context.ts';

/** Times are ISO 8601 in UTC, durations seconds; what is not known is null. */
export interface RecoveryData {
  readonly id: string;
  readonly verb: string;
  readonly vpg: string;
  readonly site: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly vms: readonly string[];
  /** Where the operation starts VMs: those that start together, in their order. */
  readonly bootGroups: readonly {
    readonly group: number | null;
    readonly vms: readonly string[];
  }[];
  readonly at: string;
  readonly ended: string | null;
  readonly result: string;
  readonly outcome: string | null;
  readonly checkpoint: { readonly id: number; readonly time: string } | null;
  readonly rpo: number | null;
  readonly targetRpo: number | null;
  readonly rto: number | null;
  readonly targetRto: number | null;
  readonly shortfalls: readonly string[];
  readonly reason: string | null;
  readonly missing: readonly string[];
  readonly notes: string | null;
  readonly steps: readonly {
    readonly what: string;
    readonly at: string;
    readonly result: string;
  }[];
}

export function recoveryData(operation: Operation, context: RecoveryContext): RecoveryData {
  const { checkpoint } = operation;
  return {
    id: operation.id,
    verb: operation.verb,
    vpg: operation.vpg,
    site: operation.site ?? null,
    from: context.from ?? null,
    to: context.to ?? null,
    vms: operation.vms ?? context.vms ?? [],
    bootGroups: bootGroupsOf(operation, context).map(({ group, vms }) => ({
      group: group ?? null,
      vms,
    })),
    at: iso(operation.at),
    ended: operation.ended === undefined ? null : iso(operation.ended),
    result: operation.result,
    outcome: operation.outcome ?? null,
    checkpoint: checkpoint ? { id: checkpoint.id, time: iso(checkpoint.time) } : null,
    rpo: seconds(reachedRpo(operation)),
    targetRpo: seconds(context.targetRpo),
    rto: seconds(operation.rto),
    targetRto: seconds(context.targetRto),
    shortfalls: operation.shortfalls ?? [],
    reason: operation.reason ?? null,
    missing: operation.missing ?? [],
    notes: operation.notes ?? null,
    steps: operation.steps.map(({ what, at, result }) => ({ what, at: iso(at), result })),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function seconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : milliseconds / 1000;
}
