/**
 * Where a VPG stands beside its replication: protected, or somewhere between a failover (or a move) and
 * its end. Both ZVMs keep it, and neither acts on an older word than it has.
 *
 * The generation is what keeps two sides that both believe to be the protected one apart: it grows by one
 * with every commit, it is part of every stream's name, and the site that protects follows from it. A
 * side that missed a commit speaks of streams that nobody takes any more (NET-11).
 */
import type { Instant } from '../world/world.ts';

export type RecoveryVerb = 'failover' | 'move';
export type CommitPolicy = 'none' | 'commit' | 'rollback';

export type VpgLife = {
  /** How many failovers and moves have been committed. Even: it protects as the topology says. */
  readonly generation: number;
  /** Grows with every change within a generation. */
  readonly version: number;
} & (
  | { readonly phase: 'protected' }
  /** Committed without reverse protection: nobody protects the recovered VMs. */
  | { readonly phase: 'recovered' }
  | ({ readonly phase: RecoveryPhase } & Recovery)
);

export type RecoveryPhase =
  /** The recovered VMs are being made; a move drains its source. */
  'starting' | 'before-commit' | 'committing' | 'rolling-back';

/** A failover or a move under way. */
export interface Recovery {
  readonly verb: RecoveryVerb;
  /** The operation, and the site whose ZVM runs it. */
  readonly operation: string;
  readonly site: string;
  readonly checkpoint: { readonly id: number; readonly time: Instant } | undefined;
  /** VMs that were shut down for it. */
  readonly shutDown: readonly string[];
  readonly reverseProtection: boolean;
  readonly policy: CommitPolicy;
  /** Milliseconds that there are for a decision, from the moment at which the recovered VMs run. */
  readonly wait: number;
  /** When the policy is carried out; undefined before the recovered VMs run, and with `none`. */
  readonly deadline: Instant | undefined;
}

export type LifeInRecovery = Extract<VpgLife, Recovery>;

export const freshLife: VpgLife = { generation: 0, version: 0, phase: 'protected' };

export function inRecovery(life: VpgLife): life is LifeInRecovery {
  return life.phase !== 'protected' && life.phase !== 'recovered';
}

/** Whether a life says something that another does not know yet. */
export function isNewer(life: VpgLife, than: VpgLife): boolean {
  if (life.generation !== than.generation) return life.generation > than.generation;
  if (life.version !== than.version) return life.version > than.version;
  // Two ZVMs that were apart: one has committed with reverse protection and the other without, or one has
  // ended a rollback of which the other has just learned that it came first.
  return life.phase === 'protected' && than.phase !== 'protected';
}

/** How a recovery has ended where one life was followed by another; undefined where it has not. */
export function endBetween(
  before: LifeInRecovery,
  after: VpgLife,
): 'committed' | 'rolled-back' | undefined {
  if (after.generation > before.generation) return 'committed';
  return after.phase === 'protected' ? 'rolled-back' : undefined;
}

/** The next word within a generation. */
export function lifeAfter(
  { generation, version }: VpgLife,
  next: (Recovery & { phase: RecoveryPhase }) | { phase: 'protected' },
): VpgLife {
  return { ...next, generation, version: version + 1 };
}

/** The recovered side is the protected one from now on, or will be once it is protected in reverse. */
export function committedLife({ generation }: VpgLife, reverseProtection: boolean): VpgLife {
  const phase = reverseProtection ? 'protected' : 'recovered';
  return { generation: generation + 1, version: 0, phase };
}

/** Protects what was committed without protection. */
export function protectedAgain({ generation, version }: VpgLife): VpgLife {
  return { generation, version: version + 1, phase: 'protected' };
}
