/** Gives what was restored beside its place the name that it was asked for under. */
import { lstatSync, readdirSync, renameSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { RestoreError } from './restore-error.ts';

/**
 * Puts a file or a folder in its place, by renaming. What stands there stays, unless `overwrite`: then files
 * take the place of files of the same name, folders are merged, and all others stay.
 *
 * @throws RestoreError `taken`, `target`; nothing was changed then
 */
export function settle(from: string, to: string, overwrite: boolean): void {
  if (!statOf(to)) {
    renameSync(from, to);
    return;
  }
  if (!overwrite) throw taken(to);
  const conflict = conflictBetween(from, to);
  if (conflict !== undefined) throw new RestoreError('target', conflict);
  merge(from, to);
}

/** @throws RestoreError `taken` where something of the name is there */
export function checkFree(path: string): void {
  if (statOf(path)) throw taken(path);
}

function taken(path: string): RestoreError {
  return new RestoreError('taken', `${path} is there already. Nothing was overwritten.`);
}

/** A link is never followed: what it leads to is not what stands there. */
function conflictBetween(from: string, to: string): string | undefined {
  const there = statOf(to);
  if (!there) return undefined;
  const isFolder = statOf(from)?.isDirectory() === true;
  if (isFolder !== there.isDirectory()) {
    return isFolder
      ? `${to} is no folder, and a folder of that name was to be restored. Nothing was overwritten.`
      : `${to} is a folder, and a file of that name was to be restored. Nothing was overwritten.`;
  }
  if (!isFolder) return undefined;
  for (const name of readdirSync(from)) {
    const conflict = conflictBetween(join(from, name), join(to, name));
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

function merge(from: string, to: string): void {
  if (!statOf(to)?.isDirectory()) {
    renameSync(from, to);
    return;
  }
  for (const name of readdirSync(from)) merge(join(from, name), join(to, name));
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
