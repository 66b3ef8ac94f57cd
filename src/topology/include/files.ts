/**
 * What reading a topology asks of the files around it. The topology itself touches no file: who reads one
 * (the command line, the language server, a drill's process) says how.
 */
import type { TopologyPart } from '../part.ts';

/**
 * The files below the folder of one topology file. Paths are relative to that folder, with slashes, and
 * never lead out of it by their words; that a link does, only the reader can tell.
 */
export interface IncludedFiles {
  /** Which file the one is that was asked for. See {@link FoundPart.identity}. */
  readonly root: string;
  /** The files that a pattern matches, in the order of their names. */
  matching(pattern: string): readonly string[] | FileFault;
  /** A file that has not changed has the same part whenever it is read. */
  read(path: string): FoundPart | FileFault;
  /**
   * Whether there is such a file, of whatever kind. Left out where nobody can tell, or where the answer would
   * grow stale unnoticed.
   */
  readonly has?: (path: string) => boolean;
}

export interface FoundPart {
  /** The same for all paths that lead to one file, by links or otherwise. */
  readonly identity: string;
  readonly part: TopologyPart;
}

export interface FileFault {
  readonly fault: 'missing' | 'outside' | 'unreadable';
  /** As the end of a sentence: `permission denied`. */
  readonly reason: string;
}

export function isFault(found: object): found is FileFault {
  return 'fault' in found;
}
