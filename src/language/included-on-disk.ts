/** The files that topologies include and that no editor has open, as they are on disk. */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FileFault } from '../topology/include/files.ts';
import { filesMatching, type Entry, type EntryKind } from '../topology/include/glob.ts';
import { longestText } from '../topology/source/decode.ts';
import type { Disk, DiskFile } from './workspace.ts';

/** Folders and files that a pattern is looked for in: a whole disk must not hold the editor up. */
const mostEntries = 20_000;

export class IncludedOnDisk implements Disk {
  readonly #matches = new Map<string, readonly string[] | FileFault>();

  /** Patterns are looked for again when they are asked for next. */
  forget(): void {
    this.#matches.clear();
  }

  matching(folder: string, pattern: string): readonly string[] | FileFault | undefined {
    const path = pathOf(folder);
    if (path === undefined) return undefined;
    const key = `${folder}\n${pattern}`;
    const known = this.#matches.get(key);
    if (known) return known;
    const found = orFault(() => filesMatching(foldersBelow(path), pattern));
    this.#matches.set(key, found);
    return found;
  }

  read(folder: string, path: string): DiskFile | FileFault | undefined {
    const top = pathOf(folder);
    if (top === undefined) return undefined;
    return orFault((): DiskFile | FileFault => {
      const file = join(top, path);
      const kind = kindOf(file);
      if (kind === undefined) return { fault: 'missing', reason: 'there is no such file' };
      if (kind === 'folder') return { fault: 'unreadable', reason: 'it is a folder' };
      const real = realpathSync(file);
      if (!real.startsWith(withSeparator(realpathSync(top)))) {
        return { fault: 'outside', reason: `it is a link to ${real}` };
      }
      // UTF-8 takes up to three bytes for a code unit; what is larger is not read as a topology.
      if (statSync(real).size > 3 * longestText) {
        return { fault: 'unreadable', reason: 'it is too large' };
      }
      return { identity: pathToFileURL(real).href, bytes: readFileSync(real) };
    });
  }
}

function pathOf(folder: string): string | undefined {
  if (!folder.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(folder);
  } catch {
    // An address of another machine, for one.
    return undefined;
  }
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

function foldersBelow(top: string) {
  let left = mostEntries;
  return {
    kindOf: (path: string) => kindOf(join(top, path)),
    list: (path: string): Entry[] => {
      const folder = join(top, path);
      const entries = readdirSync(folder, { withFileTypes: true });
      left -= entries.length;
      if (left < 0) throw new Error(`there are more than ${mostEntries} files and folders`);
      return entries.flatMap((entry): Entry[] => {
        const { name } = entry;
        if (entry.isDirectory()) return [{ name, kind: 'folder' }];
        // A link to a folder is left out, so that a walk ends.
        const isFile =
          entry.isFile() || (entry.isSymbolicLink() && kindOf(join(folder, name)) === 'file');
        return isFile ? [{ name, kind: 'file' }] : [];
      });
    },
  };
}

function kindOf(path: string): EntryKind | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true ? 'folder' : stats?.isFile() === true ? 'file' : undefined;
}

function orFault<T>(ask: () => T): T | FileFault {
  try {
    return ask();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { fault: 'unreadable', reason };
  }
}
