/** What a ZVM remembers over a restart, as records that are appended to a log on its storage. */
import type { Alert, CheckpointRun, Gap, Operation, TaggedCheckpoint } from '../api.ts';
import type { LostCheckpoints } from './catalogue.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { Instant } from '../world/world.ts';
import type { VpgLife } from './life.ts';

/** What has been deployed so far (VRA-2). */
export interface Deployment {
  readonly licensed: boolean;
  /** `Site/host`. */
  readonly vras: readonly string[];
  readonly paired: readonly string[];
  readonly vpgs: readonly string[];
}

export const nothingDeployed: Deployment = { licensed: false, vras: [], paired: [], vpgs: [] };

export interface VpgState extends VpgMarks {
  readonly runs: readonly CheckpointRun[];
  readonly tagged: readonly TaggedCheckpoint[];
  readonly gaps: readonly Gap[];
}

/** What is remembered of a VPG beside its checkpoints. */
export interface VpgMarks {
  readonly paused: boolean;
  /** The number of the word that paused or resumed it last; undefined: nobody has. */
  readonly pauseVersion?: number | undefined;
  /** Whether the journal has ever held the configured history: before it, a short one is no alert. */
  readonly filled: boolean;
  /** Since when a test is due, and when one passed last. */
  readonly since?: Instant | undefined;
  readonly testedAt?: Instant | undefined;
  /** Undefined: it has never been failed over. */
  readonly life?: VpgLife | undefined;
  /** VMs that were shut down for a recovery that came to nothing, and are still to be started again. */
  readonly toStart?: readonly string[] | undefined;
  /** What was lost last, so that a peer that has not heard of it does not bring it back. */
  readonly lost?: LostCheckpoints | undefined;
}

/** Everything at once, for the head of a rewritten log. */
export interface ZvmState {
  readonly deployment: Deployment;
  readonly vpgs: Readonly<Record<string, VpgState>>;
  readonly alerts: readonly Alert[];
  readonly operations: readonly Operation[];
  /** The last time at which it was surely up; undefined before the first start. */
  readonly alive: Instant | undefined;
}

export type StateRecord =
  | { readonly kind: 'state'; readonly state: ZvmState }
  | { readonly kind: 'deployment'; readonly deployment: Deployment }
  | {
      readonly kind: 'checkpoint';
      readonly vpg: string;
      readonly id: CheckpointId;
      readonly time: Instant;
      readonly tag?: string | undefined;
    }
  | {
      readonly kind: 'tag';
      readonly vpg: string;
      readonly id: CheckpointId;
      readonly tag: string;
      readonly application?: boolean;
    }
  | { readonly kind: 'trim'; readonly vpg: string; readonly oldest: CheckpointId }
  | {
      readonly kind: 'catalogue';
      readonly vpg: string;
      readonly runs: readonly CheckpointRun[];
      readonly tagged: readonly TaggedCheckpoint[];
    }
  /** Checkpoints were lost with a part of a journal; `from` and `to`: times of those left beside them. */
  | {
      readonly kind: 'lost';
      readonly vpg: string;
      readonly lost: LostCheckpoints;
      readonly from?: Instant | undefined;
      readonly to?: Instant | undefined;
    }
  /** Replaces the gap that begins at the same time. */
  | { readonly kind: 'gap'; readonly vpg: string; readonly gap: Gap }
  | ({ readonly kind: 'vpg'; readonly vpg: string } & VpgMarks)
  /** A commit: what was kept of the checkpoints and gaps of the other direction is void. */
  | { readonly kind: 'turned'; readonly vpg: string }
  /** Replaces the alert that the same number stands for. */
  | { readonly kind: 'alert'; readonly index: number; readonly alert: Alert }
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'alive'; readonly at: Instant };
