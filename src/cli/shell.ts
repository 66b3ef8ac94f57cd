import type { EngineAccess } from './engine/engines.ts';
import type { Entry, EntryKind } from '../topology/include/glob.ts';

export type { Entry, EntryKind } from '../topology/include/glob.ts';

/** What a command sees of the machine: files, and two places to write to. */
export interface Shell {
  /** Throws the system's error where the file cannot be read. */
  readFile(path: string): Uint8Array;
  /**
   * Puts a text in the place of a file, all of it or none: whoever reads it meanwhile, and whatever
   * stops the machine, there is the old text or the new one. Throws the system's error.
   */
  writeFile(path: string, text: string): void;
  /**
   * What the path leads to; undefined where that is neither a file nor a folder, and for a link that
   * leads nowhere. Throws the system's error where that cannot be told.
   */
  kindOf(path: string): EntryKind | undefined;
  /**
   * The files and folders in a folder, in any order. A link to a folder is left out, so that a walk
   * ends. Throws the system's error.
   */
  list(path: string): readonly Entry[];
  /** The path without any links on the way. Throws the system's error where nothing is there. */
  realPath(path: string): string;
  /** Results. */
  print(text: string): void;
  /** Messages for the person: what could not be done, how far it is. */
  tell(text: string): void;
  /** Whether results go to a terminal, where colour helps. */
  readonly colours: boolean;
  /** Whether messages go to a terminal, where progress can overwrite itself. */
  readonly progress: boolean;
  /** Whether a failure that nobody foresaw is told with its stack. */
  readonly debug?: boolean;
  /** Engines that run on this machine. Absent where none can be reached. */
  readonly engines?: EngineAccess;
  /** Other programs on this machine. Absent where none can be started. */
  readonly programs?: Programs;
}

export interface Programs {
  /** Where a program is that stands on the `PATH`. */
  find(name: string): string | undefined;
  /** Runs it at this terminal, and answers its exit status. */
  run(program: string, args: readonly string[]): Promise<number>;
}

export const exitStatus = {
  /** Did it, and nothing is wrong. */
  fine: 0,
  /** Did it, and something is wrong: a finding, a failed drill, a refused operation. */
  wrong: 1,
  /** Could not do it: bad usage, an unreadable file, no engine. */
  unable: 2,
} as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** The command was called in a way that it does not understand. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A file could not be read. */
export class UnreadableFileError extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path} could not be read: ${reasonOf(cause)}`, { cause });
    this.name = 'UnreadableFileError';
  }
}

/** A file could not be written; it is as it was. */
export class UnwritableFileError extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path} could not be written: ${reasonOf(cause)}`);
    this.name = 'UnwritableFileError';
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'that is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
};

export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
}

export function readFile(shell: Shell, path: string): Uint8Array {
  try {
    return shell.readFile(path);
  } catch (error) {
    throw new UnreadableFileError(path, error);
  }
}

export function writeFile(shell: Shell, path: string, text: string): void {
  try {
    shell.writeFile(path, text);
  } catch (error) {
    throw new UnwritableFileError(path, error);
  }
}

export function list(shell: Shell, path: string): readonly Entry[] {
  try {
    return shell.list(path);
  } catch (error) {
    throw new UnreadableFileError(path, error);
  }
}

export function kindOf(shell: Shell, path: string): EntryKind | undefined {
  try {
    return shell.kindOf(path);
  } catch (error) {
    throw new UnreadableFileError(path, error);
  }
}
