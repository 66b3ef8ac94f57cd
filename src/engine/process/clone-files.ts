/** From the copies in a datastore to files of the user: all disks of a clone, or none. */
import { constants } from 'node:fs';
import { access, lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { QuestionError, type CloneFormat } from '../control/questions.ts';
import type { ExportedDisk } from '../nbd/exported-disk.ts';
import type { ReadableDisk } from '../../restore/disk.ts';
import { findQemuImg } from '../../restore/formats/qemu-img.ts';
import { writeDisk } from '../../restore/formats/write-disk.ts';
import { RestoreError } from '../../restore/restore-error.ts';
import { toFileName } from '../world/node/file-names.ts';
import { hasCode } from './error-codes.ts';
import { reasonOf } from './state-folder.ts';

export interface CloneTarget {
  /** An absolute path; made where there is none. */
  readonly folder: string;
  readonly format: CloneFormat;
}

export interface CloneWork {
  /** By `VM/disk`. */
  readonly disks: ReadonlyMap<string, ExportedDisk>;
  /** Where qemu-img finds a disk. */
  readonly uriOf: (disk: string) => string;
  readonly signal: AbortSignal;
  /** Bytes of all disks. */
  readonly progress: (done: number, total: number) => void;
}

/**
 * Whether files for the disks can be made there, before anybody is asked to copy anything.
 *
 * @throws QuestionError `not-possible`
 */
export async function checkCloneTarget(
  { folder, format }: CloneTarget,
  disks: readonly string[],
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw notPossible(`Nothing can be written to ${folder}: ${reasonOf(error)}.`);
  }
  for (const disk of disks) {
    const path = join(folder, `${fileNameOf(disk)}.${format}`);
    if (await isThere(path)) {
      throw notPossible(`${path} is there already, and a clone replaces nothing.`);
    }
  }
  if ((format === 'qcow2' || format === 'vhdx') && qemuImg() === undefined) {
    throw notPossible(
      `${format} needs qemu-img (of QEMU), which is not in the PATH of the engine. raw, vmdk and vhd need nothing.`,
    );
  }
}

/**
 * Writes every disk to a file that has its name when it is whole.
 *
 * @returns paths by `VM/disk`
 * @throws QuestionError `not-possible`; no file of the clone is left then
 */
export async function writeClone(
  { folder, format }: CloneTarget,
  { disks, uriOf, signal, progress }: CloneWork,
): Promise<Readonly<Record<string, string>>> {
  const total = [...disks.values()].reduce((sum, { size }) => sum + size, 0);
  const files: string[] = [];
  const paths: Record<string, string> = {};
  let done = 0;
  try {
    for (const [name, disk] of disks) {
      const before = done;
      const written = await writeDisk(readable(disk), {
        format,
        folder,
        name: fileNameOf(name),
        qemuImg: qemuImg(),
        uri: uriOf(name),
        signal,
        onProgress: (copied) => {
          progress(before + copied, total);
        },
      });
      files.push(...written.files);
      paths[name] = written.path;
      done += disk.size;
    }
    return paths;
  } catch (error) {
    for (const file of files) await rm(file, { force: true });
    if (signal.aborted) throw notPossible('The client has left, so the clone was given up.');
    if (error instanceof RestoreError) throw notPossible(error.message);
    throw notPossible(`The clone could not be written to ${folder}: ${reasonOf(error)}.`);
  }
}

/** `FS01-data`. A name that no file can have is written with percent signs. */
function fileNameOf(disk: string): string {
  return disk.split('/').map(toFileName).join('-');
}

function readable(disk: ExportedDisk): ReadableDisk {
  return {
    size: disk.size,
    read: (offset, length) =>
      new Promise((resolve, reject) => {
        disk.read(offset, length, (error, payload) => {
          if (payload) resolve(payload.bytes());
          else reject(error ?? new Error('the copy cannot be read'));
        });
      }),
  };
}

function qemuImg(): string | undefined {
  return findQemuImg(process.env['PATH'] ?? '');
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw notPossible(`${path} cannot be looked at: ${reasonOf(error)}.`);
  }
}

function notPossible(message: string): QuestionError {
  return new QuestionError('not-possible', message);
}
