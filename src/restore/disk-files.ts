/**
 * The files of a recovered disk.
 *
 * Paths have `/` between names and begin with the number of the partition (`2/etc/hosts`) where the disk
 * is partitioned, at the root of the file system where it is not (`/etc/hosts`).
 */
import { partOf, type SynchronousDisk } from './disk.ts';
import { entriesOf, parseListing, valueOf, type Entry } from './listing.ts';
import { RestoreError } from './restore-error.ts';
import { diskPath, runSevenZip } from './seven-zip.ts';

export interface Volume {
  /** As in the partition table, from 1; 0 for a file system that fills the whole disk. */
  readonly number: number;
  /** `Ext`, `NTFS`, `FAT`, ...; undefined where there is none that can be read. */
  readonly fileSystem: string | undefined;
  readonly label: string | undefined;
  /** Bytes from the start of the disk. */
  readonly offset: number;
  readonly size: number;
  /** What was found wrong with its file system, which may still be read in part. */
  readonly problems: readonly string[];
}

/** A file system whose listing has been read: all of its entries by their paths. */
export interface VolumeTree {
  readonly volume: Volume;
  readonly disk: SynchronousDisk;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Names in a folder, by the folder's path; the root is ''. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

/** Bytes: the second sector, where a GPT begins. */
const gptAt = 512;
const tables = new Set(['GPT', 'MBR', 'APM']);
const fileSystems = new Set([
  'Ext',
  'NTFS',
  'FAT',
  'exFAT',
  'HFS',
  'APFS',
  'SquashFS',
  'Iso',
  'UDF',
]);

interface Listed {
  readonly type: string | undefined;
  readonly listing: ReturnType<typeof parseListing>;
  readonly problems: readonly string[];
}

/** A partition, before anybody has looked into it. */
type Partition = Pick<Volume, 'number' | 'offset' | 'size'>;

export class DiskFiles {
  readonly #disk: SynchronousDisk;
  /** By the number of the volume; undefined where it has no file system that can be read. */
  readonly #trees = new Map<number, VolumeTree | undefined>();
  #partitions: readonly Partition[] | undefined;

  constructor(disk: SynchronousDisk) {
    this.#disk = disk;
  }

  /** @throws RestoreError `no-file-system` where neither a partition table nor a file system is found */
  async volumes(): Promise<readonly Volume[]> {
    const volumes: Volume[] = [];
    for (const partition of await this.#table()) {
      const tree = await this.#look(partition);
      const none = { fileSystem: undefined, label: undefined, problems: [] };
      volumes.push(tree?.volume ?? { ...partition, ...none });
    }
    return volumes;
  }

  /**
   * The tree of a volume, read once.
   *
   * @throws RestoreError `not-found` (no such partition), `no-file-system`
   */
  async tree(number: number): Promise<VolumeTree> {
    const partitions = await this.#table();
    const partition = partitions.find((each) => each.number === number);
    if (!partition) {
      throw new RestoreError(
        'not-found',
        `There is no partition ${number}. There are: ${numbersOf(partitions)}.`,
      );
    }
    const tree = await this.#look(partition);
    if (tree) return tree;
    throw new RestoreError(
      'no-file-system',
      `Partition ${number} has no file system that can be read (ext2/3/4, NTFS, FAT, exFAT).`,
    );
  }

  /**
   * Finds what a path of the disk means: a place in a volume, or all of them (`tree` undefined).
   *
   * @throws RestoreError `not-found`, `no-file-system`
   */
  async place(path: string): Promise<{ readonly tree?: VolumeTree; readonly path: string }> {
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    const partitions = await this.#table();
    if (isWhole(partitions)) return { tree: await this.tree(0), path: names.join('/') };
    const [number, ...rest] = names;
    if (number === undefined) return { path: '' };
    if (!/^[1-9]\d*$/.test(number)) {
      const there = numbersOf(partitions);
      throw new RestoreError(
        'not-found',
        `The disk is partitioned, so a path begins with a partition: ${there}. ${number} is none.`,
      );
    }
    return { tree: await this.tree(Number(number)), path: rest.join('/') };
  }

