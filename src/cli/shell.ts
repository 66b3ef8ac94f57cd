/** What a command sees of the machine: its arguments' files and two places to write to. */
export interface Shell {
  /** Throws the system's error where the file cannot be read. */
  readFile(path: string): Uint8Array;
  /** Results. */
  print(text: string): void;
  /** Messages for the person: what could not be done, how far it is. */
  tell(text: string): void;
  /** Whether results go to a terminal, where colour helps. */
  readonly colours: boolean;
  /** Whether messages go to a terminal, where progress can overwrite itself. */
  readonly progress: boolean;
}

export const exitStatus = {
  /** Did it, and nothing is wrong. */
  fine: 0,
  /** Did it, and something is wrong: a finding, a failed drill, a refused operation. */
  wrong: 1,
  /** Could not do it: bad usage, an unreadable file. */
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
    super(`${path} could not be read: ${reasonOf(cause)}`);
    this.name = 'UnreadableFileError';
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

function reasonOf(cause: unknown): string {
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
