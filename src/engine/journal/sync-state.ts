/** Which sync a stream is in, entry by entry. Inside one no checkpoint can be served (law 4). */
import type { FrameEntry, SyncKind } from './frame.ts';

/**
 * An initial or delta sync brings everything over, a bitmap sync only what changed. Therefore an
 * unfinished initial or delta sync is not mended by a bitmap sync that ends.
 */
export function syncAfter(open: SyncKind | undefined, entry: FrameEntry): SyncKind | undefined {
  if (entry.kind === 'sync-begin') {
    return open === undefined || open === 'bitmap' ? entry.sync : open;
  }
  if (entry.kind === 'sync-end') {
    return open === 'bitmap' || entry.sync !== 'bitmap' ? undefined : open;
  }
  return open;
}
