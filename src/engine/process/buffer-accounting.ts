/** When the garbage of an engine process is collected. */
import { versions } from 'node:process';
import { setFlagsFromString } from 'node:v8';

/**
 * The V8 that this was measured with, that of Node 24: an older one does not know the flag, and says so on standard
 * error; a later one may do without being told.
 */
const knownTo = '13.6.';

/**
 * Counts the buffers that data passes through as a part of the heap. By default V8 marks the whole heap again for every
 * 64 MiB of buffers, however little is on it: at 130 MB/s of large writes that is ten times a second and a quarter
 * of the main thread's time (`bench/README.md`).
 */
export function countBuffersAsHeap(): void {
  if (versions.v8.startsWith(knownTo)) {
    setFlagsFromString('--external-memory-accounted-in-global-limit');
  }
}
