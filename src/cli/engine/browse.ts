/** `tidemark browse`: what is in a disk as it was at a checkpoint. */
import type { ServedDisk } from '../../engine/control/questions.ts';
import { textTable } from '../../report/table.ts';
import type { Volume } from '../../restore/disk-files.ts';
import type { Entry } from '../../restore/listing.ts';
import { formatSize } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { withEngine } from './access.ts';
import { diskPlace, onTerminal, tellProblems, withDisk, withMount } from './mounted.ts';
import { printReply } from './replies.ts';
import { iso, isoOrNull } from './words.ts';

export const browseUsage =
  'tidemark browse VPG [VM[:DISK[:PATH]]] [--checkpoint C] [--site SITE] [--state DIR] [--format text|json]';

interface Seen {
  readonly checkpoint: { readonly id: number; readonly time: number };
  readonly disks?: readonly ServedDisk[];
  readonly volumes?: readonly Volume[];
  /** Their paths begin with the partition, so that they can be asked for as they are. */
  readonly entries?: readonly Entry[];
}

export async function browseCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, ['checkpoint', 'site', 'state', 'format']);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const [vpg, where, ...more] = operands;
  if (vpg === undefined || more.length > 0) {
    throw new UsageError('browse needs a VPG, and takes one VM:DISK:PATH.');
  }
  const { vm, disk, path } = diskPlace(where);
  const { site, checkpoint } = values;
  const notes = `tidemark browse ${where ?? ''}`.trim();
  return withEngine(shell, values.state, async (engine) => {
    const wanted = { vpg, vm, disk, site, checkpoint, notes };
    const seen = await withMount(engine, wanted, async (mounted): Promise<Seen> => {
      const { checkpoint: at, disks } = mounted;
      if (disk === undefined) return { checkpoint: at, disks };
      const look = (): void => undefined;
      return withDisk(shell, mounted, look, async ({ browser }) => {
        const volume = await browser.volumeOf(path);
        if (!volume) {
          const volumes = await browser.volumes();
          for (const each of volumes) tellProblems(shell, each);
          return { checkpoint: at, volumes };
        }
        tellProblems(shell, volume);
        const { number } = volume;
        const entries = (await browser.list(path)).map((entry) =>
          number === 0 ? entry : { ...entry, path: `${number}/${entry.path}` },
        );
        return { checkpoint: at, entries };
      });
    });
    if ('result' in seen) return printReply(shell, format, `browse of ${vpg}`, seen);
    shell.print(
      format === 'json' ? `${JSON.stringify(seenData(seen), undefined, 2)}\n` : seenText(seen),
    );
    return exitStatus.fine;
  });
}

function seenData({ checkpoint, disks, volumes, entries }: Seen): unknown {
  return {
    checkpoint: { id: checkpoint.id, time: iso(checkpoint.time) },
    disks: disks?.map(({ disk, size }) => ({ disk, size })),
    volumes: volumes?.map(({ number, fileSystem, label, offset, size, problems }) => ({
      number,
      fileSystem: fileSystem ?? null,
      label: label ?? null,
      offset,
      size,
      problems,
    })),
    entries: entries?.map(({ path, kind, size, modified, target }) => ({
      path,
      kind,
      size,
      modified: isoOrNull(modified),
      target: target ?? null,
    })),
  };
}

function seenText({ checkpoint, disks, volumes, entries = [] }: Seen): string {
  const head = `checkpoint ${checkpoint.id} of ${iso(checkpoint.time)}\n`;
  if (disks) {
    const rows = disks.map(({ disk, size }) => [disk.replace('/', ':'), formatSize(size)]);
    return `${head}${textTable(['disk', 'size'], rows, ['size'])}`;
  }
  if (volumes) {
    const rows = volumes.map(({ number, fileSystem, label, size }) => [
      String(number),
      fileSystem ?? 'none that can be read',
      onTerminal(label ?? ''),
      formatSize(size),
    ]);
    return `${head}${textTable(['partition', 'file system', 'label', 'size'], rows, ['size'])}`;
  }
  const rows = entries.map((entry) => [
    entry.kind === 'folder' ? '' : String(entry.size),
    entry.modified === undefined ? '' : iso(entry.modified),
    onTerminal(shownPath(entry)),
  ]);
  return `${head}${textTable(['bytes', 'modified', 'path'], rows, ['bytes'])}`;
}

function shownPath({ path, kind, target }: Entry): string {
  if (kind === 'folder') return `${path}/`;
  return kind === 'link' ? `${path} -> ${target ?? ''}` : path;
}
