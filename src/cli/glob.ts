/** Patterns for files: `*`, `?`, `[a-z]`, `{a,b}` within a name, and `**` for any folders. */
import { kindOf, list, type Shell } from './shell.ts';

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
export function filesMatching(shell: Shell, pattern: string): readonly string[] {
  const found = new Set<string>();
  for (const each of withoutBraces(pattern.replaceAll('\\', '/'))) {
    const isAbsolute = each.startsWith('/');
    const parts = each.split('/').filter((part) => part !== '');
    walk(shell, isAbsolute ? '/' : '', parts, found);
  }
  return [...found];
}

function walk(shell: Shell, folder: string, parts: readonly string[], found: Set<string>): void {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  const inside = (name: string): string =>
    folder === '' || folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
  if (part !== '**' && !isPattern(part)) {
    const path = inside(part);
    const kind = kindOf(shell, path);
    if (rest.length === 0 && kind === 'file') found.add(path);
    if (rest.length > 0 && kind === 'folder') walk(shell, path, rest, found);
    return;
  }
  const entries = [...list(shell, folder === '' ? '.' : folder)].sort(byName);
  if (part === '**') {
    walk(shell, folder, rest.length === 0 ? ['*'] : rest, found);
    for (const { name, kind } of entries) {
      if (kind === 'folder' && !isSkipped(name)) walk(shell, inside(name), parts, found);
    }
    return;
  }
  const matches = segment(part);
  for (const { name, kind } of entries) {
    if (!matches.test(name) || (name.startsWith('.') && !part.startsWith('.'))) continue;
    if (rest.length === 0 && kind === 'file') found.add(inside(name));
    if (rest.length > 0 && kind === 'folder') walk(shell, inside(name), rest, found);
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
