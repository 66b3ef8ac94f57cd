// @ts-check
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openBridge } from './bridge.mjs';
import { launchBrowser } from './browser.mjs';
import { consoleLine } from './log-filter.mjs';
import { pageActions } from './page-actions.mjs';
import { artifactsDir } from './paths.mjs';
import { startServer } from './server.mjs';
import { counts, sum } from './summary.mjs';
import { workbenchUrl } from './url.mjs';

/**
 * @typedef {object} Run
 * @property {string} vscode the folder of VS Code's server
 * @property {string} node
 * @property {string} extension the extension's folder
 * @property {string} tests the module whose `run` is called in the extension host
 * @property {string} folder the folder that the workbench opens
 * @property {string} dataDir for the server, fresh
 * @property {number} limitMs for the whole run
 * @property {number} startLimitMs for the suite to report in, in every phase
 * @property {(line: string) => void} print
 * @property {Record<string, string>} [env] for the extension host
 */

/**
 * Runs a suite inside the extension host of a real workbench. The suite has phases: after each but
 * the last the page is loaded anew, which restarts the extension host and so the suite, on the same
 * folder or on a workspace file with that folder.
 *
 * @param {Run} run
 * @param {{ stop?: () => Promise<void> }} handle gets the means to end the run early
 * @returns {Promise<import('./summary.mjs').Counts>}
 */
export async function runInHost(run, handle) {
  /** @type {(() => Promise<unknown>)[]} */
  const undo = [];
  handle.stop = async () => {
    for (const step of undo.splice(0).reverse()) await step().catch(() => undefined);
  };
  try {
    return await drive(run, undo);
  } finally {
    await handle.stop();
  }
}

/**
 * @param {Run} run
 * @param {(() => Promise<unknown>)[]} undo
 */
async function drive(run, undo) {
  const log = join(artifactsDir, 'host.log');
  mkdirSync(artifactsDir, { recursive: true });
  writeFileSync(log, '');

  const state = { phase: 1, phases: 1, started: false, leaving: false, over: false };
  /** @type {import('./summary.mjs').Counts[]} */
  const results = [];
  /** @type {Deferred<number>} */
  const ended = deferred();
  const watch = startWatch(run, state, ended.reject);
  undo.push(async () => watch.stop());

  const browser = await launchBrowser({ log: run.print });
  undo.push(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  // The workbench writes its storage when the page is idle, which it may never be where a spinner is
  // drawn without a graphics card.
  await context.addInitScript({
    content: `{
      const whenIdle = window.requestIdleCallback.bind(window);
      window.requestIdleCallback = (run, options) => whenIdle(run, { timeout: 1000, ...options });
    }`,
  });
  const page = await context.newPage();

  const { folder, extension, tests } = run;
  const workspace = { workspace: join(dirname(folder), 'suite.code-workspace') };
  writeFileSync(workspace.workspace, JSON.stringify({ folders: [{ path: folder }] }));
  /** @param {{ folder: string } | { workspace: string }} opens */
  const urlOf = (opens) =>
    workbenchUrl({
      port: server.port,
      token: server.token,
      ...opens,
      extensionDevelopmentPath: extension,
      extensionTestsPath: tests,
    });
  const bridge = await openBridge({
    ...Object.fromEntries(
      Object.entries(pageActions).map(([name, act]) => [name, (request) => act(page, request)]),
    ),
    phase: async () => {
      state.started = true;
      return state.phase;
    },
    print: async ({ line }) => run.print(String(line)),
    result: async (result) => {
      results.push(counts(result));
      state.phases = result.phases;
      const next = state.phase < state.phases;
      if (next) {
        state.phase += 1;
        state.started = false;
        watch.startAgain();
        const load = async () => {
          state.leaving = true;
          await (result.opens === 'workspace' ? page.goto(urlOf(workspace)) : page.reload());
          state.leaving = false;
        };
        // The answer has to leave before the host that waits for it is gone.
        setTimeout(() => void load().catch(ended.reject), 200);
      }
      return { next };
    },
  });
  undo.push(() => bridge.close());

  const server = await startServer({
    ...run,
    env: { ...run.env, TIDEMARK_HOST_BRIDGE: bridge.url },
    reconnectSeconds: 3,
  });
  undo.push(() => server.stop());
  void server.ended.then((last) => {
    ended.reject(new Error(`VS Code's server ended during the suite.\n${last}`));
  });
  page.once('crash', () => ended.reject(new Error('The workbench page crashed.')));

  // Both have to be there before the page is: it looks for them only once.
  /** @param {string} type @param {unknown} args */
  const onLog = (type, args) => {
    appendFileSync(log, `${type} ${JSON.stringify(args)}\n`);
    // When the server is taken from it, or it is loaded anew, the page complains, rightly and to no use.
    if (state.over || state.leaving) return;
    const line = consoleLine(type, Array.isArray(args) ? args : [args]);
    if (line !== undefined) run.print(`  | ${line.replaceAll('\n', '\n  | ')}`);
  };
  await page.exposeFunction('codeAutomationLog', onLog);
  /** @param {number} code */
  const onExit = (code) => ended.resolve(code);
  await page.exposeFunction('codeAutomationExit', onExit);
  await page.goto(urlOf({ folder }));

  let code;
  try {
    code = await ended.promise;
    state.over = true;
  } catch (error) {
    state.over = true;
    await pageActions['screenshot']?.(page, { name: 'host-suite-failed' }).catch(() => undefined);
    run.print(`${error instanceof Error ? error.message : error}`);
    run.print('See artifacts/host.log and artifacts/screenshots/host-suite-failed.png.');
    return sum([...results, counts({ failed: 1 })]);
  }
  const total = sum(results);
  if (results.length === state.phases && (code === 0 || total.failed > 0)) return total;
  run.print(`The suite ended with ${code} after reporting ${results.length} of its phases.`);
  return sum([total, counts({ failed: 1 })]);
}

/**
 * A wrong set-up fails in silence: the suite simply never starts. So every wait has an end.
 *
 * @param {Run} run
 * @param {{ started: boolean, phase: number }} state
 * @param {(error: Error) => void} fail
 */
function startWatch({ limitMs, startLimitMs }, state, fail) {
  /** @type {NodeJS.Timeout} */
  let starting;
  const startAgain = () => {
    clearTimeout(starting);
    starting = setTimeout(() => {
      if (state.started) return;
      const seconds = Math.round(startLimitMs / 1000);
      fail(
        new Error(
          `The suite (phase ${state.phase}) did not start within ${seconds} s. Either the ` +
            'extension was refused (engines.vscode above the workbench?) or the test module could ' +
            'not be loaded.',
        ),
      );
    }, startLimitMs);
  };
  startAgain();
  const overall = setTimeout(() => {
    fail(new Error(`The suite was not done after ${Math.round(limitMs / 1000)} s and was ended.`));
  }, limitMs);
  const stop = () => {
    clearTimeout(starting);
    clearTimeout(overall);
  };
  return { startAgain, stop };
}

/**
 * @template T
 * @typedef {{
 *   promise: Promise<T>,
 *   resolve: (value: T) => void,
 *   reject: (error: Error) => void,
 * }} Deferred
 */

/**
 * @template T
 * @returns {Deferred<T>}
 */
function deferred() {
  /** @type {any} */
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  // Whoever waits comes later than a first failure may.
  parts.promise.catch(() => undefined);
  return parts;
}
