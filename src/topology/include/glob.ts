/** Patterns for files: `*`, `?`, `[a-z]`, `{a,b}` within a name, and `**` for any folders. */

export type EntryKind = 'file' | 'folder';

/** Something in a folder. */
export interface Entry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** Folders that can be walked. Both may throw where something cannot be told; the walk ends then. */
export interface Folders {
  /** Undefined where the path leads to neither a file nor a folder. */
  kindOf(path: string): EntryKind | undefined;
  /** In any order. A link to a folder is left out, so that a walk ends. */
  list(path: string): readonly Entry[];
}

/** Alternatives multiply; nobody writes that many by hand. */
const mostPatterns = 1000;

export function isPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Folders that a walk leaves out unless a pattern names them: hidden ones, and `node_modules`. */
export function isSkipped(folder: string): boolean {
  return folder.startsWith('.') || folder === 'node_modules';
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The files that a pattern matches, each once, folder by folder in the order of their names. */
export function filesMatching(folders: Folders, pattern: string): readonly string[] {
  const found = new Set<string>();
  for (const each of withoutBraces(pattern.replaceAll('\\', '/'))) {
    const isAbsolute = each.startsWith('/');
    const parts = each.split('/').filter((part) => part !== '');
    walk(folders, isAbsolute ? '/' : '', parts, found);
  }
  return [...found];
}

function walk(
  folders: Folders,
  folder: string,
  parts: readonly string[],
  found: Set<string>,
): void {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  const inside = (name: string): string =>
    folder === '' || folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
  if (part !== '**' && !isPattern(part)) {
    const path = inside(part);
    const kind = folders.kindOf(path);
    if (rest.length === 0 && kind === 'file') found.add(path);
    if (rest.length > 0 && kind === 'folder') walk(folders, path, rest, found);
    return;
  }
  const entries = [...folders.list(folder === '' ? '.' : folder)].sort(byName);
  if (part === '**') {
    walk(folders, folder, rest.length === 0 ? ['*'] : rest, found);
    for (const { name, kind } of entries) {
      if (kind === 'folder' && !isSkipped(name)) walk(folders, inside(name), parts, found);
    }
    return;
  }
  const matches = segment(part);
  for (const { name, kind } of entries) {
    if (!matches.test(name) || (name.startsWith('.') && !part.startsWith('.'))) continue;
    if (rest.length === 0 && kind === 'file') found.add(inside(name));
    if (rest.length > 0 && kind === 'folder') walk(folders, inside(name), rest, found);
  }
}

/** One part of a pattern, between two slashes. */
function segment(part: string): RegExp {
  const source = part.replace(
    /\*+|\?|\[([!^]?)([^\]]+)\]|[\\^$.|+()[\]{}]/g,
    (match: string, not: string | undefined, set: string | undefined) => {
      if (match.startsWith('*')) return '.*';
      if (match === '?') return '.';
      if (set !== undefined) {
        return `[${not === '' ? '' : '^'}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
      }
      return `\\${match}`;
    },
  );
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A set that is none, such as [z-a], stands for itself.
    return new RegExp(`^${part.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`, 'su');
  }
}

/** `a{b,c{d,e}}` as `ab`, `acd` and `ace`. Braces without a partner stand for themselves. */
function withoutBraces(pattern: string): readonly string[] {
  const waiting = [pattern];
  const done: string[] = [];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const match = /\{([^{}]*,[^{}]*)\}/.exec(next);
    if (!match || waiting.length + done.length > mostPatterns) {
      done.push(next);
      continue;
    }
    const [all, inner = ''] = match;
    const before = next.slice(0, match.index);
    const after = next.slice(match.index + all.length);
    waiting.push(...inner.split(',').map((choice) => before + choice + after));
  }
  return done;
}
