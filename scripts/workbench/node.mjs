// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackage } from './fetch.mjs';
import { root } from './paths.mjs';

const wanted = 24;
const program = process.platform === 'win32' ? 'node.exe' : 'node';

/**
 * The Node that the workbench and the TypeScript tests need, whatever Node started this script: the
 * `node` package's, or where its install script was not allowed to run, the same one fetched here.
 *
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<string>} its path
 */
export async function findNode({ log = () => {} } = {}) {
  const installed = join(root, 'node_modules', 'node', 'bin', program);
  if (usable(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= wanted) return process.execPath;
  const fetched = await fetchNode(log).catch((error) => error);
  if (typeof fetched === 'string' && usable(fetched)) return fetched;
  const why = fetched instanceof Error ? fetched.message : `${fetched} does not run here.`;
  throw new Error(
    `Node ${wanted} is needed and the npm package "node" brought none for ${process.platform}-` +
      `${process.arch}. Install Node ${wanted} or newer and start again.\n${why}`,
  );
}

/** @param {(line: string) => void} log */
async function fetchNode(log) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = system === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${system}-${process.arch}`;
  const folder = await fetchPackage(name, manifest.devDependencies.node, { log });
  return join(folder, 'bin', program);
}

/** @param {string} path */
function usable(path) {
  if (!existsSync(path)) return false;
  const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return Number(/^v(\d+)/.exec(version)?.[1]) >= wanted;
}
