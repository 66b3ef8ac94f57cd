// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { launchBrowser } from './browser.mjs';
import { pageActions } from './page-actions.mjs';
import { startServer } from './server.mjs';
import { quiet } from './settings.mjs';
import { counts } from './summary.mjs';
import { workbenchUrl } from './url.mjs';

const title = 'a workspace that is not trusted is linted, and nothing is started or connected with';

/** A window that decides on trust as a desktop does, and has not been asked yet. */
const restricted = {
  ...quiet,
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/**
 * A window on a folder that is not trusted, as a person has it. It is no suite in the extension host: with one,
 * VS Code trusts every workspace.
 *
 * @param {object} run
 * @param {string} run.vscode the folder of VS Code's server
 * @param {string} run.node
 * @param {string} run.extension the extension's folder
 * @param {string} run.folder with `broken-lab.dr.yaml`; an engine is said to run in it
 * @param {string} run.dataDir for the server, fresh
 * @param {(line: string) => void} run.print
 * @param {{ stop?: () => Promise<void> }} handle gets the means to end the run early
 * @returns {Promise<import('./summary.mjs').Counts>}
 */
export async function lookUntrusted({ vscode, node, extension, folder, dataDir, print }, handle) {
  /** @type {(() => Promise<unknown> | void)[]} */
  const undo = [];
  handle.stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  /** @type {import('playwright-core').Page | undefined} */
  let page;
  try {
    const trap = await setTrap(folder);
    undo.push(() => trap.close());
    const server = await startServer({
      ...{ vscode, node, dataDir },
      settings: restricted,
      asksForTrust: true,
    });
    undo.push(() => server.stop());
    const browser = await launchBrowser({ log: print });
    undo.push(() => browser.close());
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const { port, token } = server;
    const openFile = join(folder, 'broken-lab.dr.yaml');
    await page.goto(
      workbenchUrl({ port, token, folder, openFile, extensionDevelopmentPath: extension }),
    );
    await drive(page);
    const left = await readdir(join(folder, '.tidemark'));
    if (left.join() !== 'endpoint.json') throw new Error(`An engine has left ${left.join(', ')}.`);
    if (trap.connections() > 0) throw new Error('Somebody has connected with the engine.');
    const started = processesOf(extension);
    if (started.length > 0) throw new Error(`These were started: ${started.join('; ')}`);
    print(`✔ ${title}`);
    return counts({ passed: 1 });
  } catch (error) {
    if (page) await pageActions['screenshot']?.(page, { name: 'failed-untrusted' });
    print(`✖ ${title}`);
    print(`    ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    return counts({ failed: 1 });
  } finally {
    await handle.stop();
  }
}

/** @param {import('playwright-core').Page} page */
async function drive(page) {
  const patience = 60_000;
  /** @param {string} selector */
  const shown = (selector) => page.locator(selector).first().waitFor({ timeout: patience });
  await shown('.statusbar-item:has-text("Restricted Mode")');
  // It is linted.
  await shown('.monaco-editor .squiggly-error');
  for (const [command, what] of [
    ['Tidemark: Start Lab', 'Labs run only in a trusted workspace'],
    ['Tidemark: Run All Drills of a File', 'Drills run only in a trusted workspace'],
  ]) {
    await runCommand(page, command ?? '');
    await runCommand(page, 'Notifications: Show Notifications');
    await shown(`.notification-list-item:has-text("${what}")`);
    await shown('.notification-list-item a.monaco-button:has-text("Manage Workspace Trust")');
    await pageActions['screenshot']?.(page, { name: `untrusted-${(what ?? '').split(' ')[0]}` });
    if (command === 'Tidemark: Start Lab')
      await runCommand(page, 'Notifications: Clear All Notifications');
  }
  await page.locator('.notification-list-item a.monaco-button:has-text("Manage")').first().click();
  await shown('.workspace-trust-editor');
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} command
 */
async function runCommand(page, command) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget .quick-input-box input').first();
  await input.waitFor({ state: 'visible' });
  await input.fill(`>${command}`);
  await page
    .locator(`.quick-input-list .monaco-list-row.focused[aria-label^="${command}"]`)
    .waitFor({ timeout: 30_000 });
  await page.keyboard.press('Enter');
  await input.waitFor({ state: 'hidden' });
}

/**
 * What an attacker leaves: the word that an engine runs, where he listens himself.
 *
 * @param {string} folder
 */
async function setTrap(folder) {
  const state = join(folder, '.tidemark');
  await mkdir(state, { recursive: true });
  const socket = join(folder, '..', 'trap.sock');
  let connections = 0;
  const server = createServer((stream) => {
    connections += 1;
    stream.destroy();
  });
  await new Promise((resolve) => server.listen(socket, () => resolve(undefined)));
  const endpoint = { control: socket, nbd: socket, pid: process.pid };
  await writeFile(join(state, 'endpoint.json'), JSON.stringify(endpoint));
  return { connections: () => connections, close: () => void server.close() };
}

/**
 * Command lines of running engines and drills of the extension. Elsewhere than on Linux nobody can say.
 *
 * @param {string} extension
 */
function processesOf(extension) {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
      } catch {
        // It has ended meanwhile.
        return '';
      }
    })
    .filter((line) =>
      ['cli.js', 'engine.js', 'drill.cjs'].some((name) =>
        line.includes(join(extension, 'dist', name)),
      ),
    );
}
