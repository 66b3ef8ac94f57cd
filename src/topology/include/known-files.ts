/** The files of a topology where all that may be included is at hand, by its path. */
import type { FileFault, FoundPart, IncludedFiles } from './files.ts';
import { filesMatching } from './glob.ts';
import type { Entry, Folders } from './glob.ts';
import { folderOf, nameIn } from './path.ts';

/** `root` is the path of the file that is asked for; `paths` are below its folder. */
export function knownFiles(
  root: string,
  paths: Iterable<string>,
  read: (path: string) => FoundPart | FileFault,
): IncludedFiles {
  const folders = foldersOf(paths);
  return { root, matching: (pattern) => filesMatching(folders, pattern), read };
}

function foldersOf(paths: Iterable<string>): Folders {
  const entries = new Map<string, Map<string, Entry>>([['', new Map<string, Entry>()]]);
  const add = (path: string, kind: Entry['kind']): void => {
    const folder = folderOf(path);
    let siblings = entries.get(folder);
    if (!siblings) {
      siblings = new Map();
      entries.set(folder, siblings);
      add(folder, 'folder');
    }
    siblings.set(nameIn(path), { name: nameIn(path), kind });
  };
  for (const path of paths) add(path, 'file');
  const at = (path: string): string => (path === '.' ? '' : path);
  return {
    kindOf: (path) => entries.get(folderOf(path))?.get(nameIn(path))?.kind,
    list: (path) => [...(entries.get(at(path))?.values() ?? [])],
  };
}
