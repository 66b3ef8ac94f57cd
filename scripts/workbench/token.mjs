// @ts-check
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} Token
 * @property {string} token 256 random bits in hexadecimal
 * @property {string} file holds the token, and only its owner can read it
 * @property {() => void} discard removes the file, in one go: a process that exits cannot wait
 */

/**
 * Everybody on the machine reaches 127.0.0.1, and whoever opens the workbench reads and writes files
 * as the one who started it: a secret has to keep the others out. It travels in a file because
 * everybody can see the arguments of a process, too. The server reads it when the first page comes,
 * so it has to stay as long as the server does.
 *
 * @param {string} folder
 * @returns {Promise<Token>}
 */
export async function createToken(folder) {
  const token = randomBytes(32).toString('hex');
  // Two servers of one folder may start at the same time.
  const file = join(folder, `connection-token-${process.pid}`);
  const discard = () => rmSync(file, { force: true });
  await mkdir(folder, { recursive: true });
  // The mode counts only for a file that is new.
  discard();
  await writeFile(file, token, { mode: 0o600, flag: 'wx' });
  return { token, file, discard };
}
