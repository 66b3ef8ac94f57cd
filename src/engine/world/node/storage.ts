/** The files of a process: those of its site's datastores, which are folders, and those that the user gave. */
import { close, constants, fstat, fsync, mkdir, open, readdir, unlink } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Life } from '../schedule/life.ts';
import { WorldError } from '../world.ts';
import type { Answer, Done, OpenOptions, Space, Storage, StoredFile } from '../world.ts';
import { worldError } from './errors.ts';
import type { Inodes } from './inode.ts';
import type { Places, RemoteOpener } from './places.ts';
import { RemoteProcessFile } from './remote-process-file.ts';
import { NodeFile } from './stored-file.ts';
import type { FileOwner } from './stored-file.ts';

/** What a write needs to be durable when it is done; 0 on systems that have no such thing. */
const durably = (constants as { readonly O_DSYNC?: number }).O_DSYNC ?? 0;
const isWindows = process.platform === 'win32';

export class NodeStorage implements Storage, FileOwner {
  readonly #life: Life;
  readonly #places: Places;
  readonly #inodes: Inodes;
  readonly #files = new Set<NodeFile>();
  readonly #remotes = new Set<StoredFile>();
  #underWay = 0;
  /** What has to wait for the I/O of the process's former life. */
  #early: (() => void)[] | undefined;
  #idle: (() => void)[] = [];

