// @ts-check
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactsDir } from './paths.mjs';
import { delay } from './processes.mjs';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Frame} Frame
 * @typedef {import('playwright-core').Locator} Locator
 */

/**
 * What a test in the extension host can ask of the page that the workbench is shown in. `frame` is a
 * CSS selector found only in the wanted webview; without it the workbench itself is meant.
 *
 * @typedef {object} Request
 * @property {string} [frame]
 * @property {string} [selector]
 * @property {string} [script] an expression; a promise is waited for
 * @property {string} [name] of a screenshot
 * @property {string} [key]
 * @property {string} [text]
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [dx]
 * @property {number} [dy]
 * @property {boolean} [focus]
 * @property {{ x: number, y: number }} [from] within the element
 * @property {{ x: number, y: number }} [to] within the element
 * @property {Parameters<Locator['click']>[0]} [click]
 * @property {Parameters<Page['emulateMedia']>[0]} [media]
 * @property {'attached' | 'detached' | 'visible' | 'hidden'} [state]
 * @property {number} [timeout]
 */

const patience = 15_000;

/** @type {Record<string, (page: Page, request: Request) => Promise<unknown>>} */
export const pageActions = {
  async screenshot(page, { name = 'screenshot', selector, frame }) {
    const folder = join(artifactsDir, 'screenshots');
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name.replace(/[^\w.-]+/g, '-')}.png`);
    if (selector === undefined && frame === undefined) await page.screenshot({ path });
    else await (await locate(page, frame, selector ?? 'body')).screenshot({ path });
    return path;
  },

  async evaluate(page, { script = '', frame }) {
    const target = frame === undefined ? page : await webview(page, frame);
    return target.evaluate(script);
  },

  /** In every webview, whatever it shows: for finding out what there is. */
  async evaluateAll(page, { script = '' }) {
    return Promise.all(
      webviews(page).map(async (frame) => {
        try {
          return { url: frame.url(), value: await frame.evaluate(script) };
        } catch (error) {
          return { url: frame.url(), error: String(error) };
        }
      }),
    );
  },

  async click(page, { selector = 'body', frame, click = {} }) {
    await (await locate(page, frame, selector)).click({ timeout: patience, ...click });
  },

  async hover(page, { selector = 'body', frame, from }) {
    const options = { timeout: patience, ...(from ? { position: from } : {}) };
    await (await locate(page, frame, selector)).hover(options);
  },

  /** With a selector the element gets the focus first. */
  async press(page, { key = '', selector, frame }) {
    if (selector === undefined) await page.keyboard.press(key);
    else await (await locate(page, frame, selector)).press(key, { timeout: patience });
  },

  async type(page, { text = '', selector, frame }) {
    if (selector !== undefined) await (await locate(page, frame, selector)).focus();
    await page.keyboard.type(text);
  },

  async wheel(page, { selector = 'body', frame, from, dx = 0, dy = 0 }) {
    const { x, y } = await place(await locate(page, frame, selector), from);
    await page.mouse.move(x, y);
    await page.mouse.wheel(dx, dy);
  },

  async drag(page, { selector = 'body', frame, from, to }) {
    const locator = await locate(page, frame, selector);
    const start = await place(locator, from);
    const end = await place(locator, to);
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(end.x, end.y, { steps: 10 });
    await page.mouse.up();
  },

  async waitFor(page, { selector = 'body', frame, state = 'visible', timeout = patience }) {
    await (await locate(page, frame, selector, timeout)).waitFor({ state, timeout });
  },

  /** What a screen reader is told. */
  async ariaSnapshot(page, { selector = 'body', frame }) {
    return (await locate(page, frame, selector)).ariaSnapshot({ timeout: patience });
  },

  async setViewport(page, { width = 1400, height = 900 }) {
    await page.setViewportSize({ width, height });
  },

  async emulateMedia(page, { media = {} }) {
    await page.emulateMedia(media);
  },
};

/** @param {Page} page */
function webviews(page) {
  // A webview is two frames: VS Code's own, and within it the extension's document.
  return page.frames().filter((frame) => frame.url().includes('/fake.html'));
}

/**
 * @param {Page} page
 * @param {string} has
 * @param {number} [timeout]
 * @returns {Promise<Frame>}
 */
async function webview(page, has, timeout = patience) {
  const end = Date.now() + timeout;
  for (;;) {
    for (const frame of webviews(page)) {
      // A frame that is just being replaced refuses; its successor is found in the next round.
      if (await frame.$(has).catch(() => null)) return frame;
    }
    if (Date.now() > end) {
      throw new Error(`No webview has an element ${has} (${webviews(page).length} webviews open).`);
    }
    await delay(100);
  }
}

/**
 * @param {Page} page
 * @param {string | undefined} frame
 * @param {string} selector
 * @param {number} [timeout]
 */
async function locate(page, frame, selector, timeout = patience) {
  const target = frame === undefined ? page : await webview(page, frame, timeout);
  return target.locator(selector).first();
}

/**
 * @param {Locator} locator
 * @param {{ x: number, y: number }} [point] within the element; its middle when left out
 */
async function place(locator, point) {
  const box = await locator.boundingBox({ timeout: patience });
  if (!box) throw new Error('The element is not shown, so no pointer can reach it.');
  const { x, y } = point ?? { x: box.width / 2, y: box.height / 2 };
  return { x: box.x + x, y: box.y + y };
}
