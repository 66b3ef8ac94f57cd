/** A datastore: space, files, and one queue in which its transfers line up. */
import type { Payload } from '../payload.ts';
import type { Instant, Random } from '../world.ts';
import type { StorageFaults } from './harm.ts';
import { StoredContent, writeBackDelay } from './stored-content.ts';
import type { Deferred, PendingChange } from './stored-content.ts';

/** Bytes per millisecond: 500 MB/s, a SATA SSD or a modest array. */
export const transferRate = 500_000;
/** Milliseconds from the end of a transfer until it is reported. */
const transferLatency = 0.1;
/** Milliseconds that flushing the disk's cache takes. */
const syncLatency = 1;

export interface DatastoreFile {
  readonly path: string;
  readonly content: StoredContent;
  /** Among the files that may hold something that is not durable. */
  listed: boolean;
}

/** Files listed at least before those are taken off the list that are durable again. */
const leastListed = 64;

/** A change of what files there are that the loss of power may undo. */
interface EntryChange {
  readonly path: string;
  /** Undefined: removed. */
  readonly file: DatastoreFile | undefined;
  readonly before: DatastoreFile | undefined;
  readonly owner: string;
  readonly since: Instant;
}

export class Datastore {
  readonly name: string;
  readonly capacity: number;
  faults: StorageFaults | undefined;
  /** How many times as long as it should everything takes. */
  slowness = 1;
  /** Space that something else than the simulated files takes. */
  #elsewhere: number;
  readonly #files = new Map<string, DatastoreFile>();
  /** Paths of the files below each folder, however deep. */
  readonly #folders = new Map<string, Set<string>>();
  /** Holds every file with something that is not durable, and some of which all is durable. */
  readonly #unsynced = new Set<DatastoreFile>();
  #listedMost = leastListed;
  #entryChanges: EntryChange[] = [];
  #allocated = 0;
  #busyUntil: Instant = 0;

  constructor(name: string, capacity: number, free: number) {
    this.name = name;
    this.capacity = capacity;
    this.#elsewhere = Math.max(0, capacity - free);
  }

