/** What reads the files of a disk that an engine serves. Loaded when somebody looks into the first one. */
import { openReadableDisk, type ReadableRemoteDisk } from '../../engine/nbd/readable-disk.ts';
import { systemClock } from '../../engine/process/system-clock.ts';
import { createNodeStreams } from '../../engine/world/node/streams.ts';
import { DiskBrowser } from '../../restore/disk-browser.ts';

/** Milliseconds that a read waits for an engine that does not answer. */
const patience = 10_000;

/** `subject` is what messages call the disk. Both are the caller's to close. */
export async function openDiskBrowser(
  uri: string,
  subject: string,
): Promise<{ readonly browser: DiskBrowser; readonly disk: ReadableRemoteDisk }> {
  const streams = createNodeStreams();
  const disk = await openReadableDisk({ streams, clock: systemClock, uri, subject, patience });
  return { browser: new DiskBrowser(disk), disk };
}