  constructor(life: Life, places: Places, inodes: Inodes, before: NodeStorage | undefined) {
    this.#life = life;
    this.#places = places;
    this.#inodes = inodes;
    if (!before || before.#underWay === 0) return;
    this.#early = [];
    before.whenIdle(() => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const run of early) run();
    });
  }

  get alive(): boolean {
    return this.#life.alive;
  }

  /** The process has ended: its files are closed as soon as the system has answered. */
  end(): void {
    for (const file of [...this.#files]) file.close();
    for (const file of this.#remotes) file.close();
    this.#remotes.clear();
  }

  /** Calls back when the system has answered everything that this life asked for. */
  whenIdle(run: () => void): void {
    if (this.#underWay === 0) setImmediate(run);
    else this.#idle.push(run);
  }

  open(path: string, options: OpenOptions, done: Answer<StoredFile>): void {
    const place = this.#places.find(path);
    if (place instanceof WorldError) {
      this.#refuse(done, place);
      return;
    }
    const answer = this.#begin<StoredFile>(done);
    if (place.remote) {
      this.#openRemote(path, place.file, place.remote, options, answer);
      return;
    }
    const creates = options.create && place.space !== undefined;
    const durable = options.writeThrough ?? false;
    const flags = constants.O_RDWR | (creates ? constants.O_CREAT : 0) | (durable ? durably : 0);
    const opened = (error: NodeJS.ErrnoException | null, descriptor: number): void => {
      if (error) {
        answer(worldError(error, path, 'opening'), undefined);
        return;
      }
      fstat(descriptor, (failure, stats) => {
        if (failure) {
          answer(worldError(failure, path, 'opening'), undefined);
          return;
        }
        const inode = this.#inodes.open(place.file, stats.size);
        const syncsWrites = durable && durably === 0;
        const file = new NodeFile(this, { path, place, descriptor, inode, durable, syncsWrites });
        this.#files.add(file);
        if (this.alive) answer(undefined, file);
        else {
          file.close();
          answer(undefined, undefined);
        }
      });
    };
    this.#whenSettled(() => {
      if (!creates) open(place.file, flags, opened);
      else
        makeFolder(dirname(place.file), (error) => {
          if (error) opened(error, -1);
          else open(place.file, flags, 0o600, opened);
        });
    });
  }

  /** Its folder is made all the same: whoever opens a file syncs the folder that it is in. */
  #openRemote(
    path: string,
    file: string,
    remote: RemoteOpener,
    options: OpenOptions,
    answer: Answer<StoredFile>,
  ): void {
    this.#whenSettled(() => {
      makeFolder(dirname(file), (failure) => {
        if (failure) {
          answer(worldError(failure, path, 'opening'), undefined);
          return;
        }
        remote(options, (error, opened) => {
          if (!opened) answer(error, undefined);
          else if (!this.alive) {
            opened.close();
            answer(undefined, undefined);
          } else {
            const ours = new RemoteProcessFile(path, opened, this.#life);
            this.#remotes.add(ours);
            answer(undefined, ours);
          }
        });
      });
    });
  }

  list(folder: string, done: Answer<readonly string[]>): void {
    const place = this.#places.find(folder);
    if (place instanceof WorldError) {
      this.#refuse(done, place);
      return;
    }
    const answer = this.#begin<readonly string[]>(done);
    this.#whenSettled(() => {
      readdir(place.file, { recursive: true, withFileTypes: true }, (error, entries) => {
        if (error?.code === 'ENOENT') answer(undefined, []);
        else if (error) answer(worldError(error, folder, 'listing'), undefined);
        else {
          const files = entries.filter((entry) => entry.isFile());
          const named = files.map((entry) =>
            this.#places.nameBelow(place.file, join(entry.parentPath, entry.name)),
          );
          answer(undefined, named.sort());
        }
      });
    });
  }

  remove(path: string, done: Done): void {
    const place = this.#places.find(path);
    const refused =
      place instanceof WorldError
        ? place
        : place.space === undefined &&
          new WorldError('input-output', path, 'it is a file of its own, which is never removed');
    if (place instanceof WorldError || refused) {
      this.#refuse(done, refused || undefined);
      return;
    }
    const answer = this.#begin<undefined>(done);
    this.#whenSettled(() => {
      unlink(place.file, (error) => {
        if (error) {
          answer(worldError(error, path, 'removing'), undefined);
          return;
        }
        this.#inodes.removed(place.file);
        answer(undefined, undefined);
      });
    });
  }

  syncFolder(folder: string, done: Done): void {
    const place = this.#places.find(folder);
    if (place instanceof WorldError) {
      this.#refuse(done, place);
      return;
    }
    const answer = this.#begin<undefined>(done);
    this.#whenSettled(() => {
      syncEntries(place.file, (error) => {
        // A folder that is not there has no entries: its only file may be one of the user's, elsewhere.
        const failed = error && error.code !== 'ENOENT';
        answer(failed ? worldError(error, folder, 'making it durable') : undefined, undefined);
      });
    });
  }

  space(path: string): Space | undefined {
    return this.#places.datastore(path)?.get();
  }

  // --- For its files ---------------------------------------------------------------------------

  later(run: () => void): void {
    setImmediate(run);
  }

  busy(by: 1 | -1): void {
    this.#underWay += by;
    if (this.#underWay > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const run of idle) run();
  }

  closed(file: NodeFile): void {
    this.#files.delete(file);
    const { place, inode } = file.opened;
    this.#inodes.close(place.file, inode);
  }

  #whenSettled(run: () => void): void {
    if (this.#early) this.#early.push(run);
    else run();
  }

  #begin<T>(done: Answer<T>): Answer<T> {
    this.busy(1);
    return (error, value) => {
      if (this.alive) done(error, value);
      this.busy(-1);
    };
  }

  #refuse<T>(done: Answer<T>, error: WorldError | undefined): void {
    setImmediate(() => {
      if (this.alive) done(error, undefined);
    });
  }
}

type Finished = (error: NodeJS.ErrnoException | null) => void;

/** Makes a folder and all above it; what was made survives a crash. */
function makeFolder(folder: string, done: Finished): void {
  mkdir(folder, { recursive: true, mode: 0o700 }, (error, first) => {
    if (error || first === undefined) {
      done(error);
      return;
    }
    const above = (of: string): void => {
      const parent = dirname(of);
      syncEntries(parent, (failure) => {
        if (failure || of === first || parent === of) done(failure);
        else above(parent);
      });
    };
    above(folder);
  });
}

/** Makes the entries of a folder durable; Windows does that by itself and has no call for it. */
function syncEntries(folder: string, done: Finished): void {
  if (isWindows) {
    setImmediate(done, null);
    return;
  }
  open(folder, constants.O_RDONLY, (error, descriptor) => {
    if (error) {
      done(error);
      return;
    }
    fsync(descriptor, (failure) => {
      close(descriptor, () => {
        done(failure);
      });
    });
  });
}
