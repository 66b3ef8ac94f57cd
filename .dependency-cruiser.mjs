// @ts-check
/**
 * The floors of the house: a room imports only from floors below it, and never in a circle.
 * Each entry lists the rooms that the named room may look into, besides itself.
 */
const below = {
  'src/topology': [],
  'src/engine/world': ['src/topology'],
  'src/engine/disk': ['src/topology', 'src/engine/world'],
  'src/engine/journal': ['src/topology', 'src/engine/world', 'src/engine/disk'],
  'src/engine/vra': ['src/topology', 'src/engine/world', 'src/engine/disk', 'src/engine/journal'],
  'src/engine/nbd': ['src/topology', 'src/engine/world', 'src/engine/disk', 'src/engine/journal'],
  'src/engine/zvm': [
    'src/topology',
    'src/engine/world',
    'src/engine/disk',
    'src/engine/journal',
    'src/engine/vra',
    'src/engine/api.ts',
  ],
  'src/engine/control': ['src/topology', 'src/engine/world', 'src/engine/api.ts'],
  'src/engine/process': ['src/topology', 'src/engine', 'src/restore', 'src/report'],
  'src/lint': ['src/topology'],
  'src/report': ['src/topology', 'src/engine/api.ts'],
  'src/drill': ['src/topology', 'src/engine'],
  'src/restore': [],
  'src/language': ['src/topology', 'src/lint', 'src/report'],
  'src/cli': ['src/topology', 'src/lint', 'src/report', 'src/engine', 'src/drill', 'src/restore'],
  'src/extension': [
    'src/language/protocol.ts',
    'src/drill/protocol.ts',
    'src/engine/api.ts',
    // A lab runs in a process of its own: what it takes to speak with it, and nothing of the engine itself.
    'src/engine/control',
    'src/engine/process/endpoint.ts',
    'src/engine/process/state-folder.ts',
    'src/engine/process/filed-reports.ts',
    'src/engine/world/streams.ts',
    'src/engine/world/node/streams.ts',
    'src/engine/version.ts',
    // Files of recovered disks: read over NBD, found by a worker.
    'src/engine/nbd/readable-disk.ts',
    'src/engine/process/system-clock.ts',
    'src/restore',
    'src/report/recovery-report.ts',
    // Words and quantities as people write them.
    'src/topology/alerts.ts',
    'src/topology/quantities.ts',
    'webview/timeline/protocol.ts',
  ],
};

/** @param {string} path */
const escaped = (path) => path.replaceAll('.', '\\.');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(below).map(([room, rooms]) => ({
      name: `${room.replace('src/', '').replaceAll('/', '-')}-looks-only-down`,
      severity: /** @type {const} */ ('error'),
      from: { path: `^${escaped(room)}/` },
      to: {
        path: '^(src|webview|test|bench|scripts)/',
        pathNot: [room, ...rooms].map((allowed) => `^${escaped(allowed)}(/|$)`),
      },
    })),
    {
      name: 'lab-and-api-stand-on-the-engine-rooms',
      comment: 'src/engine/*.ts is the floor above zvm and below drill.',
      severity: 'error',
      from: { path: '^src/engine/[^/]+\\.ts$' },
      to: { path: '^(src|webview)/', pathNot: '^src/(engine|topology)/' },
    },
    {
      name: 'api-stands-alone',
      comment: 'The window and the webview share these types, so they carry nothing along.',
      severity: 'error',
      from: { path: '^src/engine/api\\.ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'vscode-only-in-the-extension',
      severity: 'error',
      from: { pathNot: '^(src/extension|test/host)/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'webview-shares-only-the-api',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^(src|test|scripts|bench)/', pathNot: '^src/engine/api\\.ts$' },
    },
    {
      name: 'one-adapter-for-the-toolkit',
      severity: 'error',
      from: { pathNot: '^webview/ui/toolkit\\.ts$' },
      to: { path: 'webview-ui-toolkit' },
    },
    {
      name: 'one-adapter-for-7-zip',
      severity: 'error',
      from: { pathNot: '^src/restore/seven-zip\\.ts$' },
      to: { path: '7z-wasm' },
    },
    {
      name: 'product-needs-no-test-code',
      severity: 'error',
      from: { path: '^(src|webview)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '(^|/)main\\.ts$', '^(scripts|test|bench)/'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The resolver takes the package of the same name for this file.
    exclude: { path: '^esbuild\\.mjs$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
};
