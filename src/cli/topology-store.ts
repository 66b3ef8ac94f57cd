/** The topology files that a command reads, each once, and from each those that it includes. */
import type { FileFault, FoundPart, IncludedFiles } from '../topology/include/files.ts';
import { filesMatching } from '../topology/include/glob.ts';
import { includeItems } from '../topology/include/gather.ts';
import { pathFrom } from '../topology/include/path.ts';
import { rootsAmong } from '../topology/include/roots.ts';
import { loadParts, type LoadedTopology } from '../topology/load.ts';
import { readPart, type TopologyPart } from '../topology/part.ts';
import {
  kindOf,
  list,
  readFile,
  reasonOf,
  UnreadableFileError,
  writeFile,
  type Shell,
} from './shell.ts';

/** What is on disk of a file. */
interface Stored {
  readonly path: string;
  part: TopologyPart;
  /** Whether it begins with a byte order mark, which reading drops. */
  readonly hasMark: boolean;
}

export class TopologyStore {
  readonly #shell: Shell;
  /** By the path without links. */
  readonly #stored = new Map<string, Stored>();

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /**
   * The topology that begins with a file.
   *
   * @throws UnreadableFileError where that file cannot be read; for one that it includes, that is a
   * problem of the topology
   */
  load(path: string): LoadedTopology {
    return loadParts(this.#part(path), this.#filesFrom(path));
  }

  /**
   * The text of another file of a topology, which `path` names in the file `from`. Like all of them it lies
   * below the folder of the topology's first file.
   *
   * @throws Error that says why it cannot be read
   */
  readBeside(root: string, from: string, path: string): string {
    const folder = folderPrefix(root);
    const below = from.startsWith(folder) ? pathFrom(from.slice(folder.length), path) : undefined;
    if (below === undefined) throw new Error('it is outside of the folder of the topology');
    const file = folder + below;
    try {
      if (kindOf(this.#shell, file) === undefined) throw new Error('there is no such file');
      if (!isBelow(this.#realPath(file), this.#realPath(folder || '.'))) {
        throw new Error('it is a link out of the folder of the topology');
      }
      return new TextDecoder().decode(readFile(this.#shell, file));
    } catch (error) {
      if (error instanceof UnreadableFileError)
        throw new Error(reasonOf(error.cause), { cause: error });
      throw error;
    }
  }

  /**
   * Those of the files that are no parts of others among them.
   *
   * @throws UnreadableFileError
   */
  roots(paths: readonly string[]): readonly string[] {
    const real = new Map(paths.map((path) => [this.#realPath(path), path]));
    const reached = new Map<string, ReadonlySet<string>>();
    const reachedFrom = (identity: string): ReadonlySet<string> => {
      let known = reached.get(identity);
      if (!known)
        reached.set(identity, (known = this.#reachedFrom(real.get(identity) ?? identity)));
      return known;
    };
    return rootsAmong([...real.keys()], reachedFrom).map((each) => real.get(each) ?? each);
  }

  /**
   * Writes a file anew, whole or not at all.
   *
   * @throws UnwritableFileError
   */
  write(path: string, text: string): void {
    const stored = this.#stored.get(this.#realPath(path));
    writeFile(this.#shell, path, stored?.hasMark === true ? `\ufeff${text}` : text);
    if (stored) stored.part = readPart(text, stored.path);
  }

  #reachedFrom(path: string): ReadonlySet<string> {
    const { document } = this.#part(path);
    // Most files include nothing, and need not be put together to tell.
    if (includeItems(document).length === 0) return new Set();
    const others = this.load(path).parts.slice(1);
    return new Set(others.map((part) => this.#realPath(part.document.uri)));
  }

  #realPath(path: string): string {
    try {
      return this.#shell.realPath(path);
    } catch (error) {
      throw new UnreadableFileError(path, error);
    }
  }

  #part(path: string): TopologyPart {
    const identity = this.#realPath(path);
    const known = this.#stored.get(identity);
    if (known) return known.part;
    const bytes = readFile(this.#shell, path);
    const part = readPart(bytes, path);
    this.#stored.set(identity, { path, part, hasMark: startsWithMark(bytes) });
    return part;
  }

  #filesFrom(root: string): IncludedFiles {
    const folder = folderPrefix(root);
    const at = (path: string): string =>
      path === '.' || path === '' ? folder || '.' : folder + path;
    return {
      root: this.#realPath(root),
      matching: (pattern) =>
        orFault(() =>
          filesMatching(
            {
              kindOf: (path) => kindOf(this.#shell, at(path)),
              list: (path) => list(this.#shell, at(path)),
            },
            pattern,
          ),
        ),
      read: (path) => orFault(() => this.#include(at(path), folder || '.')),
      has: (path) => this.#isFile(at(path)),
    };
  }

  /** What cannot be looked at may well be there. */
  #isFile(path: string): boolean {
    try {
      return kindOf(this.#shell, path) === 'file';
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      return true;
    }
  }

  #include(path: string, folder: string): FoundPart | FileFault {
    const kind = kindOf(this.#shell, path);
    if (kind === undefined) return { fault: 'missing', reason: 'there is no such file' };
    if (kind === 'folder') return { fault: 'unreadable', reason: 'it is a folder' };
    const identity = this.#realPath(path);
    if (!isBelow(identity, this.#realPath(folder))) {
      return { fault: 'outside', reason: `it is a link to ${identity}` };
    }
    return { identity, part: this.#part(path) };
  }
}

/** The folder of a file, with the slash behind it; empty for one in the working folder. */
function folderPrefix(file: string): string {
  return file.slice(0, file.search(/[^/\\]*$/));
}

function isBelow(path: string, folder: string): boolean {
  if (folder === '.') return !path.startsWith('/') && !path.startsWith('../');
  return (
    path.startsWith(/[/\\]$/.test(folder) ? folder : `${folder}/`) || path.startsWith(`${folder}\\`)
  );
}

function orFault<T extends object>(ask: () => T): T | FileFault {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return { fault: 'unreadable', reason: reasonOf(error.cause) };
  }
}

function startsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
