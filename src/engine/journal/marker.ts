import type { Instant } from '../world/world.ts';
import type { CheckpointId } from './frame.ts';

export interface Marker {
  readonly checkpoint: CheckpointId;
  /** By the protected ZVM's clock. */
  readonly time: Instant;
}
