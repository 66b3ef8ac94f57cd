// @ts-check
import { spawn } from 'node:child_process';
import { stopGroup } from './processes.mjs';
import { counts } from './summary.mjs';

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {() => Promise<Outcome>} run
 * @property {string[]} [after] stages that have to be done before
 *
 * @typedef {object} Outcome
 * @property {import('./summary.mjs').Counts} result
 * @property {string} [output] shown when something failed
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** How long after its end the last of what a stage has printed may take to arrive. */
const restMs = 2000;

/** Ends whatever a stage has started. */
export async function stopStages() {
  await Promise.all([...running].map((child) => stopGroup(child)));
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, live?: boolean }} options live: to the terminal
 * @returns {Promise<{ code: number, output: string }>}
 */
export function execute(program, args, { cwd, env, live = false }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      shell: process.platform === 'win32',
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    });
    running.add(child);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    /** @param {number | null} code */
    const ended = (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, output });
    };
    child.once('close', ended);
    // A process that it left behind holds its end of the pipe, and must not keep the run from ending.
    child.once('exit', (code) => setTimeout(ended, restMs, code).unref());
  });
}

/**
 * A stage that is right or wrong as a whole, and so counts as one test.
 *
 * @param {Promise<{ code: number, output: string }>} done
 * @returns {Promise<Outcome>}
 */
export async function asOneTest(done) {
  const { code, output } = await done;
  return { result: counts(code === 0 ? { passed: 1 } : { failed: 1 }), output };
}

/**
 * Runs stages, a few at a time, each as soon as what it waits for is done.
 *
 * @param {Stage[]} stages
 * @param {number} width
 * @param {(line: string) => void} print
 * @returns {Promise<Map<string, import('./summary.mjs').Counts>>}
 */
export async function runStages(stages, width, print) {
  /** @type {Map<string, import('./summary.mjs').Counts>} */
  const results = new Map();
  const waiting = [...stages];
  const known = new Set(stages.map(({ name }) => name));
  /** @type {Map<string, Promise<void>>} */
  const active = new Map();

  /** @param {Stage} stage */
  const ready = ({ after = [] }) => after.every((each) => !known.has(each) || results.has(each));
  while (waiting.length > 0 || active.size > 0) {
    for (const stage of waiting.filter(ready)) {
      if (active.size >= width) break;
      waiting.splice(waiting.indexOf(stage), 1);
      const done = one(stage, print).then((result) => {
        results.set(stage.name, result);
        active.delete(stage.name);
      });
      active.set(stage.name, done);
    }
    await Promise.race(active.values());
  }
  return results;
}

/**
 * @param {Stage} stage
 * @param {(line: string) => void} print
 */
async function one({ name, run }, print) {
  const start = Date.now();
  /** @type {Outcome} */
  const outcome = await run().catch((error) => ({
    result: counts({ failed: 1 }),
    output: error instanceof Error ? error.message : String(error),
  }));
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const { failed, skipped, passed } = outcome.result;
  const mark = failed > 0 ? '✖' : passed === 0 && skipped > 0 ? '-' : '✔';
  print(`${mark} ${name} (${seconds} s)`);
  if (failed > 0 && outcome.output) print(outcome.output.trimEnd().replace(/^/gm, '    '));
  return outcome.result;
}
