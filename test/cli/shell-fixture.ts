import { readFileSync } from 'node:fs';
import { runCommandLine } from '../../src/cli/run.ts';

export interface Ran {
  readonly status: number;
  readonly printed: string;
  readonly told: string;
}

/** Runs a command with files that need not exist; what is not among them is read from disk. */
export function run(args: readonly string[], files: Readonly<Record<string, string>> = {}): Ran {
  let printed = '';
  let told = '';
  const status = runCommandLine(
    {
      readFile: (path) => {
        const text = files[path];
        return text === undefined ? readFileSync(path) : new TextEncoder().encode(text);
      },
      print: (text) => {
        printed += text;
      },
      tell: (text) => {
        told += text;
      },
      colours: false,
      progress: false,
    },
    args,
  );
  return { status, printed, told };
}
