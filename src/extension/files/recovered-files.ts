/** The files of disks at a checkpoint, to be read in the editor as those of any folder. */
import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DiskBrowser, RestoreOptions } from '../../restore/disk-browser.ts';
import type { Extracted } from '../../restore/extract.ts';
import { pathBehind } from '../../restore/path-behind.ts';
import type { Entry } from '../../restore/listing.ts';
import { RestoreError } from '../../restore/restore-error.ts';
import type { Labs } from '../lab/labs.ts';
import type { Lab } from '../lab/lab.ts';
import type { MountedVm } from './mounted-vm.ts';
import { RecoveredDisks } from './recovered-disks.ts';
import {
  pathOf,
  placeOf,
  recoveredScheme,
  toSegment,
  type RecoveredPlace,
} from './recovered-place.ts';

/** A file is handed over as a whole, so that a larger one is for a restore. */
const largestRead = 512 * 1024 * 1024;
/** Links in a circle have no end; Linux follows as many. */
const mostLinks = 40;

const folder: vscode.FileStat = {
  type: vscode.FileType.Directory,
  ctime: 0,
  mtime: 0,
  size: 0,
  permissions: vscode.FilePermission.Readonly,
};

export class RecoveredFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #labs: Labs;
  readonly #disks = new RecoveredDisks();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  /** Nothing changes in the past; but what could not be shown can be when its lab is there again. */
  readonly onDidChangeFile = this.#changed.event;
  /** Roots that were asked for in vain, by their topology. */
  readonly #missed = new Map<string, Set<string>>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(labs: Labs) {
    this.#labs = labs;
    const isReadonly = new vscode.MarkdownString('Files of a checkpoint are as they were.');
    this.#subscriptions = [
      vscode.workspace.registerFileSystemProvider(recoveredScheme, this, {
        isCaseSensitive: true,
        isReadonly,
      }),
      labs.onDidEnd(({ lab }) => {
        this.#disks.forget(lab.uri);
      }),
      labs.onDidChange((uri) => {
        if (labs.of(uri)) this.#showMissed(uri);
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#changed).dispose();
    this.#disks.dispose();
  }

  /** The folder of all VMs of a VPG at a checkpoint. */
  uriOf(place: RecoveredPlace): vscode.Uri {
    return vscode.Uri.from({ scheme: recoveredScheme, path: pathOf(place) });
  }

  // --- As VS Code asks ---------------------------------------------------------------------------

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const place = placeIn(uri);
    if (place.vm === undefined || place.disk === undefined) {
      await this.readDirectory(uri);
      return folder;
    }
    const { path } = place;
    return this.#look(uri, place, async (browser, { time }) => {
      const [entry, followed] = await Promise.all([
        browser.stat(path).catch(ifAbsent),
        browser.follow(path),
      ]);
      const found = entry ?? followed?.entry;
      if (!found) throw vscode.FileSystemError.FileNotFound(uri);
      const modified = found.modified ?? time;
      return {
        ...folder,
        type: typeOf(found, followed?.entry),
        ctime: modified,
        mtime: modified,
        size: followed?.entry.size ?? found.size,
      };
    });
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const place = placeIn(uri);
    const { vm, disk, path } = place;
    if (vm === undefined) {
      const lab = await this.#lab(uri, place);
      const vpg = lab.snapshot.vpgs.find(({ name }) => name === place.vpg);
      if (!vpg) throw vscode.FileSystemError.FileNotFound(uri);
      return vpg.vms.map((name) => [toSegment(name), vscode.FileType.Directory]);
    }
    if (disk === undefined) {
      const mounted = await this.#mounted(uri, place, vm);
      return mounted.disks.map((name) => [toSegment(name), vscode.FileType.Directory]);
    }
    return this.#look(uri, place, async (browser) => {
      const at = await browser.follow(path);
      if (!at) throw vscode.FileSystemError.FileNotFound(uri);
      if (at.entry.kind !== 'folder') throw vscode.FileSystemError.FileNotADirectory(uri);
      const entries = await browser.list(at.path);
      return Promise.all(
        entries.map(async (entry): Promise<[string, vscode.FileType]> => {
          const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
          const leadsTo =
            entry.kind === 'link' ? await browser.follow(`${at.path}/${name}`) : undefined;
          return [name, typeOf(entry, leadsTo?.entry)];
        }),
      );
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const place = placeIn(uri);
    return this.#look(uri, place, (browser) => contentOf(uri, browser, place.path));
  }

  /** Restores a file or a folder to a folder of this machine. @throws RestoreError */
  restore(uri: vscode.Uri, to: string, options: RestoreOptions): Promise<Extracted> {
    const place = placeIn(uri);
    return this.#look(
      uri,
      place,
      (browser) => browser.restore(place.path, to, options),
      (error) => error,
    );
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  // --- As the engine answers ---------------------------------------------------------------------

  async #look<T>(
    uri: vscode.Uri,
    place: RecoveredPlace,
    use: (browser: DiskBrowser, mounted: MountedVm) => Promise<T>,
    failed: (error: unknown) => unknown = asFileError,
  ): Promise<T> {
    const { vm, disk } = place;
    if (vm === undefined || disk === undefined) throw vscode.FileSystemError.FileIsADirectory(uri);
    const mounted = await this.#mounted(uri, place, vm);
    try {
      const used = await mounted.use(disk, async (browser) => ({
        value: await use(browser, mounted),
      }));
      if (!used) throw vscode.FileSystemError.FileNotFound(uri);
      return used.value;
    } catch (error) {
      throw failed(error);
    }
  }

  async #mounted(uri: vscode.Uri, place: RecoveredPlace, vm: string): Promise<MountedVm> {
    const { topology, vpg, checkpoint } = place;
    const lab = await this.#lab(uri, place);
    if (lab.snapshot.vpgs.find(({ name }) => name === vpg)?.vms.includes(vm) !== true) {
      // The Explorer and extensions ask for files that may be there, such as `.vscode`.
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    try {
      return await this.#disks.mounted(topology, lab, { vpg, checkpoint, vm });
    } catch (error) {
      throw asFileError(error);
    }
  }

  async #lab(uri: vscode.Uri, { topology, vpg, checkpoint }: RecoveredPlace): Promise<Lab> {
    const lab = await this.#labs.reach(topology);
    if (lab) return lab;
    const missed = this.#missed.get(topology) ?? new Set();
    this.#missed.set(topology, missed.add(pathOf({ topology, vpg, checkpoint, path: '' })));
    throw vscode.FileSystemError.Unavailable(
      `The lab of this checkpoint does not run, or the workspace is not trusted: ${uri.path}`,
    );
  }

  #showMissed(topology: string): void {
    const missed = this.#missed.get(topology);
    if (!missed) return;
    this.#missed.delete(topology);
    const events = [...missed].map((path) => ({
      type: vscode.FileChangeType.Changed,
      uri: vscode.Uri.from({ scheme: recoveredScheme, path }),
    }));
    this.#changed.fire(events);
  }
}

