/** Where a VPG stands in its life, and so what can be done with it. */
import type { VpgSnapshot } from '../../engine/api.ts';

/**
 * - `protected`: replicating, or at least meant to
 * - `paused`: by the user
 * - `testing`: a failover test is open, beside whatever else
 * - `undecided`: failed over or moved, and neither committed nor rolled back
 * - `busy`: being started, committed or rolled back
 * - `recovered`: committed, and nothing protects it
 */
export type VpgPhase = 'protected' | 'paused' | 'testing' | 'undecided' | 'busy' | 'recovered';

export function phaseOf({ status, subStatus, testing }: VpgSnapshot): VpgPhase {
  if (subStatus === 'FailingOverBeforeCommit' || subStatus === 'MovingBeforeCommit') {
    return 'undecided';
  }
  if (status === 'FailingOver' || status === 'Moving') return 'busy';
  if (status === 'Recovered') return 'recovered';
  if (testing) return 'testing';
  return subStatus === 'ReplicationPausedUserInitiated' ? 'paused' : 'protected';
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
  | 'checkpoint';

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
};

export function fitsPhase(verb: VpgVerb, phase: VpgPhase): boolean {
  return fits[verb].includes(phase);
}
