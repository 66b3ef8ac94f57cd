/** What the tree consists of. */
import type { VpgSnapshot } from '../engine/api.ts';
import type { Outline, OutlineNode } from '../language/protocol.ts';
import type { CheckpointRow } from './checkpoint-rows.ts';

export type TreeNode =
  | { readonly kind: 'file'; readonly outline: Outline; readonly runs: boolean }
  | { readonly kind: 'entry'; readonly uri: string; readonly node: OutlineNode }
  | {
      readonly kind: 'checkpoints';
      readonly uri: string;
      readonly vpg: VpgSnapshot;
      /** What left them: a drill, or the running lab where there is no name. */
      readonly drill: string | undefined;
      /** The file has been changed since. */
      readonly stale: boolean;
    }
  | {
      readonly kind: 'row';
      readonly uri: string;
      readonly vpg: string;
      readonly row: CheckpointRow;
      /** The time of the lab that it is of; undefined: times count from the start of a drill. */
      readonly now: number | undefined;
    }
  | {
      readonly kind: 'more';
      readonly uri: string;
      readonly vpg: VpgSnapshot;
      readonly left: number;
    };
