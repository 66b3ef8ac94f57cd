/** Picks a checkpoint of a VPG. */
import type { VpgSnapshot } from '../../src/engine/api.ts';

/** The id of a checkpoint, from 0 (the oldest) to 1 (the newest). */
export function pickOf({ checkpoints }: VpgSnapshot, share: number): number | undefined {
  let left = Math.min(checkpoints.count - 1, Math.floor(share * checkpoints.count));
  for (const { firstId, count } of checkpoints.runs) {
    if (left < count) return firstId + left;
    left -= count;
  }
  return undefined;
}
