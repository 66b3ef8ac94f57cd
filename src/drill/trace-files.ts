/** Which file a block trace is, for the process that runs drills. */
import type { ReadTrace } from './traces.ts';

/** Files by their `file:` URIs. */
export interface Disk {
  /** The same without links. Throws the system's error where there is no such file. */
  realUri(uri: string): string;
  /** Throws the system's error. */
  readText(uri: string): string;
}

/** Traces below the folder of the topology's first file; links that lead out of it are not followed. */
export function traceFilesBelow(rootUri: string, disk: Disk): ReadTrace {
  return (path, uri) => {
    if (!rootUri.startsWith('file:') || !uri.startsWith('file:')) {
      throw new Error('it is not on this machine');
    }
    const folder = disk.realUri(new URL('.', rootUri).href).replace(/\/?$/, '/');
    const escaped = path.split(/[\\/]/).map(encodeURIComponent).join('/');
    const file = disk.realUri(new URL(escaped, uri).href);
    if (!file.startsWith(folder)) throw new Error('it is outside of the folder of the topology');
    return disk.readText(file);
  };
}
