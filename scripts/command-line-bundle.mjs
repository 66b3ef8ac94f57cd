// @ts-check
/** What the bundles of the command line and of the engine need of the build. */

import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** An ES module bundle still has to serve the CommonJS packages inside it. */
export const requireInModules = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/**
 * The command line loads the engine from a bundle beside its own, and only to run one.
 *
 * @type {import('esbuild').Plugin}
 */
export const engineBeside = {
  name: 'engine-beside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/engine\/main\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './engine.js', external: true } : undefined,
    );
  },
};

/** What reads the file systems of recovered disks: a worker, beside the bundle that starts it. */
export const restoreWorker = 'src/restore/worker.ts';

/**
 * Puts 7-Zip beside the worker's bundle as it is: its licence wants it to be replaceable.
 *
 * @param {string} folder of the bundles
 */
export async function copySevenZip(folder) {
  await mkdir(join(folder, '7-zip'), { recursive: true });
  for (const file of ['7zz.umd.js', '7zz.wasm', 'License.txt', 'unRarLicense.txt']) {
    // Ours is a package of ES modules, and this is none.
    const target = file.replace(/\.umd\.js$/, '.cjs');
    await copyFile(join('node_modules/7z-wasm', file), join(folder, '7-zip', target));
  }
}
