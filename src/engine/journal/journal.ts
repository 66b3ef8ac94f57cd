/**
 * The journal of one stream: what the receiving VRA appends to, ages and opens images of. The public
 * types stand in `contract.ts` and are exported from here.
 */
import type { World } from '../world/world.ts';
import type { Journal, JournalAnswer, JournalOptions } from './contract.ts';

export type {
  CheckpointRun,
  Image,
  ImageOptions,
  Journal,
  JournalAnswer,
  JournalDisk,
  JournalDone,
  JournalOptions,
  JournalPosition,
  Marker,
  Retention,
} from './contract.ts';
export { JournalError } from './journal-error.ts';
export type { JournalErrorCode } from './journal-error.ts';

/**
 * Opens the journal in its folder, making it where there is none: cuts off a torn tail, finishes an
 * interrupted promotion and only then answers. Fails with `storage-failed`, `no-space`, or `corrupt`
 * where not even the watermark can be trusted; damage in a segment does not fail it, see
 * {@link Journal.damage}.
 */
export function openJournal(
  _world: World,
  _options: JournalOptions,
  _done: JournalAnswer<Journal>,
): void {
  throw new Error('being written');
}
