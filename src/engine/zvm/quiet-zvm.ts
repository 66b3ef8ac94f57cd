/** A ZVM that has nothing to do but to make checkpoints, so that it may leap over a stretch of time. */
import type { CheckpointRun } from '../api.ts';
import type { Instant } from '../world/world.ts';
import type { Checkpoint } from './catalogue.ts';
import type { PlannedVpg } from './plan.ts';

/** A VPG whose checkpoints come. */
export interface QuietVpg {
  readonly plan: PlannedVpg;
  readonly newest: Checkpoint;
}

/** The checkpoints of a VPG in such a stretch. */
export interface LeaptVpg {
  readonly vpg: string;
  readonly run: CheckpointRun;
  /** Milliseconds from the last of them to the end of the stretch. */
  readonly age: number;
}

export interface QuietZvm {
  readonly vpgs: readonly QuietVpg[];
  /** When something becomes due by time alone, by the ZVM's clock; infinity: nothing. */
  readonly until: Instant;
  /** The checkpoints have been made and stand in the journals. Called at the end of the stretch. */
  leapt(vpgs: readonly LeaptVpg[]): void;
}
