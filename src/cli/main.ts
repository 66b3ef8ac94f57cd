/** Entry of the command line. */
import { readFileSync } from 'node:fs';
import { runCommandLine } from './run.ts';

/** A reader that has seen enough (`| head`) closes the pipe; that is no failure of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = runCommandLine(
  {
    readFile: (path) => readFileSync(path),
    print: (text) => {
      process.stdout.write(text);
    },
    tell: (text) => {
      process.stderr.write(text);
    },
    colours: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    progress: process.stderr.isTTY,
  },
  process.argv.slice(2),
);
