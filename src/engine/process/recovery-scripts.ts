/** Runs the scripts that a topology gives a VPG, where the user has allowed it. */
import { spawn } from 'node:child_process';
import type { RecoveryScript } from '../lab/real-lab.ts';

/** What a shell answers where a command cannot be run. */
const cannotRun = 127;
/** What `timeout` answers. */
const timedOut = 124;

/**
 * Runs the command by the system's shell in the folder of the topology, with nothing to read and nobody who
 * reads what it prints. It and what it started are killed when its time is over.
 */
export function runScript(
  { command, timeout, vpg, which }: RecoveryScript,
  folder: string,
  done: (exit: number) => void,
): void {
  const child = spawn(command, {
    shell: true,
    cwd: folder,
    stdio: 'ignore',
    detached: process.platform !== 'win32',
    env: { ...process.env, TIDEMARK_VPG: vpg, TIDEMARK_SCRIPT: which },
  });
  let isOver = false;
  const over = (exit: number): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    done(exit);
  };
  const timer = setTimeout(() => {
    killGroup(child.pid);
    over(timedOut);
  }, timeout);
  child.once('error', () => {
    over(cannotRun);
  });
  child.once('close', (code) => {
    // A signal has no exit status of its own.
    over(code ?? 128);
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
