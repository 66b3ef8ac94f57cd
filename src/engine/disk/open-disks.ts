/** Files that stand for disks. */
import type { Answer, Storage, StoredFile, WorldError } from '../world/world.ts';
import type { MachineDisk } from './write-tap.ts';

export interface DiskFile extends MachineDisk {
  /** `datastore/...`. */
  readonly path: string;
}

/**
 * Opens the files of disks, in their order, making them and bringing them to their size. When it is done
 * a crash cannot take the files away again.
 */
export function openDisks(
  storage: Storage,
  disks: readonly DiskFile[],
  options: { readonly writeThrough: boolean },
  done: Answer<StoredFile[]>,
): void {
  const files: StoredFile[] = [];
  const fail = (error: WorldError | undefined): void => {
    for (const file of files) file.close();
    done(error, undefined);
  };
  const settle = (file: StoredFile, folder: string): void => {
    file.sync((unsynced) => {
      if (unsynced) {
        fail(unsynced);
        return;
      }
      storage.syncFolder(folder, (lost) => {
        if (lost) fail(lost);
        else next();
      });
    });
  };
  const next = (): void => {
    const disk = disks[files.length];
    if (!disk) {
      done(undefined, files);
      return;
    }
    const { path, size } = disk;
    const folder = path.slice(0, path.lastIndexOf('/'));
    storage.open(path, { create: true, ...options }, (error, file) => {
      if (!file) {
        fail(error);
        return;
      }
      files.push(file);
      if (file.size() === size) {
        settle(file, folder);
        return;
      }
      file.truncate(size, (failed) => {
        if (failed) fail(failed);
        else settle(file, folder);
      });
    });
  };
  next();
}
