// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './paths.mjs';
import { npm, tail } from './processes.mjs';

/**
 * code-server carries the whole VS Code workbench inside the npm registry, which answers on networks
 * where the download host of VS Code does not. Only the VS Code in it is used.
 */
const workbench = {
  version: '4.139.1',
  integrity:
    'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
};

/**
 * @param {{ log?: (line: string) => void, cache?: string }} [options]
 * @returns {Promise<string>} the folder of VS Code's server
 */
export async function fetchWorkbench({ log = () => {}, cache = cacheDir } = {}) {
  const folder = await keep({
    cache,
    name: `code-server-${workbench.version}`,
    make: async (draft) => {
      log(`Fetching the VS Code workbench (code-server ${workbench.version}, once, 100 MB) ...`);
      await unpack(draft, `code-server@${workbench.version}`, workbench.integrity);
      log('Installing what the workbench needs (once, about half a minute) ...');
      const vscode = join(draft, 'package', 'lib', 'vscode');
      // Its native parts are not compiled: the workbench runs without them, and a compiler or the
      // headers may be missing. What is lost is the integrated terminal and the server's log file.
      // No `npm ci`: the shrinkwrap that the package brings does not match its own manifest.
      const install = ['install', '--omit=dev', '--ignore-scripts'];
      await npm(install, { cwd: vscode });
      await npm(install, { cwd: join(vscode, 'extensions') });
    },
  });
  return join(folder, 'package', 'lib', 'vscode');
}

/**
 * A package with a program for this kind of machine, taken from the registry without its scripts.
 *
 * @param {string} name
 * @param {string} version
 * @param {{ log?: (line: string) => void, cache?: string }} [options]
 * @returns {Promise<string>} the package's folder
 */
export async function fetchPackage(name, version, { log = () => {}, cache = cacheDir } = {}) {
  const folder = await keep({
    cache,
    name: `${name.replace(/[@/]+/g, '-').replace(/^-/, '')}-${version}`,
    make: async (draft) => {
      log(`Fetching ${name} ${version} (once) ...`);
      await unpack(draft, `${name}@${version}`);
    },
  });
  return join(folder, 'package');
}

/**
 * Makes a folder of the cache, or finds it made. It gets its name only when it is complete, so that
 * an interrupted fetch is never taken for a whole one, and two at a time do not disturb each other.
 *
 * @param {{ cache: string, name: string, make: (draft: string) => Promise<void> }} options
 */
export async function keep({ cache, name, make }) {
  const target = join(cache, name);
  if (existsSync(target)) return target;
  await mkdir(cache, { recursive: true });
  await removeOldDrafts(cache);
  const draft = await mkdtemp(join(cache, '.draft-'));
  try {
    await make(draft);
    await rename(draft, target).catch((error) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** @param {string} cache */
async function removeOldDrafts(cache) {
  const hour = 3_600_000;
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.draft-')) continue;
    const draft = join(cache, name);
    const made = await stat(draft).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > hour) await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Downloads a package and unpacks it into `folder/package`, running none of its scripts.
 *
 * @param {string} folder
 * @param {string} spec name@version
 * @param {string} [integrity]
 */
export async function unpack(folder, spec, integrity) {
  const printed = await npm(['pack', spec, '--silent'], { cwd: folder });
  const archive = join(folder, printed.trim().split('\n').at(-1) ?? '');
  if (integrity !== undefined) {
    const digest = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (`sha512-${digest}` !== integrity) {
      throw new Error(`What the npm registry sent for ${spec} is not what this version expects.`);
    }
  }
  const tar = spawnSync('tar', ['-xzf', archive, '-C', folder], { encoding: 'utf8' });
  if (tar.status !== 0) {
    const why = tar.error?.message ?? tail(tar.stderr);
    throw new Error(`${spec} could not be unpacked with tar: ${why}`);
  }
  await rm(archive);
}
