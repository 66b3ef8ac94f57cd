/** Starts an engine as a process of its own, which outlives the window that started it. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { NodeProgram } from './find-node.ts';

/** How long an engine that is no longer wanted may take to end in order, in milliseconds. */
const graceMilliseconds = 5000;
/** Lines of an engine's complaints that are shown. */
const mostLines = 200;

export interface Launch {
  readonly node: NodeProgram;
  /** Path of the command line's bundle. */
  readonly commandLine: string;
  /** Behind `run`. */
  readonly args: readonly string[];
  readonly folder: string;
  /** A file for what it says. A pipe would break with the window, and the engine by its next word. */
  readonly log: string;
  /** Aborted where it is no longer wanted; a process that is on its way then ends. */
  readonly signal: AbortSignal;
}

/** An engine ended before it was ready. */
export class EngineStartError extends Error {
  /** What it said, line by line. */
  readonly words: readonly string[];

  constructor(words: readonly string[], exit: string) {
    super(words.join('\n') || `The engine ended before it was ready (${exit}).`);
    this.name = 'EngineStartError';
    this.words = words;
  }
}

/**
 * Resolves when the engine is ready, to whether it is wanted still.
 *
 * @throws EngineStartError with what it said where it does not come up
 */
export function launchEngine(launch: Launch): Promise<'ready' | 'cancelled'> {
  const { node, commandLine, args, folder, log, signal } = launch;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      resolve('cancelled');
      return;
    }
    mkdirSync(dirname(log), { recursive: true });
    const words = openSync(log, 'w', 0o600);
    // Neither a signal to the editor nor its end is meant for the engine: it ends when nobody uses it.
    const child = spawn(node.path, [commandLine, 'run', ...args], {
      cwd: folder,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', words],
      env: { ...environment(), ...node.env },
    });
    closeSync(words);
    let heard = '';
    let isOver = false;
    let kill: NodeJS.Timeout | undefined;
    const abort = (): void => {
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
    };
    const over = (outcome: 'ready' | 'cancelled' | Error): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(kill);
      signal.removeEventListener('abort', abort);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    signal.addEventListener('abort', abort);
    child.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (!heard.includes('\n') || signal.aborted) return;
      child.stdout?.destroy();
      child.unref();
      over('ready');
    });
    child.once('error', (error) => {
      over(new EngineStartError([`The engine could not be started: ${error.message}.`], ''));
    });
    child.once('close', (code, by) => {
      if (isOver) return;
      if (signal.aborted) over('cancelled');
      else over(new EngineStartError(linesOf(log), by ?? `exit status ${String(code)}`));
    });
  });
}

/** What the editor sets for its own processes is none of the engine's business. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('VSCODE_') && name !== 'ELECTRON_RUN_AS_NODE',
  );
  return Object.fromEntries(own);
}

function linesOf(log: string): string[] {
  const lines = readFileSync(log, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').slice(0, mostLines);
}
