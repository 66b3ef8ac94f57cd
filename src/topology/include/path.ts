/** Paths between the files of a topology: relative, with slashes, below the folder of its first file. */

/**
 * Where a path or a pattern leads that stands in `file`; undefined where that is not below the folder:
 * an absolute path, one of a drive, an address, or one that goes up too far.
 */
export function pathFrom(file: string, written: string): string | undefined {
  const slashed = written.replaceAll('\\', '/');
  if (slashed.startsWith('/') || slashed.startsWith('~') || /^[a-z][a-z\d+.-]*:/i.test(slashed)) {
    return undefined;
  }
  const parts = file.split('/').slice(0, -1);
  for (const part of slashed.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The folder of a path; empty for a file that stands in no other. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** The file's own name, of its path or its URI. */
export function fileNameOf(uri: string): string {
  const name = nameIn(uri.replaceAll('\\', '/'));
  if (!/^[a-z][a-z\d+.-]+:/i.test(uri)) return name;
  return decoded(name);
}

/** A path of a URI as people write it. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A lone % is a letter like any other.
    return path;
  }
}

/** The last name of a path. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