  get free(): number {
    return Math.max(0, this.capacity - this.#elsewhere - this.#allocated);
  }

  /** Lets something else take all but `free` bytes, or give space back, as far as the files let it. */
  fill(free: number): void {
    this.#elsewhere = Math.max(0, this.capacity - this.#allocated - free);
  }

  file(path: string): DatastoreFile | undefined {
    return this.#files.get(path);
  }

  create(path: string, owner: string, now: Instant): DatastoreFile {
    const file: DatastoreFile = { path, content: new StoredContent(), listed: false };
    this.#changeEntry({ path, file, before: this.#files.get(path), owner, since: now });
    return file;
  }

  /** Whether there was such a file. */
  remove(path: string, owner: string, now: Instant): boolean {
    const before = this.#files.get(path);
    if (!before) return false;
    this.#changeEntry({ path, file: undefined, before, owner, since: now });
    return true;
  }

  /**
   * A file that is there, and empty or of a content that is still to be made, and whose entry no loss of power takes
   * back. It takes the place of one that there is.
   */
  establish(path: string, now: Instant, deferred?: Deferred): DatastoreFile {
    const file: DatastoreFile = { path, content: new StoredContent(deferred), listed: false };
    this.#settleEntry(path, file, now);
    return file;
  }

  /** Removes a file for good, where there is one: no loss of power brings it back. */
  abolish(path: string, now: Instant): void {
    this.#settleEntry(path, undefined, now);
  }

  /** An entry that is gone, as after a file system's own loss: nobody asked for it. */
  lose(path: string): void {
    if (this.#files.has(path)) this.#setEntry(path, undefined);
  }

  /** Paths below a folder, relative to it, sorted. */
  list(folder: string): string[] {
    const named = folder.endsWith('/') ? folder.slice(0, -1) : folder;
    const paths = [...(this.#folders.get(named) ?? [])];
    return paths.map((path) => path.slice(named.length + 1)).sort();
  }

  /** Changes of entries below the folder, made up to a time, become durable. */
  syncEntries(folder: string, upTo: Instant): void {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    this.#entryChanges = this.#entryChanges.filter(
      (change) => change.since > upTo || !change.path.startsWith(prefix),
    );
  }

  /** A write begins, and is seen at once. */
  write(
    file: DatastoreFile,
    offset: number,
    payload: Payload,
    owner: string,
    now: Instant,
  ): PendingChange {
    const { content } = file;
    const before = content.allocated;
    const change = content.write(offset, payload, owner, now);
    const added = content.allocated - before;
    if (added !== 0 && this.#files.get(file.path) === file) this.#allocated += added;
    this.#list(file);
    return change;
  }

  /** A write, or with `durable` its sync as well, has ended. */
  complete(file: DatastoreFile, change: PendingChange, durable: boolean): void {
    file.content.complete(change, durable);
  }

  /** Does something to a file's content and keeps the account of space and of what is unsynced. */
  change<Result>(file: DatastoreFile, run: (content: StoredContent) => Result): Result {
    const { content } = file;
    const before = content.allocated;
    const result = run(content);
    if (this.#files.get(file.path) === file) this.#allocated += content.allocated - before;
    if (content.hasUnsynced) this.#list(file);
    return result;
  }

  #list(file: DatastoreFile): void {
    if (file.listed) return;
    file.listed = true;
    this.#unsynced.add(file);
    if (this.#unsynced.size <= this.#listedMost) return;
    for (const each of this.#unsynced) {
      if (each.content.hasUnsynced) continue;
      each.listed = false;
      this.#unsynced.delete(each);
    }
    this.#listedMost = Math.max(leastListed, 2 * this.#unsynced.size);
  }

  /** When a transfer of this many bytes that begins now is done. Transfers share the datastore's rate. */
  transfer(now: Instant, bytes: number): Instant {
    this.#busyUntil = Math.max(now, this.#busyUntil) + (bytes / transferRate) * this.slowness;
    return this.#busyUntil + transferLatency * this.slowness;
  }

  /** When a flush that is asked for now is done: behind all transfers before it. */
  flush(now: Instant): Instant {
    return Math.max(now, this.#busyUntil) + syncLatency * this.slowness;
  }

  ownerEnded(owner: string, powerLost: boolean, now: Instant, random: Random): void {
    for (const file of [...this.#unsynced]) {
      this.change(file, (content) => {
        content.ownerEnded(owner, powerLost, now, random);
      });
    }
    if (powerLost) this.#loseEntries(owner, now, random);
  }

  #loseEntries(owner: string, now: Instant, random: Random): void {
    const changes = this.#entryChanges;
    this.#entryChanges = [];
    for (let index = changes.length - 1; index >= 0; index--) {
      const change = changes[index];
      if (change) this.#setEntry(change.path, change.before);
    }
    for (const change of changes) {
      const old = now - change.since >= writeBackDelay;
      if (change.owner === owner && !old && random.integer(2) === 0) continue;
      if (change.owner === owner) this.#setEntry(change.path, change.file);
      else this.#changeEntry({ ...change, before: this.#files.get(change.path) });
    }
  }

  #changeEntry(change: EntryChange): void {
    this.#setEntry(change.path, change.file);
    this.#forgetOldEntries(change.since);
    this.#entryChanges.push(change);
  }

  #forgetOldEntries(now: Instant): void {
    const changes = this.#entryChanges;
    const [oldest] = changes;
    if (oldest && now - oldest.since >= writeBackDelay) {
      this.#entryChanges = changes.filter((known) => now - known.since < writeBackDelay);
    }
  }

  /** What this path was before is past undoing. */
  #settleEntry(path: string, file: DatastoreFile | undefined, now: Instant): void {
    this.#setEntry(path, file);
    this.#forgetOldEntries(now);
    const changes = this.#entryChanges;
    if (changes.some((change) => change.path === path)) {
      this.#entryChanges = changes.filter((change) => change.path !== path);
    }
  }

  #setEntry(path: string, file: DatastoreFile | undefined): void {
    this.#allocated -= this.#files.get(path)?.content.allocated ?? 0;
    if (file) this.#files.set(path, file);
    else this.#files.delete(path);
    this.#allocated += file?.content.allocated ?? 0;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      this.#setInFolder(path.slice(0, end), path, file !== undefined);
    }
  }

  #setInFolder(folder: string, path: string, isThere: boolean): void {
    let paths = this.#folders.get(folder);
    if (!paths) this.#folders.set(folder, (paths = new Set()));
    if (isThere) paths.add(path);
    else paths.delete(path);
    if (paths.size === 0) this.#folders.delete(folder);
  }
}
