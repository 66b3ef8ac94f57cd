/** Where a VPG stands in its life, and so what can be done with it. */
import type { LabSnapshot, Operation, VpgSnapshot } from '../../engine/api.ts';

/**
 * - `protected`: replicating, or at least meant to
 * - `paused`: by the user
 * - `testing`: a failover test is open, beside whatever else
 * - `undecided`: failed over or moved, and neither committed nor rolled back
 * - `busy`: being started, committed or rolled back
 * - `recovered`: committed, and nothing protects it
 */
export type VpgPhase = 'protected' | 'paused' | 'testing' | 'undecided' | 'busy' | 'recovered';

export function phaseOf(
  vpg: VpgSnapshot,
  { operations }: Pick<LabSnapshot, 'operations'>,
): VpgPhase {
  const { status, subStatus, testing } = vpg;
  if (subStatus === 'FailingOverBeforeCommit' || subStatus === 'MovingBeforeCommit') {
    return hasStarted(recoveryOf(vpg, operations)) ? 'undecided' : 'busy';
  }
  if (status === 'FailingOver' || status === 'Moving') return 'busy';
  if (status === 'Recovered') return 'recovered';
  if (testing) return 'testing';
  return subStatus === 'ReplicationPausedUserInitiated' ? 'paused' : 'protected';
}

/** The failover or move of a VPG that was begun last. */
export function recoveryOf(
  { name }: Pick<VpgSnapshot, 'name'>,
  operations: readonly Operation[],
): Operation | undefined {
  return operations.findLast(
    ({ verb, vpg }) => (verb === 'failover' || verb === 'move') && vpg === name,
  );
}

/** Whether the recovered VMs run: until then nothing can be decided. A report that was lost tells nothing. */
export function hasStarted(recovery: Operation | undefined): boolean {
  return recovery === undefined || recovery.rto !== undefined || recovery.outcome !== undefined;
}

export type VpgVerb =
  | 'failover-test'
  | 'stop-test'
  | 'failover'
  | 'commit'
  | 'rollback'
  | 'move'
  | 'clone'
  | 'reverse-protect'
  | 'pause'
  | 'resume'
  | 'force-sync'
  | 'checkpoint'
  | 'application-checkpoint'
  | 'boot'
  | 'browse-files';

/** Phases in which a verb makes sense. The engine has the last word, and says why where it refuses. */
const fits: Readonly<Record<VpgVerb, readonly VpgPhase[]>> = {
  'failover-test': ['protected', 'paused'],
  'stop-test': ['testing'],
  failover: ['protected', 'paused'],
  commit: ['undecided'],
  rollback: ['undecided'],
  move: ['protected'],
  clone: ['protected', 'paused', 'testing'],
  'reverse-protect': ['recovered'],
  pause: ['protected', 'testing'],
  resume: ['paused'],
  'force-sync': ['protected'],
  checkpoint: ['protected', 'testing'],
  'application-checkpoint': ['protected', 'testing'],
  boot: ['testing', 'undecided'],
  'browse-files': ['protected', 'paused', 'testing', 'undecided'],
};

export function fitsPhase(verb: VpgVerb, phase: VpgPhase): boolean {
  return fits[verb].includes(phase);
}
