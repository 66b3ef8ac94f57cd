/** Other people's programs, and folders of a test's own. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A folder that only this user may enter, removed when the test is over. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where a package of a program for Python stands first, programs that need the system's fail. */
const path = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', process.env['PATH'] ?? ''].join(delimiter);

export function hasProgram(name: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** Names the programs that a test cannot do without. Where one is absent the test is skipped, by its name. */
export function needs(test: Mocha.Context, ...programs: readonly string[]): void {
  if (!programs.every(hasProgram)) test.skip();
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Runs a program to its end, which is awaited for two minutes at most. */
export function attempt(program: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, PATH: path, LC_ALL: 'C' },
      maxBuffer: 2 ** 26,
      timeout: 120_000,
      killSignal: 'SIGKILL',
    } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') {
        reject(new Error(`${program}: ${error.message}\n${stderr}`));
        return;
      }
      resolve({ stdout, stderr, status: error ? Number(error.code) : 0 });
    });
  });
}

/** Runs a program that has to succeed, and answers what it printed. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr, status } = await attempt(program, ...args);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Runs a program that serves at a socket for as long as `use` takes. */
export async function running<T>(
  program: string,
  args: readonly string[],
  socket: string,
  use: () => Promise<T>,
): Promise<T> {
  const env = { ...process.env, PATH: path, LC_ALL: 'C' };
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      resolve();
    });
  });
  try {
    while (!existsSync(socket)) {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return await use();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
