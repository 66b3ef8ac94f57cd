/** The folder that an engine keeps everything in, and the small documents right in it. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Grows with every change that an older engine could not read, or a newer one would read wrongly. */
export const stateVersion = 2;
const format = 'tidemark-state';
const marker = 'state.json';

export class StateFolderError extends Error {
  readonly code: 'state-version' | 'state-unusable';
  readonly subject: string;

  constructor(code: StateFolderError['code'], subject: string, message: string) {
    super(`${subject}: ${message}`);
    this.name = 'StateFolderError';
    this.code = code;
    this.subject = subject;
  }
}

export class StateFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws StateFolderError; then nothing was changed. */
  static open(path: string): StateFolder {
    const folder = new StateFolder(path);
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const found = folder.load(marker);
      if (found !== undefined) check(join(path, marker), found);
      else if (readdirSync(path).some((name) => name === sitesFolder)) {
        const why = `it holds sites, but no ${marker} that says which version they are of`;
        throw new StateFolderError('state-unusable', path, why);
      } else folder.save(marker, { format, version: stateVersion });
      return folder;
    } catch (error) {
      if (error instanceof StateFolderError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new StateFolderError('state-unusable', path, why);
    }
  }

  /** Where the datastores of the sites lie. */
  get sites(): string {
    return join(this.path, sitesFolder);
  }

  /** A document as it was saved; undefined where there is none. */
  load(name: string): unknown {
    const path = join(this.path, name);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      const why = `it is damaged: ${error instanceof Error ? error.message : String(error)}`;
      throw new StateFolderError('state-unusable', path, why);
    }
  }

  /** Replaces a document as a whole; it is durable when this returns. Throws what the system says. */
  save(name: string, document: unknown): void {
    const path = join(this.path, name);
    const draft = `${path}.new`;
    const descriptor = openSync(draft, 'w', 0o600);
    try {
      const text = Buffer.from(`${JSON.stringify(document)}\n`);
      for (let at = 0; at < text.length;) at += writeSync(descriptor, text, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, path);
    if (process.platform !== 'win32') syncEntries(this.path);
  }
}

const sitesFolder = 'sites';

function check(path: string, found: unknown): void {
  const { format: named, version } = found as {
    readonly format?: unknown;
    readonly version?: unknown;
  };
  if (named !== format) {
    throw new StateFolderError('state-unusable', path, 'it is not the state of this engine');
  }
  if (version === stateVersion) return;
  const newer = typeof version === 'number' && version > stateVersion;
  const help = newer
    ? 'a newer release of Tidemark wrote it; use that one'
    : 'no release can read it';
  const why = `the state is of version ${String(version)}, this engine's is ${stateVersion}: ${help}, or choose another state folder`;
  throw new StateFolderError('state-version', path, why);
}

function syncEntries(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
