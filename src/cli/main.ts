/** Entry of the command line. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { enginesOfThisMachine } from './engine/this-machine.ts';
import { programsOfThisMachine } from './programs.ts';
import { runCommandLine } from './run.ts';
import type { Entry, EntryKind } from './shell.ts';

/** A reader that has seen enough (`| head`) closes the pipe; that is no failure of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** Writes beside the file and renames. A link stays a link, and the file keeps its permissions. */
function writeAtomically(path: string, text: string): void {
  const target = realpathSync(path);
  const { mode } = statSync(target);
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    const file = openSync(beside, 'wx', mode);
    try {
      fchmodSync(file, mode);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** A link to itself leads nowhere, as one to a file that is gone does. */
function kindOf(path: string): EntryKind | undefined {
  const stats = statsOf(path);
  return stats?.isDirectory() === true ? 'folder' : stats?.isFile() === true ? 'file' : undefined;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') return undefined;
    throw error;
  }
}

function list(path: string): Entry[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry): Entry[] => {
    const { name } = entry;
    if (entry.isDirectory()) return [{ name, kind: 'folder' }];
    const isFile =
      entry.isFile() || (entry.isSymbolicLink() && kindOf(join(path, name)) === 'file');
    return isFile ? [{ name, kind: 'file' }] : [];
  });
}

process.exitCode = await runCommandLine(
  {
    readFile: (path) => readFileSync(path),
    writeFile: writeAtomically,
    kindOf,
    list,
    realPath: (path) => realpathSync(path),
    print: (text) => {
      process.stdout.write(text);
    },
    tell: (text) => {
      process.stderr.write(text);
    },
    colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    progress: process.stderr.isTTY,
    debug: process.env['TIDEMARK_DEBUG'] !== undefined,
    engines: enginesOfThisMachine,
    programs: programsOfThisMachine,
  },
  process.argv.slice(2),
);
