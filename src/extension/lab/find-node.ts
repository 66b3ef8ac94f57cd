/** Finds a Node that an engine runs on. The editor's own may be too old, or lack what the engine needs. */
import { execFile } from 'node:child_process';
import { delimiter, isAbsolute, join } from 'node:path';

/** Major and minor version from which on Node has all that an engine needs. */
const oldestNode = [22, 15] as const;

/** How long a program may take to say its version, in milliseconds. */
const patience = 10_000;

export interface NodeProgram {
  readonly path: string;
  readonly version: string;
  /** What has to stand in the environment, so that an editor's runtime behaves as Node. */
  readonly env: Readonly<Record<string, string>>;
}

/** No Node that is recent enough was found. */
export class NoNodeError extends Error {
  constructor(seen: readonly string[]) {
    const tried = seen.length === 0 ? '' : ` Tried: ${seen.join('; ')}.`;
    super(
      `The engine runs in a process of its own and needs Node ${oldestNode.join('.')} or later, which was not found.${tried} Install it, or name it in the setting tidemark.engine.node.`,
    );
    this.name = 'NoNodeError';
  }
}

export interface NodeSearch {
  /** The setting; empty where there is none. Nothing else is tried where there is one. */
  readonly configured: string;
  /** The runtime of the editor's own process. */
  readonly own: string;
  /** As the environment has it. */
  readonly path: string;
}

/** @throws NoNodeError that names what was tried */
export async function findNode({ configured, own, path }: NodeSearch): Promise<NodeProgram> {
  const asNode = { ELECTRON_RUN_AS_NODE: '1' };
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidates =
    configured === ''
      ? [
          { path: own, env: asNode },
          // An empty or relative entry would mean the folder that somebody happens to be in.
          ...path
            .split(delimiter)
            .filter((folder) => isAbsolute(folder))
            .map((folder) => ({ path: join(folder, name), env: {} })),
        ]
      : [{ path: configured, env: {} }];
  const seen: string[] = [];
  for (const candidate of candidates) {
    const found = await examine(candidate.path, candidate.env);
    if (found.ok) return { ...candidate, version: found.version };
    if (found.why !== undefined) seen.push(`${candidate.path} (${found.why})`);
    else if (configured !== '') seen.push(`${candidate.path} (it cannot be run)`);
  }
  throw new NoNodeError(seen);
}

/** The version alone does not tell: an editor may be built with a Node that lacks parts. */
const question =
  "process.versions.node + ' ' + typeof process.getBuiltinModule?.('node:zlib')?.zstdCompressSync";

type Examined =
  | { readonly ok: true; readonly version: string }
  /** Without a reason there is nothing to be run there. */
  | { readonly ok: false; readonly why?: string };

function examine(path: string, env: Readonly<Record<string, string>>): Promise<Examined> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: patience, windowsHide: true };
    execFile(path, ['-p', question], options, (error, stdout) => {
      if (error) {
        const missing = 'code' in error && error.code === 'ENOENT';
        resolve(missing ? { ok: false } : { ok: false, why: 'it cannot be run' });
        return;
      }
      const [version = '', zstd] = stdout.trim().split(' ');
      const [major = 0, minor = 0] = version.split('.').map(Number);
      const recent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
      if (!recent) resolve({ ok: false, why: `Node ${version}` });
      else if (zstd !== 'function') resolve({ ok: false, why: `Node ${version} without zstd` });
      else resolve({ ok: true, version });
    });
  });
}
