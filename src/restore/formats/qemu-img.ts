/** qemu-img, for the formats that are not written here. */
import { spawn } from 'node:child_process';
import { RestoreError } from '../restore-error.ts';
import { findProgram } from './find-program.ts';

/** Where qemu-img is, in the folders of a `PATH`; undefined where it is in none of them. */
export function findQemuImg(path: string): string | undefined {
  return findProgram('qemu-img', path);
}

export interface ConvertOptions {
  readonly program: string;
  /** What it can open, such as `nbd+unix:///...`; the content is taken as it is. */
  readonly source: string;
  readonly target: string;
  /** As qemu-img names it. */
  readonly format: string;
  readonly signal?: AbortSignal | undefined;
  /** Told of the share that is done, 0 to 1. */
  readonly onShare?: ((share: number) => void) | undefined;
}

/** Rejects with what qemu-img said, or with the signal's reason; what it wrote is the caller's to remove. */
export async function convert(options: ConvertOptions): Promise<void> {
  const { program, source, target, format, signal, onShare } = options;
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const words = ['convert', '-p', '-f', 'raw', '-O', format, source, target];
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', stop, { once: true });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const percent = /([\d.]+)\/100%\)\s*$/.exec(text)?.[1];
      if (percent !== undefined) onShare?.(Number(percent) / 100);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.on('error', (error) => {
      reject(new RestoreError('target', `${program} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) {
        const { reason } = signal as { reason: unknown };
        reject(reason instanceof Error ? reason : new Error('It was cancelled.'));
      } else if (code === 0) resolve();
      else
        reject(
          new RestoreError('target', `qemu-img ended with ${code ?? 'a signal'}: ${said.trim()}`),
        );
    });
  });
}
