// @ts-check
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { npm } from './processes.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * Installs the dependencies when they are not those of the lock file.
 *
 * @param {{ log?: (line: string) => void }} [options]
 */
export async function ensureDependencies({ log = () => {} } = {}) {
  const locked = await readLock(join(root, 'package-lock.json'));
  const installed = await readLock(join(root, 'node_modules', '.package-lock.json'));
  const reason = whatIsStale(locked, installed);
  if (reason === undefined) return;
  log(`Installing dependencies (${reason}) ...`);
  await npm(['ci'], { cwd: root });
}

/**
 * Compares contents and not dates: npm writes both files in one go, in no promised order.
 *
 * @param {Lock | undefined} locked
 * @param {Lock | undefined} installed
 * @returns {string | undefined} why an install is needed
 */
export function whatIsStale(locked, installed) {
  if (installed === undefined) return 'none are there yet';
  for (const [path, entry] of Object.entries(locked?.packages ?? {})) {
    if (path === '' || entry.link) continue;
    const found = installed.packages?.[path];
    if (found === undefined && entry.optional) continue;
    if (found?.version !== entry.version) {
      return `${path.replace(/^.*node_modules\//, '')} ${entry.version} is missing`;
    }
  }
  return undefined;
}

/**
 * @param {string} path
 * @returns {Promise<Lock | undefined>}
 */
async function readLock(path) {
  if (!existsSync(path)) return undefined;
  return JSON.parse(await readFile(path, 'utf8'));
}
