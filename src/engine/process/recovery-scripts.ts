/** Runs the scripts that a topology gives a VPG, where the user has allowed it. */
import { spawn } from 'node:child_process';
import type { RecoveryScript } from '../lab/real-lab.ts';

/** What a shell answers where a command cannot be run. */
const cannotRun = 127;
/** What `timeout` answers. */
const timedOut = 124;

/** Characters of what a script prints that its report keeps: the last ones, which say how it ended. */
const keptOutput = 2000;
/** Milliseconds for which what a script has started may go on to hold its output. */
const drainTime = 500;

/**
 * Runs the command by the system's shell in the folder of the topology, with nothing to read. It and what it
 * started are killed when its time is over. `done` hears its exit status and the end of what it printed.
 */
export function runScript(
  { command, timeout, vpg, which }: RecoveryScript,
  folder: string,
  done: (exit: number, output: string) => void,
): void {
  const child = spawn(command, {
    shell: true,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    env: { ...process.env, TIDEMARK_VPG: vpg, TIDEMARK_SCRIPT: which },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output = (output + text).slice(-keptOutput);
    });
  }
  let isOver = false;
  const over = (exit: number): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    done(exit, output.trim());
  };
  const timer = setTimeout(() => {
    killGroup(child.pid);
    over(timedOut);
  }, timeout);
  child.once('error', () => {
    over(cannotRun);
  });
  // A signal has no exit status of its own.
  const ended = (code: number | null): void => {
    over(code ?? 128);
  };
  child.once('close', ended);
  child.once('exit', (code) => {
    setTimeout(ended, drainTime, code);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
