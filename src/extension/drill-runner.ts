/** Runs drills in a process of their own, so that neither work nor a crash stalls the editor. */
import { fork, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import type { DrillEvent, DrillRequest } from '../drill/protocol.ts';
import type { Log } from './log.ts';

/** How long a process may take to obey a cancellation before it is ended. */
const graceMilliseconds = 2000;

export type DrillRun = Omit<Extract<DrillRequest, { type: 'run' }>, 'type'>;

/** The process that runs drills ended before it was done. */
export class DrillProcessError extends Error {
  constructor(detail: string) {
    super(
      `The process that runs drills ended unexpectedly (${detail}). The log has its last words.`,
    );
    this.name = 'DrillProcessError';
  }
}

export class DrillRunner implements vscode.Disposable {
  readonly #module: string;
  readonly #log: Log;
  readonly #running = new Set<ChildProcess>();

  constructor(extensionUri: vscode.Uri, log: Log) {
    this.#module = vscode.Uri.joinPath(extensionUri, 'dist', 'drill.cjs').fsPath;
    this.#log = log;
  }

  /**
   * Resolves when the run has ended; what happens on the way goes to `heard`. Rejects with a
   * {@link DrillProcessError} where the process dies.
   */
  run(
    run: DrillRun,
    token: vscode.CancellationToken,
    heard: (event: DrillEvent) => void,
  ): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      return Promise.reject(new Error('Drills run only in a trusted workspace.'));
    }
    return new Promise((resolve, reject) => {
      const child = fork(this.#module, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      this.#running.add(child);
      let ended = false;
      let settled = false;
      const settle = (error: DrillProcessError | undefined): void => {
        if (settled) return;
        settled = true;
        clearTimeout(kill);
        cancellation.dispose();
        this.#running.delete(child);
        if (error) reject(error);
        else resolve();
      };
      let kill: NodeJS.Timeout | undefined;
      const send = (request: DrillRequest): void => {
        if (child.connected) child.send(request);
      };
      const cancellation = token.onCancellationRequested(() => {
        send({ type: 'cancel' });
        kill = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
      });
      const log = (chunk: Buffer): void => {
        this.#log.warn(`drill process: ${chunk.toString().trimEnd()}`);
      };
      child.stdout?.on('data', log);
      child.stderr?.on('data', log);
      child.on('message', (message) => {
        const event = message as DrillEvent;
        if (event.type === 'ended') {
          ended = true;
          child.disconnect();
        }
        heard(event);
      });
      child.on('error', (error) => {
        this.#log.error(`drill process: ${error.message}`);
        // A process that never came to be never exits either.
        if (child.pid === undefined) settle(new DrillProcessError(error.message));
      });
      // Not `close`: it is never heard once the channel has been disconnected from this side.
      child.on('exit', (code, signal) => {
        const fine = ended || token.isCancellationRequested;
        settle(fine ? undefined : new DrillProcessError(signal ?? `exit code ${String(code)}`));
      });
      send({ type: 'run', ...run });
    });
  }

  dispose(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
