/** The folder beside a topology in which its engine lives: whose it is, and what else may be in it. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { codeOf, hasCode } from './error-codes.ts';

/** The folder cannot be used; nothing in it was changed. */
export class StateFolderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StateFolderError';
  }
}

const markSchema = z.object({
  /** From the folder. */
  topology: z.string(),
});
const mark = 'topology.json';

/** Of an engine of ours. One of them is there as soon as an engine has been. */
const ownNames = /^(?:lock\.\d+|lock-draft\..*|topology\.json(?:\.new)?|state\.json|\.gitignore)$/;

/** Absolute path of the folder that belongs to a topology file unless another one is given. */
export function stateFolderOf(topologyFile: string): string {
  return join(dirname(resolve(topologyFile)), '.tidemark');
}

/**
 * Makes the folder where there is none, for its owner alone, and takes others' rights away where it is there.
 *
 * @throws StateFolderError where it holds something else, or belongs to somebody else
 */
export async function prepareStateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const stats = await stat(folder);
    if (process.getuid !== undefined && stats.uid !== process.getuid()) {
      throw new StateFolderError(`${folder} belongs to another user. Use a folder of your own.`);
    }
    const names = await readdir(folder);
    if (names.length > 0 && !names.some((name) => ownNames.test(name))) {
      throw new StateFolderError(
        `${folder} holds other things than an engine's state, such as ${names.sort()[0] ?? ''}. Use an empty folder.`,
      );
    }
    if ((stats.mode & 0o077) !== 0 && process.platform !== 'win32') await chmod(folder, 0o700);
  } catch (error) {
    if (error instanceof StateFolderError) throw error;
    throw new StateFolderError(`${folder} cannot be used as a state folder: ${reasonOf(error)}`);
  }
}

/**
 * Notes whose folder it is. To be called with the lock held.
 *
 * @throws StateFolderError where it is another topology's: its disks and journals are not this one's
 */
export async function claimStateFolder(folder: string, topologyFile: string): Promise<void> {
  const own = relative(folder, resolve(topologyFile));
  const known = await readMark(folder);
  if (known !== undefined && known !== own) {
    const other = resolve(folder, known);
    // A file that was renamed is the same topology; one that still stands there is another one.
    if (existsSync(other)) {
      throw new StateFolderError(
        `${folder} is the state of another topology, ${other}. Choose another folder with --state.`,
      );
    }
  }
  if (known !== own) await writeDurably(join(folder, mark), { topology: own });
  // Journals do not belong into anybody's repository.
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) await writeText(ignore, '*\n');
}

/** Path of the topology whose state a folder holds; undefined where it holds none, or does not say. */
export async function ownerOf(folder: string): Promise<string | undefined> {
  try {
    const own = await readMark(folder);
    return own === undefined ? undefined : resolve(folder, own);
  } catch (error) {
    if (error instanceof StateFolderError) return undefined;
    throw error;
  }
}

async function readMark(folder: string): Promise<string | undefined> {
  const path = join(folder, mark);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new StateFolderError(`${path} cannot be read: ${reasonOf(error)}`);
  }
  try {
    return markSchema.parse(JSON.parse(text)).topology;
  } catch {
    throw new StateFolderError(`${path} is damaged: it does not say which topology it is of.`);
  }
}

/** Replaces a document as a whole, readable by its owner alone. */
export async function writeDurably(path: string, document: object): Promise<void> {
  await replaceDurably(path, `${JSON.stringify(document)}\n`);
}

/** The same of any text: whoever reads it finds the old one or the new one. */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeText(draft, text);
  await rename(draft, path);
}

async function writeText(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'that is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'it is a file',
};

export function reasonOf(error: unknown): string {
  return reasons[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}
