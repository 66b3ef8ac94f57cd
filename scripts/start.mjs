// @ts-check
/**
 * `npm start`: builds Tidemark and shows it in a VS Code in the browser, with nothing needed but
 * Node 20 and npm. `npm start -- --desktop` opens it in an installed VS Code instead.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './workbench/dependencies.mjs';
import { fetchWorkbench } from './workbench/fetch.mjs';
import { findNode } from './workbench/node.mjs';
import { cacheDir, root } from './workbench/paths.mjs';
import { npm, onStop } from './workbench/processes.mjs';
import { startServer } from './workbench/server.mjs';
import { workbenchUrl } from './workbench/url.mjs';

const usage = `Usage: npm start -- [options]
  --desktop     open an installed VS Code (code) instead of one in the browser
  --folder DIR  the folder to open (examples/)
  --port N      the port on 127.0.0.1 (a free one)`;

/** @param {string} line */
const say = (line) => console.log(line);

async function main() {
  const { desktop, folder, port } = options();
  await ensureDependencies({ log: say });
  say('Building ...');
  await npm(['run', '--silent', 'build'], { cwd: root });
  if (desktop) return openDesktop(folder);

  const node = await findNode({ log: say });
  const vscode = await fetchWorkbench({ log: say });
  say('Starting VS Code ...');
  const server = await startServer({ vscode, node, port, dataDir: join(cacheDir, 'demo') });
  onStop(async () => {
    say('\nStopping VS Code ...');
    await server.stop();
  });
  const first = join(folder, 'seed-lab.dr.yaml');
  const url = workbenchUrl({
    port: server.port,
    token: server.token,
    folder,
    extensionDevelopmentPath: root,
    ...(existsSync(first) ? { openFile: first } : {}),
  });
  say(`\nTidemark is ready. Open this in a browser (Ctrl+C here stops it):\n\n  ${url}\n`);
  const last = await server.ended;
  throw new Error(`VS Code's server ended by itself.\n${last}`);
}

function options() {
  /** @param {string} message */
  const refuse = (message) => {
    console.error(`${message}\n\n${usage}`);
    process.exit(2);
  };
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        desktop: { type: 'boolean', default: false },
        folder: { type: 'string' },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (values.help) {
    say(usage);
    process.exit(0);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return refuse(`--port wants a number from 1 to 65535, and not ${values.port}.`);
  }
  // Relative to where the user stands, which npm tells: it runs its scripts in the root.
  const folder = values.folder
    ? resolve(process.env['INIT_CWD'] ?? '.', values.folder)
    : join(root, 'examples');
  if (!existsSync(folder)) return refuse(`There is no folder ${folder}.`);
  return { desktop: values.desktop, folder, port };
}

/** @param {string} folder */
function openDesktop(folder) {
  const windows = process.platform === 'win32';
  const found = spawnSync('code', ['--version'], { encoding: 'utf8', shell: windows });
  if (found.status !== 0) {
    throw new Error(
      'VS Code\'s command `code` is not on the PATH. Install it from VS Code with "Shell Command: ' +
        "Install 'code' command in PATH\", or leave --desktop out to use the browser.",
    );
  }
  say('Opening VS Code ...');
  spawn('code', ['--new-window', `--extensionDevelopmentPath=${root}`, folder], {
    stdio: 'inherit',
    shell: windows,
  });
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
