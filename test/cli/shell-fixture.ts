import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { runCommandLine } from '../../src/cli/run.ts';
import type { Entry, EntryKind } from '../../src/cli/shell.ts';

export interface Ran {
  readonly status: number;
  readonly printed: string;
  readonly told: string;
  /** What was written, by path. Nothing of it is on disk. */
  readonly written: Readonly<Record<string, string>>;
}

/**
 * Runs a command with files that need not exist, and folders that follow from their paths; what is not
 * among them is read from disk.
 */
export function run(args: readonly string[], files: Readonly<Record<string, string>> = {}): Ran {
  let printed = '';
  let told = '';
  const written: Record<string, string> = {};
  const status = runCommandLine(
    {
      readFile: (path) => {
        const text = files[path];
        return text === undefined ? readFileSync(path) : new TextEncoder().encode(text);
      },
      writeFile: (path, text) => {
        if (!(path in files)) throw new Error(`${path} is not among the files of this test`);
        written[path] = text;
      },
      kindOf: (path) => {
        if (path in files) return 'file';
        if (entriesIn(files, path).length > 0) return 'folder';
        const stats = statSync(path, { throwIfNoEntry: false });
        return stats && (stats.isDirectory() ? 'folder' : 'file');
      },
      list: (path) => {
        const entries = entriesIn(files, path);
        if (entries.length > 0) return entries;
        return readdirSync(path, { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          kind: entry.isDirectory() ? 'folder' : 'file',
        }));
      },
      realPath: (path) =>
        path in files || entriesIn(files, path).length > 0 ? path : realpathSync(path),
      print: (text) => {
        printed += text;
      },
      tell: (text) => {
        told += text;
      },
      colours: false,
      progress: false,
    },
    args,
  );
  if (typeof status !== 'number') throw new Error('This shell has no engine to wait for.');
  return { status, printed, told, written };
}

function entriesIn(files: Readonly<Record<string, string>>, folder: string): readonly Entry[] {
  const prefix = folder === '.' ? '' : folder.endsWith('/') ? folder : `${folder}/`;
  const entries = new Map<string, EntryKind>();
  for (const path of Object.keys(files)) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...below] = path.slice(prefix.length).split('/');
    if (name !== '') entries.set(name, below.length > 0 ? 'folder' : 'file');
  }
  return [...entries].map(([name, kind]) => ({ name, kind }));
}
