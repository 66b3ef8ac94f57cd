// @ts-check
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packagedChromium } from './browser-package.mjs';

/** What Debian, Ubuntu, Fedora, Google and macOS call the browser. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const places = ['/usr/bin', '/usr/local/bin', '/snap/bin'];
const onMac = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // With the small /dev/shm of a container tabs crash otherwise.
  '--disable-dev-shm-usage',
];

/**
 * A headless Chromium: the machine's own, or one from the npm registry.
 *
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launchBrowser({ log = () => {} } = {}) {
  const { chromium } = await import('playwright-core');
  const own = findChromium();
  const { executablePath, env } = own
    ? { executablePath: own, env: {} }
    : await packagedChromium({ log });
  // The sandbox refuses to run as root, which is who tests in a container run as.
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    headless: true,
    args: asRoot ? [...flags, '--no-sandbox'] : flags,
    env: { ...definedOnly(process.env), ...env },
    // Whoever asked for the browser ends it, and then himself.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/** TIDEMARK_CHROMIUM names another browser; `fetch` asks for the one from the registry. */
function findChromium() {
  const asked = process.env['TIDEMARK_CHROMIUM'];
  if (asked === 'fetch') return undefined;
  if (asked) return asked;
  const folders = [...places, ...(process.env['PATH'] ?? '').split(delimiter)];
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...candidates, ...onMac].find((path) => existsSync(path));
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>}
 */
function definedOnly(env) {
  /** @type {Record<string, string>} */
  const defined = {};
  for (const [key, value] of Object.entries(env)) if (value !== undefined) defined[key] = value;
  return defined;
}
