// @ts-check
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, context } from 'esbuild';
import {
  copySevenZip,
  engineBeside,
  requireInModules,
  restoreWorker,
} from './scripts/command-line-bundle.mjs';
import { writeNotices } from './scripts/write-notices.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  sourcemap: production ? false : 'linked',
  minify: production,
  target: 'node22',
  platform: 'node',
  logLevel: 'warning',
  // The package's build for Node asks the environment whether to log at every token.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  legalComments: 'external',
  metafile: production,
};

/**
 * What talks with engines has a bundle of its own: with its schemas it is nearly half of the extension, and a window
 * in which no lab runs neither reads nor compiles it.
 *
 * @type {import('esbuild').Plugin}
 */
const engineFolderBeside = {
  name: 'engine-folder-beside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/engine-folder\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './engine-folder.cjs', external: true } : undefined,
    );
  },
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  {
    ...shared,
    entryPoints: ['src/extension/main.ts'],
    outfile: 'dist/extension.cjs',
    format: 'cjs',
    external: ['vscode'],
    // The worker that finds files in recovered disks stands beside it.
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [engineFolderBeside],
  },
  {
    ...shared,
    entryPoints: ['src/extension/lab/engine-folder.ts'],
    outfile: 'dist/engine-folder.cjs',
    format: 'cjs',
  },
  {
    ...shared,
    entryPoints: ['src/language/main.ts'],
    outfile: 'dist/language-server.cjs',
    format: 'cjs',
  },
  { ...shared, entryPoints: ['src/drill/main.ts'], outfile: 'dist/drill.cjs', format: 'cjs' },
  {
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    format: 'esm',
    banner: { js: `#!/usr/bin/env node\n${requireInModules.js}` },
    plugins: [engineBeside],
  },
  {
    ...shared,
    entryPoints: ['src/engine/main.ts'],
    outfile: 'dist/engine.js',
    format: 'esm',
    banner: requireInModules,
  },
  {
    ...shared,
    entryPoints: [restoreWorker],
    outfile: 'dist/restore-worker.js',
    format: 'esm',
    banner: requireInModules,
  },
  {
    ...shared,
    entryPoints: ['webview/timeline/main.ts'],
    outfile: 'dist/webview/timeline.js',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  },
  {
    ...shared,
    entryPoints: ['test/host/index.ts'],
    outfile: 'dist/test/host/index.cjs',
    format: 'cjs',
    external: ['vscode', 'mocha'],
  },
].filter((options) => existsSync(options.entryPoints[0] ?? ''));

/** Style sheets stand beside their page's script, so that the CSP needs no inline style. */
async function copyStyleSheets() {
  for (const page of await readdir('webview', { withFileTypes: true })) {
    const sheet = join('webview', page.name, `${page.name}.css`);
    if (!page.isDirectory() || !existsSync(sheet)) continue;
    const target = join('dist/webview', basename(sheet));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(sheet, target);
  }
}

await copyStyleSheets();
await copySevenZip('dist');
if (watch) {
  const contexts = await Promise.all(bundles.map((options) => context(options)));
  await Promise.all(contexts.map((each) => each.watch()));
} else {
  const built = await Promise.all(bundles.map((options) => build(options)));
  if (production) await writeNotices(built.map(({ metafile }) => metafile));
}
