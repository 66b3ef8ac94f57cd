// @ts-check
/** What the bundles of the command line and of the engine need of the build. */

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