function placeIn(uri: vscode.Uri): RecoveredPlace {
  const place = placeOf(uri.path);
  if (!place) throw vscode.FileSystemError.FileNotFound(uri);
  return place;
}

/**
 * What a file holds. On NTFS the links that Linux makes are files until they have been brought out: then it is what they
 * lead to within their file system.
 */
async function contentOf(
  uri: vscode.Uri,
  browser: DiskBrowser,
  path: string,
  links = 0,
): Promise<Uint8Array> {
  const at = links > mostLinks ? undefined : await browser.follow(path);
  if (!at) throw vscode.FileSystemError.FileNotFound(uri);
  if (at.entry.kind === 'folder') throw vscode.FileSystemError.FileIsADirectory(uri);
  if (at.entry.size > largestRead) {
    const most = `${String(largestRead / 1024 / 1024)} MiB`;
    const why = `A file above ${most} is not opened here: “Restore to a Folder…” brings it out.`;
    throw vscode.FileSystemError.Unavailable(why);
  }
  const beside = await mkdtemp(join(tmpdir(), 'tidemark-read-'));
  let target: string;
  try {
    const restored = (await browser.restore(at.path, beside)).path;
    if (!(await lstat(restored)).isSymbolicLink()) return await readFile(restored);
    target = await readlink(restored);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return contentOf(uri, browser, pathBehind(at, target), links + 1);
}

function typeOf(entry: Entry, leadsTo: Entry | undefined): vscode.FileType {
  const { Directory, File, SymbolicLink, Unknown } = vscode.FileType;
  switch (entry.kind) {
    case 'folder':
      return Directory;
    case 'file':
      return File;
    case 'other':
      return Unknown;
    case 'link':
      return SymbolicLink | (leadsTo ? typeOf(leadsTo, undefined) : Unknown);
  }
}

function ifAbsent(error: unknown): undefined {
  if (error instanceof RestoreError && error.code === 'not-found') return undefined;
  throw error;
}

/** What VS Code tells a person of a file that cannot be shown. */
function asFileError(error: unknown): unknown {
  if (error instanceof vscode.FileSystemError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof RestoreError && error.code === 'not-found'
    ? vscode.FileSystemError.FileNotFound(message)
    : vscode.FileSystemError.Unavailable(message);
}
