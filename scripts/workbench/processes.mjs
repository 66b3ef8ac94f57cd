// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './paths.mjs';

const windows = process.platform === 'win32';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/**
 * Ends a process and all that it started. It must have been spawned with `detached: true`, which
 * makes it the leader of a group of its own.
 *
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (windows) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    else process.kill(-child.pid, signal);
  } catch {
    // The whole group is gone already.
  }
}

/**
 * @param {ChildProcess} child spawned with `detached: true`
 * @param {number} [graceMs] how long it may take to end by itself
 */
export async function stopGroup(child, graceMs = 4000) {
  const gone = new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.once('exit', resolve);
  });
  signalGroup(child, 'SIGTERM');
  await Promise.race([gone, delay(graceMs)]);
  // Also after a clean end: a grandchild that ignored the signal would outlive its parent.
  signalGroup(child, 'SIGKILL');
  await Promise.race([gone, delay(graceMs)]);
}

/** @param {number} ms */
export function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/**
 * Runs `stop` once when this process is asked to end, and then ends it. Under npm it also does so
 * when npm itself was killed, which does not always pass its signal on.
 *
 * @param {() => Promise<void> | void} stop
 */
export function onStop(stop) {
  let stopping = false;
  /** @param {number} code */
  const end = async (code) => {
    if (stopping) return;
    stopping = true;
    try {
      await stop();
    } finally {
      process.exit(code);
    }
  };
  process.on('SIGINT', () => void end(130));
  process.on('SIGTERM', () => void end(143));
  process.on('SIGHUP', () => void end(129));
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const before = ancestors();
    setInterval(() => {
      if (ancestors() !== before) void end(143);
    }, 1000).unref();
  }
}

/** Who started this process, and who started him: between npm and its script stands a shell. */
function ancestors() {
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    return `${process.ppid} ${/^PPid:\s*(\d+)/m.exec(status)?.[1]}`;
  } catch {
    return String(process.ppid);
  }
}

/**
 * The environment for a nested npm: without what the outer npm says about the script that it runs,
 * and without this folder's own programs, which an install may be about to replace.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(env = process.env) {
  const own = join(root, 'node_modules');
  const clean = Object.entries(env).filter(
    ([key]) => !/^(npm_(package|lifecycle|config_local_prefix|config_prefix)|INIT_CWD$)/.test(key),
  );
  const path = (env['PATH'] ?? '').split(delimiter).filter((each) => !each.startsWith(own));
  return { ...Object.fromEntries(clean), PATH: path.join(delimiter) };
}

/**
 * Runs npm quietly; its words are shown only when it fails.
 *
 * @param {string[]} args
 * @param {{ cwd: string, verbose?: boolean }} options
 * @returns {Promise<string>} what it printed
 */
export function npm(args, { cwd, verbose = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', [...args, '--no-audit', '--no-fund'], {
      cwd,
      env: npmEnvironment(),
      shell: windows,
      stdio: ['ignore', verbose ? 'inherit' : 'pipe', verbose ? 'inherit' : 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => (out += chunk));
    child.stderr?.on('data', (chunk) => (err += chunk));
    child.once('error', (error) => {
      reject(new Error(`npm could not be started (${error.message}). Is it on the PATH?`));
    });
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`npm ${args.join(' ')} ended with ${code}.\n${complaint(err || out)}`));
    });
  });
}

/**
 * npm says what is wrong first, and then how to call it.
 *
 * @param {string} text
 */
function complaint(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !/^npm warn/i.test(line));
  return lines.slice(0, 10).join('\n');
}

/**
 * @param {string} text
 * @param {number} [lines]
 */
export function tail(text, lines = 15) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
