/**
 * The journal of one stream: what the receiving VRA appends to, ages and opens images of. The public
 * types stand in `contract.ts` and are exported from here.
 */
import { openReplicaDisks } from '../disk/replica-disk.ts';
import type { World } from '../world/world.ts';
import type { Journal, JournalAnswer, JournalDone, JournalOptions } from './contract.ts';
import { JournalCore } from './journal-core.ts';
import type { Loaded } from './journal-core.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { BEGINNING } from './place.ts';
import { listSegments, loadSegments } from './recover.ts';
import { streamHash } from './segment-codec.ts';
import { SegmentFiles } from './segment-files.ts';
import { JournalShell } from './shell.ts';
import { WatermarkStore } from './watermark-store.ts';

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
  JournalRange,
  Marker,
  Retention,
} from './contract.ts';
export { JournalError } from './journal-error.ts';
export type { JournalErrorCode } from './journal-error.ts';

/**
 * Opens the journal in its folder, making it where there is none: cuts off a torn tail, finishes an
 * interrupted promotion and only then answers. Fails with `storage-failed` or `no-space`; damage does
 * not fail it, see {@link Journal.damage}. Where not even the watermark can be trusted, nothing that is
 * there is offered, and nothing of it is touched before a full sync has begun to arrive.
 */
export function openJournal(
  world: World,
  options: JournalOptions,
  done: JournalAnswer<Journal>,
): void {
  const { storage } = world;
  const { journalFolder, replicaFolder, disks } = options;
  const stream = streamHash(options.stream);
  const files = new SegmentFiles(storage, journalFolder);
  const opened: { close(): void }[] = [];
  const fail = (error: JournalError | undefined): void => {
    files.closeAll();
    for (const each of opened) each.close();
    const unknown = new JournalError('storage-failed', journalFolder, 'the journal did not open');
    done(error ?? unknown, undefined);
  };
  const recovery = { storage, folder: journalFolder, files, stream };
  listSegments(recovery, (unlisted, ids) => {
    if (unlisted !== undefined) {
      fail(unlisted);
      return;
    }
    const fresh = ids.length === 0;
    WatermarkStore.open(storage, journalFolder, stream, fresh, (unknown, store, stored) => {
      if (store === undefined) {
        fail(unknown);
        return;
      }
      opened.push(store);
      const load = (take: JournalAnswer<Loaded>): void => {
        if (unknown === undefined) loadSegments(recovery, ids, stored, take);
        else take(undefined, nothingTrusted(ids, unknown));
      };
      load((unloaded, loaded) => {
        if (loaded === undefined) {
          fail(unloaded);
          return;
        }
        openReplicaDisks(world, replicaFolder, disks, (failure, replica) => {
          if (replica === undefined) {
            fail(failure && storageFailure(failure, 'opening the replica disks'));
            return;
          }
          opened.push(replica);
          const core = new JournalCore<JournalDone>(options, loaded);
          const { position } = stored;
          const parts = { world, options, core, files, store, replica, position };
          const journal = new JournalShell(parts);
          journal.redo((undone) => {
            if (undone === undefined) done(undefined, journal);
            else fail(undone);
          });
        });
      });
    });
  });
}

/** Nobody knows how far the replica disks are, so no segment can be laid over them. */
function nothingTrusted(ids: readonly number[], damage: JournalError): Loaded {
  const nextId = (ids.at(-1) ?? 0) + 1;
  return { segments: [], nextId, watermark: BEGINNING, applied: BEGINNING, damage };
}
