/** Other programs on this machine. */
import { spawn } from 'node:child_process';
import { findProgram } from '../restore/formats/find-program.ts';
import type { Programs } from './shell.ts';

export const programsOfThisMachine: Programs = {
  find: (name) => findProgram(name, process.env['PATH'] ?? ''),
  run: (program, args) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: 'inherit' });
      // The terminal sends its signals to both, and this process stays for the exit status.
      const ignore = (): void => undefined;
      const pass = (signal: NodeJS.Signals): void => {
        child.kill(signal);
      };
      process.on('SIGINT', ignore);
      process.on('SIGTERM', pass);
      process.on('SIGHUP', pass);
      const over = (): void => {
        process.off('SIGINT', ignore);
        process.off('SIGTERM', pass);
        process.off('SIGHUP', pass);
      };
      child.once('error', (error) => {
        over();
        reject(error);
      });
      child.once('close', (code) => {
        over();
        // A signal has no exit status of its own.
        resolve(code ?? 128);
      });
    }),
};
