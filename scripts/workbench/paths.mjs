// @ts-check
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The extension's own folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is fetched once and kept: the workbench, and where needed a Node and a browser. */
export const cacheDir = join(root, '.tidemark-host');

/** What a test run leaves behind: screenshots, results, logs. */
export const artifactsDir = join(root, 'artifacts');

/** The suite that runs inside the extension host. */
export const hostTestModule = join(root, 'dist', 'test', 'host', 'index.cjs');
