/** How a command looks into a disk at a checkpoint: mounted by the engine, read over NBD, gone afterwards. */
import type { ControlClient } from '../../engine/control/control-client.ts';
import type { MountAnswer, ServedDisk } from '../../engine/control/questions.ts';
import type { Volume } from '../../restore/disk-files.ts';
import { UsageError, type Shell } from '../shell.ts';
import { NoEngineError } from './access.ts';
import type { OpenedDisk } from './engines.ts';
import { checkpointNamed } from './words.ts';

/** `VM:DISK:PATH`, from the left as far as it goes. */
export interface DiskPlace {
  readonly vm: string | undefined;
  readonly disk: string | undefined;
  /** With `/` between names; begins with the partition where the disk is partitioned. */
  readonly path: string;
}

/** @throws UsageError for a name that is empty */
export function diskPlace(text: string | undefined): DiskPlace {
  if (text === undefined) return { vm: undefined, disk: undefined, path: '' };
  const [vm = '', disk, ...rest] = text.split(':');
  if (vm === '' || disk === '') {
    throw new UsageError(`“${text}” is no VM:DISK:PATH: a name in it is empty.`);
  }
  return { vm, disk, path: rest.join(':') };
}

export interface MountWanted extends Pick<DiskPlace, 'vm' | 'disk'> {
  readonly vpg: string;
  readonly site: string | undefined;
  readonly checkpoint: string | undefined;
  /** For the report. */
  readonly notes: string;
}

type Mounted = Extract<MountAnswer, { result: 'success' }>;
type Refused = Extract<MountAnswer, { result: 'refused' }>;

/** Mounts, for as long as `use` takes; what was refused is answered as it is. */
export async function withMount<T>(
  engine: ControlClient,
  { checkpoint, ...wanted }: MountWanted,
  use: (mounted: Mounted) => Promise<T>,
): Promise<T | Refused> {
  const selector = checkpointNamed(checkpoint ?? 'latest');
  const answer = await engine.ask({ kind: 'mount', checkpoint: selector, ...wanted });
  if (answer.result === 'refused') return answer;
  try {
    return await use(answer);
  } finally {
    // Where the engine has gone it is closed as well.
    await engine.ask({ kind: 'unmount', mount: answer.mount }).catch(() => undefined);
  }
}

/** Opens the one disk of a mount, for as long as `use` takes. `read` hears of bytes that have come. */
export async function withDisk<T>(
  shell: Shell,
  { disks: [served] }: Mounted,
  read: (bytes: number) => void,
  use: (disk: OpenedDisk, served: ServedDisk) => Promise<T>,
): Promise<T> {
  if (!served || !shell.engines) throw new NoEngineError('The disk cannot be reached from here.');
  const disk = await shell.engines.openDisk(served.uri, served.disk, read);
  try {
    return await use(disk, served);
  } finally {
    await disk.close();
  }
}

/** A damaged file system may be read in part, which nobody should take for all of it. */
export function tellProblems(shell: Shell, { number, problems }: Volume): void {
  const where = number === 0 ? 'the file system' : `partition ${number}`;
  for (const problem of problems) shell.tell(`${where}: ${onTerminal(problem)}\n`);
}

/** A name off a recovered disk, which must not speak to the terminal. */
export function onTerminal(name: string): string {
  return name.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
