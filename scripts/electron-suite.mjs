// @ts-check
/**
 * Runs the suite in test/host in a desktop VS Code: an installed `code`, or one that
 * @vscode/test-electron downloads. There is no page to ask there, so tests that need it are skipped.
 * Ends with 2 when no VS Code can be had. Expects `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { artifactsDir, hostTestModule, root } from './workbench/paths.mjs';
import { inWords, readCounts } from './workbench/summary.mjs';

const unavailable = 2;

/**
 * @param {number} code
 * @param {string} message
 * @returns {never}
 */
function end(code, message) {
  console.error(message);
  process.exit(code);
}

if (!existsSync(hostTestModule)) {
  end(1, `${relative(root, hostTestModule)} is missing. Run \`npm run build\` first.`);
}
if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
  underXvfb();
}

const { downloadAndUnzipVSCode, runTests } = await import('@vscode/test-electron');
const vscodeExecutablePath = installedCode() ?? (await downloaded());
const scratch = await mkdtemp(join(tmpdir(), 'tidemark-electron-'));
const summary = join(artifactsDir, 'electron-result.json');
try {
  await mkdir(artifactsDir, { recursive: true });
  await rm(summary, { force: true });
  const folder = join(scratch, 'examples');
  await cp(join(root, 'examples'), folder, { recursive: true });
  const launchArgs = [folder, '--disable-workspace-trust', '--disable-gpu'];
  launchArgs.push('--user-data-dir', join(scratch, 'user-data'));
  launchArgs.push('--extensions-dir', join(scratch, 'extensions'));
  if (process.getuid?.() === 0) launchArgs.push('--no-sandbox');
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: root,
    extensionTestsPath: hostTestModule,
    launchArgs,
    extensionTestsEnv: { TIDEMARK_SUMMARY: summary },
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
const result = await readCounts(summary);
if (result === undefined) end(1, 'VS Code ended before the suite could report.');
for (const title of result.skippedTitles) console.log(`skipped: ${title}`);
console.log(`electron: ${inWords(result)}`);

/** Starts this script again on a screen that nobody sees. */
function underXvfb() {
  const args = ['-a', process.execPath, ...process.argv.slice(1)];
  const run = spawnSync('xvfb-run', args, { stdio: 'inherit' });
  if (run.error) {
    end(
      unavailable,
      'There is no display and no xvfb-run. Install xvfb, or run `npm run test:host`.',
    );
  }
  process.exit(run.status ?? 1);
}

/** The program behind an installed `code`, which is a script that starts it and does not wait. */
function installedCode() {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const script = join(folder, 'code');
    if (!existsSync(script)) continue;
    const home = dirname(dirname(realpathSync(script)));
    const program = join(home, 'code');
    if (existsSync(program) && readFileSync(program).subarray(0, 4).includes('ELF')) return program;
  }
  return undefined;
}

async function downloaded() {
  try {
    return await downloadAndUnzipVSCode({ version: 'stable' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return end(
      unavailable,
      `No desktop VS Code can be had: no \`code\` is installed and the download failed (${why}).\n` +
        'The same suite runs in a VS Code from the npm registry: `npm run test:host`.',
    );
  }
}
