/** Where a path of a file system leads when its links are followed, as a running system would. */
import type { VolumeTree } from './disk-files.ts';
import { entryAt } from './disk-files.ts';
import type { Entry } from './listing.ts';

/** As Linux has it; links in a circle have no end. */
const mostLinks = 40;

/**
 * The entry at the end, which is no link; undefined where there is none. A link never leads out of its file
 * system: what is above its root is its root.
 */
export function follow(tree: VolumeTree, path: string): Entry | undefined {
  let names = namesOf(path);
  let at: string[] = [];
  let links = 0;
  while (names.length > 0) {
    const [name = '', ...rest] = names;
    names = rest;
    if (name === '..') {
      at = at.slice(0, -1);
      continue;
    }
    const entry = tree.entries.get([...at, name].join('/'));
    if (!entry) return undefined;
    if (entry.kind !== 'link') {
      at = [...at, name];
      continue;
    }
    if (++links > mostLinks) return undefined;
    const target = entry.target ?? '';
    if (target.startsWith('/')) at = [];
    names = [...namesOf(target), ...names];
  }
  return entryAt(tree, at.join('/'));
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
