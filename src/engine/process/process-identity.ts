/** Which process of which machine somebody is, so that a later process with its number is not taken for it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

export const identitySchema = z.object({
  pid: z.int().positive(),
  /** When the process was started, in the system's own words; absent where it does not say. */
  started: z.string().optional(),
  /** Differs after each start of the machine; absent where the system has no word for it. */
  boot: z.string().optional(),
  machine: z.string(),
  /** Where the process number counts: containers number their own. */
  namespace: z.string().optional(),
});
export type ProcessIdentity = z.infer<typeof identitySchema>;

export type Life =
  | 'alive'
  | 'gone'
  /** A process of that number is there, and nobody can tell whether it is the one that is meant. */
  | 'uncertain'
  /** It counts in another namespace of this machine. */
  | 'other-namespace'
  | 'other-machine';

/** What can be seen of processes from here. */
export interface ProcessView {
  readonly self: ProcessIdentity;
  lifeOf(process: ProcessIdentity): Life;
}

export function processView(): ProcessView {
  const self = ownIdentity();
  return { self, lifeOf: (other) => lifeOf(other, self, { exists, startOf }) };
}

/** Processes of this machine by their numbers. */
export interface ProcessTable {
  exists(pid: number): boolean;
  /** Undefined where the system does not say. */
  startOf(pid: number): string | undefined;
}

export function lifeOf(other: ProcessIdentity, self: ProcessIdentity, table: ProcessTable): Life {
  const sameBoot = other.boot !== undefined && other.boot === self.boot;
  // One kernel is one machine, whatever a container calls itself.
  if (!sameBoot) {
    if (other.machine !== self.machine) return 'other-machine';
    if (other.boot !== undefined && self.boot !== undefined) return 'gone';
  }
  if (other.namespace !== self.namespace) return 'other-namespace';
  if (!table.exists(other.pid)) return 'gone';
  const started = table.startOf(other.pid);
  if (started === undefined || other.started === undefined) return 'uncertain';
  return started === other.started ? 'alive' : 'gone';
}

function ownIdentity(): ProcessIdentity {
  const started = startOf(process.pid);
  const boot = firstLine('/proc/sys/kernel/random/boot_id');
  const namespace = orUndefined(() => readlinkSync('/proc/self/ns/pid'));
  return {
    pid: process.pid,
    machine: firstLine('/etc/machine-id') ?? hostname(),
    ...(started === undefined ? {} : { started }),
    ...(boot === undefined ? {} : { boot }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process is there, and must not be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return processStat(pid)?.state !== 'Z';
}

function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return processStat(pid)?.start;
  if (process.platform === 'win32') return undefined;
  const args = ['-p', String(pid), '-o', 'lstart='];
  const text = orUndefined(() => execFileSync('ps', args, { encoding: 'utf8' }).trim());
  return text === '' ? undefined : text;
}

/**
 * State and start (in ticks since the machine's start) of a process, from proc(5). The name before them may
 * hold anything, a closing parenthesis too. A zombie has ended; it waits for its parent to look.
 */
function processStat(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields ?? [];
  const start = fields?.[19];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function firstLine(path: string): string | undefined {
  const line = orUndefined(() => readFileSync(path, 'utf8').split('\n', 1)[0]?.trim());
  return line === '' ? undefined : line;
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
