/** The engine's log: lines with a time, in a few files of bounded size. */
import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';

export interface LogOptions {
  readonly path: string;
  /** Bytes from which on a new file is begun. */
  readonly size?: number;
  /** How many older files are kept, as `path.1` (the newest), `path.2`, ... */
  readonly older?: number;
  now(): Date;
}

const defaultSize = 4 * 1024 * 1024;
const defaultOlder = 3;
/** Longer messages are cut: a client's words end up in here. */
const longestMessage = 2000;

/** Writes at once, so that the last words of an engine that crashes are in it. It never throws. */
export class LogFile {
  readonly #options: Required<LogOptions>;
  #length: number;

  constructor(options: LogOptions) {
    this.#options = { size: defaultSize, older: defaultOlder, ...options };
    this.#length = sizeOf(options.path);
  }

  write(message: string): void {
    const { path, size, now } = this.#options;
    const line = `${now().toISOString()} ${onOneLine(message)}\n`;
    try {
      if (this.#length > 0 && this.#length + line.length > size) this.#rotate();
      appendFileSync(path, line, { mode: 0o600 });
      this.#length += Buffer.byteLength(line);
    } catch {
      // A disk that is full must not end the engine, and there is nowhere to say it.
    }
  }

  #rotate(): void {
    const { path, older } = this.#options;
    rmSync(`${path}.${older}`, { force: true });
    for (let number = older - 1; number >= 0; number--) {
      const from = number === 0 ? path : `${path}.${number}`;
      if (sizeOf(from) > 0) renameSync(from, `${path}.${number + 1}`);
    }
    this.#length = 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What is in a log must not be able to look like another line of it. */
function onOneLine(message: string): string {
  const flat = message.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return flat.length > longestMessage ? `${flat.slice(0, longestMessage)}…` : flat;
}
