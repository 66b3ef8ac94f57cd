/** What 7-Zip prints of an archive with `l -slt`: blocks of `Name = value`, one an item. */

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

export interface Entry {
  /** From the root of its file system, with `/` between names. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Bytes; 0 of a folder. */
  readonly size: number;
  /** Milliseconds since 1970. Undefined where the file system does not say. */
  readonly modified: number | undefined;
  /** What a symbolic link says. */
  readonly target: string | undefined;
  /** Marked as the operating system's own (NTFS, FAT). */
  readonly system: boolean;
  /** Its number in the file system's table of files, where 7-Zip tells. */
  readonly record: number | undefined;
}

/** Where 7-Zip shows what belongs to the file system itself, and what has been deleted. */
export const ownFolders = ['[SYS]', '[SYSTEM]', '[UNKNOWN]', '[DELETED]', '[LOST]'] as const;

export type Properties = ReadonlyMap<string, string>;

export interface Listing {
  /** Of the archive itself: `Type`, `Label`, ... */
  readonly head: Properties;
  /** Whether 7-Zip went on into the only partition, and listed what is in there instead. */
  readonly nested: boolean;
  readonly items: readonly Properties[];
}

export function parseListing(lines: readonly string[]): Listing {
  const head = new Map<string, string>();
  let heads = 0;
  const inner = new Map<string, string>();
  const items: Map<string, string>[] = [];
  let part: 'before' | 'head' | 'items' = 'before';
  let block: Map<string, string> | undefined;
  for (const line of lines) {
    if (line === '--') {
      part = 'head';
      heads++;
      block = heads === 1 ? head : inner;
    } else if (line === '----------') {
      part = 'items';
      block = undefined;
    } else if (part === 'items' && line === '') {
      block = undefined;
    } else if (part !== 'before') {
      const at = line.indexOf(' = ');
      const name = at < 0 ? line.replace(/ =$/, '') : line.slice(0, at);
      if (!block) items.push((block = new Map<string, string>()));
      // A name with a line break in it goes on in the next line; nothing else has a second `Path`.
      block.set(name, at < 0 ? '' : line.slice(at + 3));
    }
  }
  return { head, nested: heads > 1, items };
}

/** The entries that a person means; the file system's own files and deleted ones are left out. */
export function entriesOf({ items }: Listing): Entry[] {
  const entries: Entry[] = [];
  for (const item of items) {
    const path = item.get('Path') ?? '';
    const own = ownFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));
    if (path === '' || own || item.get('Alternate Stream') === '+') continue;
    if (item.get('Deleted') === '+') continue;
    // No file system has a file of such a name; a disk that was made to harm might say so.
    if (path.split('/').includes('..')) continue;
    const target = valueOf(item, 'Symbolic Link') ?? valueOf(item, 'Link');
    entries.push({
      path,
      kind: kindOf(item, target),
      size: Number(item.get('Size') ?? 0),
      modified: timeOf(item.get('Modified')),
      target,
      system: (item.get('Attributes')?.split(' ')[0] ?? '').includes('S'),
      record: item.has('iNode') ? Number(item.get('iNode')) : undefined,
    });
  }
  return entries;
}

/** A property that is there and says something. */
export function valueOf(item: Properties, name: string): string | undefined {
  const value = item.get(name);
  return value === '' ? undefined : value;
}

function kindOf(item: Properties, target: string | undefined): EntryKind {
  if (target !== undefined) return 'link';
  const mode = item.get('Mode') ?? '';
  if (item.get('Folder') === '+' || mode.startsWith('d')) return 'folder';
  // Devices, pipes and sockets: ext keeps them as inodes without content.
  return /^[bcps]/.test(mode) ? 'other' : 'file';
}

/** 7-Zip's process has no time zone, so what it prints is UTC (or, of FAT, the clock on the wall). */
function timeOf(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?/.exec(text ?? '');
  if (!match) return undefined;
  const time = Date.parse(`${match[1] ?? ''}T${match[2] ?? ''}${match[3] ?? ''}Z`);
  return Number.isNaN(time) ? undefined : time;
}
