/** The two language servers that are measured side by side, as their users run them. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Server {
  readonly name: string;
  readonly version: string;
  /** The module that Node runs. */
  readonly module: string;
  /** Settings by section, as an editor would answer when asked. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const root = new URL('../../', import.meta.url);

/** Ours, bundled just now in the way that the extension ships it, so that no stale build is measured. */
export async function ourServer(): Promise<Server> {
  const module = fileURLToPath(new URL('artifacts/bench/language-server.cjs', root));
  await build({
    entryPoints: [fileURLToPath(new URL('src/language/main.ts', root))],
    outfile: module,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    logLevel: 'warning',
  });
  return { name: 'tidemark', version: 'this tree', module, settings: {} };
}

/** The YAML language server that Red Hat's YAML extension runs, with our JSON Schema. */
export function peerServer(uriPattern: string): Server {
  const require = createRequire(import.meta.url);
  const manifest = require('yaml-language-server/package.json') as { version: string };
  return {
    name: 'yaml-language-server',
    version: manifest.version,
    module: require.resolve('yaml-language-server/bin/yaml-language-server'),
    settings: {
      yaml: {
        validate: true,
        schemas: { [new URL('schemas/dr-topology.schema.json', root).href]: uriPattern },
        // The catalogue of public schemas would be fetched from the network.
        schemaStore: { enable: false },
        kubernetesCRDStore: { enable: false },
      },
    },
  };
}
