/** `tidemark restore`: a file or a folder out of a disk as it was at a checkpoint. */
import type { Extracted } from '../../restore/extract.ts';
import { RestoreError } from '../../restore/restore-error.ts';
import { formatSize } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, kindOf, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { NoEngineError, withEngine } from './access.ts';
import { diskPlace, onTerminal, tellProblems, withDisk, withMount } from './mounted.ts';
import { printReply } from './replies.ts';
import { iso } from './words.ts';

export const restoreUsage =
  'tidemark restore VPG VM:DISK:PATH --to DIR [--checkpoint C] [--force] [--site SITE] [--state DIR] [--format text|json]';

interface Restored {
  readonly checkpoint: { readonly id: number; readonly time: number };
  readonly extracted: Extracted;
}

const MiB = 1024 * 1024;

export async function restoreCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values, flags } = readOptions(
    args,
    ['to', 'checkpoint', 'site', 'state', 'format'],
    { flags: ['force'] },
  );
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const [vpg, where, ...more] = operands;
  if (vpg === undefined || where === undefined || more.length > 0) {
    throw new UsageError('restore needs a VPG and one VM:DISK:PATH.');
  }
  const { vm, disk, path } = diskPlace(where);
  if (vm === undefined || disk === undefined || path === '') {
    throw new UsageError(`“${where}” is no VM:DISK:PATH: “tidemark browse” shows what there is.`);
  }
  const { site, checkpoint, to } = values;
  if (to === undefined || to === '') throw new UsageError('restore needs --to DIR.');
  const { engines } = shell;
  if (!engines) throw new NoEngineError('Engines cannot be reached from here.');
  const folder = engines.absolutePath(to);
  checkFolder(shell, folder);
  const overwrite = flags.has('force');
  const notes = `tidemark restore ${where} --to ${folder}`.slice(0, 1000);
  return withEngine(shell, values.state, async (engine) => {
    const wanted = { vpg, vm, disk, site, checkpoint, notes };
    const clear = '\r\u001b[K';
    let bytes = 0;
    const read = (more: number): void => {
      const before = Math.floor(bytes / MiB);
      bytes += more;
      const now = Math.floor(bytes / MiB);
      if (shell.progress && now > before) shell.tell(`${clear}${now} MiB read`);
    };
    const done = await withMount(engine, wanted, (mounted) =>
      withDisk(shell, mounted, read, async ({ browser }): Promise<Restored> => {
        const volume = await browser.volumeOf(path);
        if (volume) tellProblems(shell, volume);
        const extracted = await engines.untilInterrupted((signal) =>
          browser.restore(path, folder, { overwrite, signal }),
        );
        return { checkpoint: mounted.checkpoint, extracted };
      }),
    ).finally(() => {
      if (shell.progress) shell.tell(clear);
    });
    if ('result' in done) return printReply(shell, format, `restore of ${where}`, done);
    shell.print(format === 'json' ? restoredJson(done) : restoredText(where, done));
    for (const each of done.extracted.leftOut) {
      shell.tell(`left out, because it is a device, a pipe or a socket: ${onTerminal(each)}\n`);
    }
    return exitStatus.fine;
  });
}

/** A folder that somebody misspelt would be made, and what was restored be looked for in vain. */
function checkFolder(shell: Shell, folder: string): void {
  const kind = kindOf(shell, folder);
  if (kind === 'folder') return;
  throw new RestoreError(
    'target',
    kind === undefined
      ? `There is no folder ${folder}: make it first.`
      : `${folder} is a file, and not a folder that could take what is restored.`,
  );
}

function restoredJson({ checkpoint, extracted }: Restored): string {
  const { path, files, folders, links, bytes, leftOut } = extracted;
  const shown = {
    result: 'success',
    checkpoint: { id: checkpoint.id, time: iso(checkpoint.time) },
    path,
    files,
    folders,
    links,
    bytes,
    leftOut,
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

function restoredText(where: string, { checkpoint, extracted }: Restored): string {
  const { path, files, folders, links, bytes } = extracted;
  const at = `checkpoint ${checkpoint.id} of ${iso(checkpoint.time)}`;
  const counts = [`${files} files`, `${folders} folders`, `${links} links`, formatSize(bytes)];
  return `restore of ${where}: done at ${at}\n  ${onTerminal(path)}  ${counts.join(', ')}\n`;
}
