// @ts-check
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { worthShowing } from './log-filter.mjs';
import { signalGroup, stopGroup, tail } from './processes.mjs';
import { writeSettings } from './settings.mjs';
import { createToken } from './token.mjs';

/** The marketplace has nothing to do with an extension under development, and may not answer. */
const noGallery = JSON.stringify({ serviceUrl: '' });

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} token what a page has to show to be let in
 * @property {() => Promise<void>} stop ends the server and every process that it started
 * @property {Promise<string>} ended when it ends by itself: what it last said
 */

/**
 * Starts VS Code's server and waits until it listens.
 *
 * @param {object} options
 * @param {string} options.vscode the folder of VS Code's server
 * @param {string} options.node a Node 24
 * @param {string} options.dataDir where it keeps everything of its own
 * @param {number} [options.port] 0 for a free one
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {Record<string, unknown>} [options.settings] the user's
 * @param {boolean} [options.asksForTrust] whether a folder has to be trusted before anything of it runs
 * @param {number} [options.reconnectSeconds] how long an extension host outlives its page
 * @returns {Promise<Server>}
 */
export async function startServer({
  vscode,
  node,
  dataDir,
  port = 0,
  env,
  settings,
  asksForTrust = false,
  reconnectSeconds = 60,
}) {
  if (port !== 0) await assertFree(port);
  const userDataDir = join(dataDir, 'user-data');
  await mkdir(dataDir, { recursive: true });
  await writeSettings(userDataDir, settings);
  const { token, file: tokenFile, discard } = await createToken(dataDir);
  const args = [
    join(vscode, 'out', 'server-main.js'),
    ...['--host', '127.0.0.1', '--port', String(port)],
    ...['--connection-token-file', tokenFile],
    '--accept-server-license-terms',
    // Without it a built workbench ignores the development payload of its URL.
    '--enable-smoke-test-driver',
    ...['--user-data-dir', userDataDir],
    ...['--extensions-dir', join(dataDir, 'extensions')],
    ...['--server-data-dir', join(dataDir, 'server-data')],
    ...['--telemetry-level', 'off'],
    ...(asksForTrust ? [] : ['--disable-workspace-trust']),
    ...['--reconnection-grace-time', String(reconnectSeconds)],
  ];
  const child = spawn(node, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, EXTENSIONS_GALLERY: noGallery, ...env },
  });
  // The last resort when this process dies of an exception.
  const atExit = () => {
    signalGroup(child, 'SIGKILL');
    discard();
  };
  process.once('exit', atExit);

  let said = '';
  /** @param {string} chunk */
  const keep = (chunk) => {
    said = (said + chunk).slice(-20_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  let stopping = false;
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => {
      if (!stopping) resolve(said);
    });
  });
  const stop = async () => {
    stopping = true;
    await stopGroup(child);
    discard();
    process.off('exit', atExit);
  };

  const listening = await Promise.race([
    listeningPort(child.stdout, () => said),
    ended.then((last) => failure('ended before it listened', last)),
    timeout(60_000, () => failure('did not start within a minute', said)),
  ]);
  if (listening instanceof Error) {
    await stop();
    throw listening;
  }
  return { port: listening, token, stop, ended: ended.then((last) => worthReading(last)) };
}

/**
 * @param {import('node:stream').Readable} stdout
 * @param {() => string} said
 * @returns {Promise<number>}
 */
function listeningPort(stdout, said) {
  return new Promise((resolve) => {
    stdout.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(said())?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

/**
 * @param {string} what
 * @param {string} said
 */
function failure(what, said) {
  return new Error(`VS Code's server ${what}.\n${worthReading(said)}`);
}

/**
 * VS Code's server says nothing about a port that is taken: it waits.
 *
 * @param {number} port
 */
async function assertFree(port) {
  const probe = createServer();
  try {
    await new Promise((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, '127.0.0.1', () => resolve(undefined));
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Port ${port} cannot be used (${why}). Choose another with --port, or leave it out for a free one.`,
    );
  }
  await new Promise((resolve) => probe.close(resolve));
}

/** @param {string} said */
function worthReading(said) {
  return tail(said.split('\n').filter(worthShowing).join('\n'));
}

/**
 * @template T
 * @param {number} ms
 * @param {() => T} value
 * @returns {Promise<T>}
 */
function timeout(ms, value) {
  return new Promise((resolve) => setTimeout(() => resolve(value()), ms).unref());
}
