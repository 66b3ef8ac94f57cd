/** Other people's programs, and ends of processes that were started. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BenchError } from '../suite.ts';

const execute = promisify(execFile);

/** @throws BenchError where the program is not installed or fails */
export async function runProgram(program: string, ...words: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, words, { maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BenchError(`${program} ${words.join(' ')}: ${why}`, { cause: error });
  }
}

export function startProgram(program: string, ...words: readonly string[]): ChildProcess {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('error', (error) => {
    process.stderr.write(`${program}: ${error.message}\n`);
  });
  return child;
}

export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(stubborn);
}

/** @throws BenchError where the socket is not there in half a minute */
export async function awaitSocket(path: string): Promise<void> {
  for (let waited = 0; !existsSync(path); waited += 50) {
    if (waited > 30_000) throw new BenchError(`Nothing listens at ${path}.`);
    await sleep(50);
  }
}
