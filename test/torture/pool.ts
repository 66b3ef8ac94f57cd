/** Runs many seeds in several processes. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WorkerAnswer {
  readonly seed: number;
  readonly broken: { readonly promise: string; readonly message: string } | undefined;
  readonly healed: number;
  readonly compared: number;
  readonly comparedLeapt: number;
  readonly leapt: number;
  readonly catalogued: number;
  readonly events: number;
  readonly notes: readonly (readonly [string, number])[];
}

export interface PoolOptions {
  readonly first: number;
  readonly count: number;
  readonly jobs: number;
  readonly mutant?: string | undefined;
  /** Called for each seed, in no certain order; false ends it all. */
  readonly answered: (answer: WorkerAnswer) => boolean;
}

const program = fileURLToPath(new URL('worker.ts', import.meta.url));

export async function runSeeds(options: PoolOptions): Promise<void> {
  let next = options.first;
  const end = options.first + options.count;
  const workers = Array.from({ length: Math.min(options.jobs, options.count) }, () =>
    fork(program, options.mutant === undefined ? [] : [options.mutant]),
  );
  let stopped = false;
  const stopAll = (): void => {
    stopped = true;
    next = end;
    for (const worker of workers) worker.kill();
  };
  const serve = (worker: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      let under: number | undefined;
      const give = (): void => {
        if (next >= end) {
          under = undefined;
          if (worker.connected) worker.disconnect();
          return;
        }
        under = next++;
        worker.send(under);
      };
      worker.on('message', (answer: WorkerAnswer) => {
        under = undefined;
        if (options.answered(answer)) give();
        else stopAll();
      });
      worker.on('exit', (code, signal) => {
        if (under === undefined || stopped) resolve();
        else reject(new Error(`the process that ran seed ${under} ended with ${signal ?? code}`));
      });
      give();
    });
  try {
    await Promise.all(workers.map(serve));
  } finally {
    stopAll();
  }
}
