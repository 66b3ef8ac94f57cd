/** Brings files out of a recovered disk onto this machine. */
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { VolumeTree } from './disk-files.ts';
import { ownFolders, type Entry } from './listing.ts';
import { sparseContent } from './ntfs-sparse.ts';
import { RestoreError } from './restore-error.ts';
import { checkFree, settle } from './settle.ts';
import { diskPath, listPath, runSevenZip, targetPath } from './seven-zip.ts';

export interface Extracted {
  /** Where the file or folder is now. */
  readonly path: string;
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** Devices, pipes and sockets, which are not restored. */
  readonly leftOut: readonly string[];
}

export interface ExtractTarget {
  readonly folder: string;
  /** The name that it gets in the folder. */
  readonly name: string;
  /** The name of the folder in there that it is made in, which is removed at the end. */
  readonly partial: string;
  /** Whether files of the same names that are there already are replaced. */
  readonly overwrite: boolean;
}

const interixMark = Buffer.from('IntxLNK\u0001', 'latin1');

/**
 * Restores a file, or a folder with all that is in it (`path` '' is the whole file system), into a
 * folder of this machine. Everything gets its final name at once, at the end: whatever goes wrong before leaves
 * nothing behind.
 *
 * @throws RestoreError `not-found`; `taken`; `target` where the folder cannot be written (also for want of
 *   space); `damaged` where not all could be read
 */
export async function extract(
  tree: VolumeTree,
  path: string,
  { folder, name, partial: beside, overwrite }: ExtractTarget,
): Promise<Extracted> {
  const wanted = below(tree, path);
  const files = wanted.filter(({ kind }) => kind === 'file');
  const final = join(folder, name);
  if (!overwrite) checkFree(final);
  const partial = makePartial(folder, beside);
  try {
    checkSpace(tree, files, folder);
    await bringOut(tree, path, wanted, partial);
    const root = path === '' ? partial : join(partial, path);
    if (path === '' || tree.entries.get(path)?.kind === 'folder')
      mkdirSync(root, { recursive: true });
    for (const entry of wanted) {
      if (entry.kind === 'folder') mkdirSync(join(partial, entry.path), { recursive: true });
    }
    for (const entry of wanted) {
      if (entry.kind !== 'link') continue;
      mkdirSync(dirname(join(partial, entry.path)), { recursive: true });
      symlinkSync(entry.target ?? '', join(partial, entry.path));
    }
    checkSizes(files, partial);
    const interix = files.filter((entry) => becomesLink(entry, partial)).length;
    settle(root, final, overwrite);
    const count = (kind: Entry['kind']): number =>
      wanted.reduce((sum, entry) => sum + Number(entry.kind === kind), 0);
    return {
      path: final,
      files: files.length - interix,
      folders: count('folder'),
      links: count('link') + interix,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      leftOut: wanted.filter(({ kind }) => kind === 'other').map((entry) => entry.path),
    };
  } catch (error) {
    throw asTargetError(error, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** The entry and, of a folder, all below it. */
function below({ entries }: VolumeTree, path: string): Entry[] {
  if (path === '') return [...entries.values()];
  const entry = entries.get(path);
  if (!entry) throw new RestoreError('not-found', `There is no ${path} in the file system.`);
  if (entry.kind !== 'folder') return [entry];
  return [...entries.values()].filter((each) => each === entry || each.path.startsWith(`${path}/`));
}

async function bringOut(
  tree: VolumeTree,
  path: string,
  wanted: readonly Entry[],
  partial: string,
): Promise<void> {
  if (!wanted.some(({ kind }) => kind === 'file')) return;
  // Links are made by us: 7-Zip refuses those that lead out of the folder, though a disk is full of them.
  const notByItsHand = wanted.filter(({ kind }) => kind === 'link' || kind === 'other');
  const list = [...ownFolders, ...notByItsHand.map((entry) => entry.path)];
  const command = ['x', '-y', '-spd', '-bd', `-o${targetPath}`, `-x@${listPath}`, diskPath];
  if (path !== '') command.push('--', path);
  const run = await runSevenZip(command, {
    disk: tree.disk,
    target: partial,
    list: list.map((each) => `"${each}"`),
  });
  if (run.code === 0) return;
  const left = run.problems.filter((problem) => !bringOutSparse(tree, problem, partial));
  if (left.length === 0) return;
  const detail = left.slice(0, 5).join(' ');
  if (/No space left/i.test(detail)) throw new RestoreError('target', 'The disk there is full.');
  throw new RestoreError('damaged', `Not everything could be restored, so nothing was. ${detail}`);
}

/** Whether a problem of 7-Zip's was the one that it has with sparse files of an NTFS, and is none any more. */
function bringOutSparse(
  { volume, entries, disk }: VolumeTree,
  problem: string,
  to: string,
): boolean {
  const path = /^ERROR: Data Error : (.*)$/.exec(problem)?.[1];
  const record = path === undefined ? undefined : entries.get(path)?.record;
  if (volume.fileSystem !== 'NTFS' || path === undefined || record === undefined) return false;
  const { size, runs } = sparseContent(disk, record);
  const file = openSync(join(to, path), 'w');
  try {
    ftruncateSync(file, size);
    for (const { at, length, offset } of runs) {
      for (let done = 0; done < length;) {
        const piece = new Uint8Array(Math.min(1024 * 1024, length - done));
        disk.read(offset + done, piece);
        writeSync(file, piece, 0, piece.length, at + done);
        done += piece.length;
      }
    }
  } finally {
    closeSync(file);
  }
  const modified = (entries.get(path)?.modified ?? Date.now()) / 1000;
  utimesSync(join(to, path), modified, modified);
  return true;
}

/**
 * On NTFS the links that Linux makes are system files that say `IntxLNK`, 1, and where they lead in
 * UTF-16 (Interix). They become links again.
 */
function becomesLink(entry: Entry, partial: string): boolean {
  if (!entry.system || entry.size <= interixMark.length || entry.size > 8192) return false;
  const path = join(partial, entry.path);
  const content = readFileSync(path);
  if (!content.subarray(0, interixMark.length).equals(interixMark)) return false;
  rmSync(path);
  symlinkSync(content.subarray(interixMark.length).toString('utf16le'), path);
  return true;
}

/** What 7-Zip left out without a word would be missed only when it is needed. */
function checkSizes(files: readonly Entry[], partial: string): void {
  const missing = files.filter((entry) => {
    const stat = lstatSync(join(partial, entry.path), { throwIfNoEntry: false });
    return stat?.size !== entry.size;
  });
  if (missing.length === 0) return;
  const some = missing.slice(0, 3).map((entry) => entry.path);
  const more = missing.length > some.length ? ` and ${missing.length - some.length} more` : '';
  throw new RestoreError('damaged', `Could not be restored whole: ${some.join(', ')}${more}.`);
}

/** An hour of copying is not the way to find out. On NTFS a sparse file takes less than its size. */
function checkSpace({ volume }: VolumeTree, files: readonly Entry[], folder: string): void {
  if (volume.fileSystem === 'NTFS') return;
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (needed <= free) return;
  throw new RestoreError(
    'target',
    `${folder} has not enough room: ${needed} bytes are needed, and ${free} are free.`,
  );
}

function makePartial(folder: string, name: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    const partial = join(folder, name);
    mkdirSync(partial, { mode: 0o700 });
    return partial;
  } catch (error) {
    throw asTargetError(error, folder);
  }
}

/** Failures of this machine's file system as ours, anything else as it is. */
function asTargetError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof RestoreError)
    return error;
  return new RestoreError('target', `${folder} cannot be written: ${error.message}`);
}
