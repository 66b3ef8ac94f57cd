/** When the garbage of an engine process is collected. */
import { versions } from 'node:process';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The V8 that this was measured with, that of Node 24: an older one does not know the flag, and says so on standard
 * error; a later one may do without being told.
 */
const knownTo = '13.6.';

/** Milliseconds between two looks at the buffers. */
const interval = 250;
/** Bytes of buffers, besides those that were in use behind the last collection, at which the next one is due. */
export const mostGarbage = 512 * 1024 * 1024;

/**
 * Has the garbage of buffers collected for every 512 MiB that data has passed through. By default V8 marks the whole heap
 * again for every 64 MiB, however little is on it: at 130 MB/s of large writes that is ten times a second and a quarter
 * of the main thread's time. Counted as a part of the heap they do not make it do so any more, but then it lets
 * gigabytes of them gather (`bench/README.md`).
 */
export function collectBuffersSeldom(): void {
  if (!versions.v8.startsWith(knownTo)) return;
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  const look = collectorOf(() => getHeapStatistics().external_memory, collect);
  setInterval(look, interval).unref();
}

/** What looks at how many bytes of buffers there are, and collects where that is due. */
export function collectorOf(bytes: () => number, collect: () => void): () => void {
  let inUse = bytes();
  return () => {
    // V8 may have collected by itself.
    inUse = Math.min(inUse, bytes());
    if (bytes() < inUse + mostGarbage) return;
    collect();
    inUse = bytes();
  };
}
