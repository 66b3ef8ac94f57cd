/** What the ZVMs of two paired sites say to each other (port 9071). */
import type { GapCause } from '../../topology/model.ts';
import type { CheckpointRun, Gap, TaggedCheckpoint } from '../api.ts';
import type { LostCheckpoints } from './catalogue.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { Instant } from '../world/world.ts';
import type { VpgLife } from './life.ts';
import type { PauseWord } from './pause.ts';

export type ZvmMessage =
  /** The first message on a connection. `startedAt` tells an outage of the ZVM from one of the path. */
  | { readonly kind: 'hello'; readonly site: string; readonly startedAt: Instant }
  /**
   * `vrasDown`: own VRAs that it does not hear. With it both ends name the same cause for a gap: the
   * protected side alone cannot tell a dead VRA of the peer from a cut link.
   */
  | { readonly kind: 'heartbeat'; readonly vrasDown?: readonly string[] }
  /** After a `hello`: what each side knows of the VPGs between them. */
  | { readonly kind: 'synchronize'; readonly vpgs: readonly VpgDigest[] }
  | { readonly kind: 'synchronized' }
  /** Asks to be paired (VRA-2); answered by `paired` or `pairing-refused`. */
  | { readonly kind: 'pair'; readonly site: string }
  | { readonly kind: 'paired'; readonly site: string }
  | {
      readonly kind: 'pairing-refused';
      readonly site: string;
      readonly missing: readonly string[];
    }
  /** Asks to take part in a VPG (VRA-2); answered by `vpg-created` or `vpg-refused`. */
  | { readonly kind: 'create-vpg'; readonly vpg: string }
  | { readonly kind: 'vpg-created'; readonly vpg: string }
  | { readonly kind: 'vpg-refused'; readonly vpg: string; readonly missing: readonly string[] }
  /** A person paused or resumed the VPG at the other side. */
  | {
      readonly kind: 'set-paused';
      readonly vpg: string;
      readonly word: PauseWord;
      /** Of the VPG: what was said before a commit says nothing about what came after it. */
      readonly generation: number;
    }
  /** A person asked the recovery side for a forced synchronization, which the protected side begins. */
  | { readonly kind: 'force-sync'; readonly vpg: string }
  | {
      readonly kind: 'force-sync-answered';
      readonly vpg: string;
      readonly refusal?: { readonly reason: string; readonly missing: readonly string[] };
    }
  /** A person asked the recovery side for a tagged checkpoint, which the protected side cuts. */
  | { readonly kind: 'tag-next'; readonly vpg: string; readonly tag: string }
  /** The protected site's ZVM is about to cut a checkpoint. */
  | {
      readonly kind: 'checkpoint-proposed';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly time: Instant;
      readonly tag?: string;
      readonly streams: readonly string[];
    }
  /**
   * The recovery site's ZVM is there to catalogue it. No marker is placed before: a journal may age past
   * everything older than its newest marker, so one that nobody catalogues could cost the last
   * checkpoint that exists (OUT-9).
   */
  | {
      readonly kind: 'checkpoint-accepted';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
    }
  /** Every sending VRA placed its marker and held its writes until the release. */
  | { readonly kind: 'checkpoint-sealed'; readonly vpg: string; readonly checkpoint: CheckpointId }
  | {
      readonly kind: 'checkpoint-abandoned';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly cause: GapCause;
    }
  /** The recovery site's ZVM has it in its catalogue: the promise is made. */
  | {
      readonly kind: 'checkpoint-catalogued';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly time: Instant;
      readonly tag?: string;
    }
  /** The journals hold nothing older than this one any more. */
  | { readonly kind: 'catalogue-trimmed'; readonly vpg: string; readonly oldest: CheckpointId }
  /** Corruption was found in a journal: these checkpoints cannot be recovered any more. */
  | { readonly kind: 'checkpoints-lost'; readonly vpg: string; readonly lost: LostCheckpoints }
  /** An existing checkpoint got a tag ("Tested at ..."). */
  | {
      readonly kind: 'checkpoint-tagged';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly tag: string;
      readonly application: boolean;
    }
  /** The VPG has come to another part of its life; who knows of a later one says so. */
  | { readonly kind: 'vpg-life'; readonly vpg: string; readonly life: VpgLife }
  /** `passedAt`: it has ended just now, and passed. */
  | {
      readonly kind: 'test-running';
      readonly vpg: string;
      readonly running: boolean;
      readonly passedAt?: Instant | undefined;
    };

export interface VpgDigest {
  readonly vpg: string;
  /** The last checkpoint that this side has catalogued or been told of. */
  readonly lastCheckpoint: CheckpointId | undefined;
  readonly lastCheckpointTime: Instant | undefined;
  /** What was lost last with a part of a journal. */
  readonly lost?: LostCheckpoints | undefined;
  /**
   * The whole catalogue, a handful of runs. The recovery side's is the one that counts: the protected
   * side takes it over, and the recovery side only what it lost of its tail in a crash.
   */
  readonly runs: readonly CheckpointRun[];
  readonly tagged: readonly TaggedCheckpoint[];
  /** All that have ended. */
  readonly gaps: readonly Gap[];
  /** Undefined: nobody has paused it in this generation. */
  readonly pause?: PauseWord | undefined;
  /** Undefined: it has never been failed over. */
  readonly life?: VpgLife | undefined;
}
