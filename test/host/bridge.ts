import { describe, it } from 'mocha';

/**
 * The typed side of what a test can ask of the page that shows the workbench. It exists only where
 * a browser shows it; on a desktop VS Code `bridge` is undefined and such tests are skipped.
 */
export interface Bridge {
  /** A PNG in artifacts/screenshots/ of the window, or of one element; answers with its path. */
  screenshot(request: { name: string } & Partial<Target>): Promise<string>;
  /** The value of an expression in the workbench's page, or in the webview that has `frame`. */
  evaluate<T = unknown>(request: { script: string; frame?: string }): Promise<T>;
  /** The value of an expression in every open webview. */
  evaluateAll<T = unknown>(script: string): Promise<FrameValue<T>[]>;
  /** Pointer and keyboard as a user has them, not synthetic events. */
  click(request: Target & { click?: ClickOptions }): Promise<void>;
  hover(request: Target & { from?: Point }): Promise<void>;
  /** A key as playwright names it: `ArrowRight`, `Control+Shift+p`. */
  press(request: { key: string } & Partial<Target>): Promise<void>;
  type(request: { text: string } & Partial<Target>): Promise<void>;
  wheel(request: Target & { from?: Point; dx?: number; dy?: number }): Promise<void>;
  drag(request: Target & { from: Point; to: Point }): Promise<void>;
  waitFor(request: Target & { state?: ElementState; timeout?: number }): Promise<void>;
  /** What a screen reader is told, as playwright's aria snapshot. */
  ariaSnapshot(request: Target): Promise<string>;
  setViewport(request: { width: number; height: number }): Promise<void>;
  emulateMedia(media: Media): Promise<void>;
}

export interface Target {
  /** A CSS selector, or any other that playwright understands. */
  selector: string;
  /** A CSS selector that only the wanted webview has; without it the workbench itself is meant. */
  frame?: string;
}

export interface Point {
  x: number;
  y: number;
}

export interface ClickOptions {
  button?: 'left' | 'right' | 'middle';
  clickCount?: number;
  modifiers?: ('Alt' | 'Control' | 'Meta' | 'Shift')[];
  position?: Point;
}

export interface Media {
  colorScheme?: 'light' | 'dark' | null;
  reducedMotion?: 'reduce' | 'no-preference' | null;
  forcedColors?: 'active' | 'none' | null;
}

export type ElementState = 'attached' | 'detached' | 'visible' | 'hidden';
export type FrameValue<T> = { url: string } & ({ value: T } | { error: string });

/** What only the suite's runner asks. */
interface Runner {
  phase(): Promise<number>;
  print(line: string): Promise<void>;
  result(result: Result): Promise<{ next: boolean }>;
}

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  skippedTitles: string[];
}

export interface Result extends Outcome {
  /** How many phases the suite has in all. */
  phases: number;
  /** What the window of the next one opens. */
  opens: 'folder' | 'workspace';
}

const address = process.env['TIDEMARK_HOST_BRIDGE'];

async function ask<T>(name: string, request: object = {}): Promise<T> {
  const body = JSON.stringify({ ...request, do: name });
  const response = await fetch(address ?? '', { method: 'POST', body });
  const answer = (await response.json()) as { value: T } | { error: string };
  if ('error' in answer) throw new Error(`${name}: ${answer.error}`);
  return answer.value;
}

const open: Bridge & Runner = {
  screenshot: (request) => ask('screenshot', request),
  evaluate: (request) => ask('evaluate', request),
  evaluateAll: (script) => ask('evaluateAll', { script }),
  click: (request) => ask('click', request),
  hover: (request) => ask('hover', request),
  press: (request) => ask('press', request),
  type: (request) => ask('type', request),
  wheel: (request) => ask('wheel', request),
  drag: (request) => ask('drag', request),
  waitFor: (request) => ask('waitFor', request),
  ariaSnapshot: (request) => ask('ariaSnapshot', request),
  setViewport: (request) => ask('setViewport', request),
  emulateMedia: (media) => ask('emulateMedia', { media }),
  phase: () => ask('phase'),
  print: (line) => ask('print', { line }),
  result: (result) => ask('result', result),
};

/** For the suite's runner; tests take `bridge` from `describeOnPage` or `itOnPage`. */
export const runner: (Bridge & Runner) | undefined = address === undefined ? undefined : open;

const why = '(needs the workbench page)';

/** A group of tests that need the page; skipped by name where there is none. */
export function describeOnPage(title: string, body: (bridge: Bridge) => void): void {
  if (runner) {
    describe(title, () => {
      body(open);
    });
  } else {
    describe.skip(`${title} ${why}`, () => {
      body(open);
    });
  }
}

/** A test that needs the page; skipped by name where there is none. */
export function itOnPage(title: string, body: (bridge: Bridge) => Promise<void>): void {
  if (runner) it(title, () => body(open));
  else it.skip(`${title} ${why}`);
}