  /**
   * What is in a folder, sorted by name; at the root of a partitioned disk its partitions, as folders.
   * The entry of a file or a link is answered by itself.
   *
   * @throws RestoreError `not-found`, `no-file-system`
   */
  async list(path: string): Promise<readonly Entry[]> {
    const { tree, path: inside } = await this.place(path);
    if (!tree) return (await this.#table()).map(({ number }) => folderEntry(String(number)));
    const names = tree.folders.get(inside);
    if (!names) return [entryAt(tree, inside)];
    return names
      .map((name) => entryAt(tree, inside === '' ? name : `${inside}/${name}`))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The partitions; the whole disk, as number 0, where a file system fills it. */
  async #table(): Promise<readonly Partition[]> {
    if (this.#partitions) return this.#partitions;
    const whole = await listWhole(this.#disk);
    const { size } = this.#disk;
    if (whole.type !== undefined && fileSystems.has(whole.type)) {
      const partition = { number: 0, offset: 0, size };
      this.#trees.set(0, treeOf(volumeOf(partition, whole), this.#disk, whole));
      return (this.#partitions = [partition]);
    }
    if (whole.type === undefined || !tables.has(whole.type)) {
      throw new RestoreError(
        'no-file-system',
        `The disk has neither a partition table (GPT, MBR) nor a file system that can be read (ext2/3/4, NTFS, FAT, exFAT).${
          whole.type === undefined ? '' : ` It looks like ${whole.type}.`
        }`,
      );
    }
    this.#partitions = whole.listing.items.flatMap((item, index): Partition[] => {
      // Room that no partition takes is listed too, but it is of no kind and has no number.
      if (whole.type === 'MBR' && (item.get('Primary') ?? '') === '') return [];
      const offset = Number(item.get('Offset'));
      const length = Math.min(Number(item.get('Size')), size - offset);
      if (!Number.isFinite(offset) || !(length > 0)) return [];
      return [{ number: index + 1, offset, size: length }];
    });
    return this.#partitions;
  }

  /** Lists a partition, once: only of those that somebody asks for. */
  async #look(partition: Partition): Promise<VolumeTree | undefined> {
    const { number, offset, size } = partition;
    if (this.#trees.has(number)) return this.#trees.get(number);
    const disk = partOf(this.#disk, offset, size);
    const listed = await listDisk(disk);
    const volume = volumeOf(partition, listed);
    const tree = volume.fileSystem === undefined ? undefined : treeOf(volume, disk, listed);
    this.#trees.set(number, tree);
    return tree;
  }
}

function isWhole(partitions: readonly Partition[]): boolean {
  return partitions[0]?.number === 0;
}

function numbersOf(partitions: readonly Partition[]): string {
  return partitions.map(({ number }) => String(number)).join(', ');
}

/** @throws RestoreError `not-found` */
export function entryAt(tree: VolumeTree, path: string): Entry {
  const entry = path === '' ? folderEntry('') : tree.entries.get(path);
  if (!entry) throw new RestoreError('not-found', `There is no ${path} in the file system.`);
  return entry;
}

/**
 * 7-Zip goes on into a partition that is the only one and lists all of it, which takes long and is not wanted
 * yet: so it is told where a GPT is seen.
 */
async function listWhole(disk: SynchronousDisk): Promise<Listed> {
  const mark = Buffer.alloc(8);
  if (disk.size >= gptAt + mark.length) disk.read(gptAt, mark);
  if (mark.toString('latin1') === 'EFI PART') {
    const listed = await listDisk(disk, 'GPT');
    if (listed.type === 'GPT') return listed;
  }
  return listDisk(disk);
}

async function listDisk(disk: SynchronousDisk, as?: string): Promise<Listed> {
  const command = ['l', '-slt', ...(as === undefined ? [] : [`-t${as}`]), diskPath];
  const { lines, problems } = await runSevenZip(command, { disk });
  const listing = parseListing(lines);
  const type = listing.head.get('Type');
  return listing.nested && as === undefined ? listDisk(disk, type) : { type, listing, problems };
}

function volumeOf(partition: Partition, { type, listing, problems }: Listed): Volume {
  const fileSystem = type !== undefined && fileSystems.has(type) ? type : undefined;
  const label = valueOf(listing.head, 'Label') ?? valueOf(listing.head, 'Volume Name');
  return { ...partition, fileSystem, label, problems };
}

/** A folder that nothing is known of but that it is there. */
export function folderEntry(path: string): Entry {
  return {
    path,
    kind: 'folder',
    size: 0,
    modified: undefined,
    target: undefined,
    system: false,
    record: undefined,
  };
}

function treeOf(volume: Volume, disk: SynchronousDisk, { listing }: Listed): VolumeTree {
  const entries = new Map<string, Entry>();
  const folders = new Map<string, string[]>([['', []]]);
  const place = (entry: Entry): void => {
    if (entries.has(entry.path)) return;
    entries.set(entry.path, entry);
    if (entry.kind === 'folder' && !folders.has(entry.path)) folders.set(entry.path, []);
    const cut = entry.path.lastIndexOf('/');
    const parent = cut < 0 ? '' : entry.path.slice(0, cut);
    if (!folders.has(parent)) {
      place(folderEntry(parent));
    }
    folders.get(parent)?.push(entry.path.slice(cut + 1));
  };
  for (const entry of entriesOf(listing)) place(entry);
  return { volume, disk, entries, folders };
}
