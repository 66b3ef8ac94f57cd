// @ts-check
/**
 * Runs the suite in test/host inside the extension host of a real VS Code workbench. Expects
 * `npm run build`. Usage: node scripts/host-suite.mjs [--grep PATTERN] [--minutes N]
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchWorkbench } from './workbench/fetch.mjs';
import { runInHost } from './workbench/host-run.mjs';
import { findNode } from './workbench/node.mjs';
import { artifactsDir, hostTestModule, root } from './workbench/paths.mjs';
import { lookUntrusted } from './workbench/untrusted.mjs';
import { onStop } from './workbench/processes.mjs';
import { inWords, sum, writeCounts } from './workbench/summary.mjs';

const { values } = parseArgs({
  options: { grep: { type: 'string' }, minutes: { type: 'string', default: '5' } },
});

/** @param {string} line */
const print = (line) => console.log(line);

/** @type {{ stop?: () => Promise<void> }} */
const handle = {};

// Nothing of an earlier run, and nothing that a test writes stays in examples/.
const scratch = await mkdtemp(join(tmpdir(), 'tidemark-host-'));
const cleanUp = async () => {
  await handle.stop?.();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
};
onStop(cleanUp);

try {
  if (!existsSync(hostTestModule)) {
    throw new Error(`${relative(root, hostTestModule)} is missing. Run \`npm run build\` first.`);
  }
  const folder = join(scratch, 'examples');
  if (existsSync(join(root, 'examples'))) {
    await cp(join(root, 'examples'), folder, { recursive: true });
  } else {
    await mkdir(folder);
  }
  const node = await findNode({ log: print });
  const vscode = await fetchWorkbench({ log: print });
  const suite = await runInHost(
    {
      vscode,
      node,
      extension: root,
      tests: hostTestModule,
      folder,
      dataDir: join(scratch, 'vscode'),
      limitMs: Number(values.minutes) * 60_000,
      startLimitMs: 120_000,
      print,
      env: values.grep === undefined ? {} : { TIDEMARK_HOST_GREP: values.grep },
    },
    handle,
  );
  const apart = join(scratch, 'untrusted');
  await cp(join(root, 'examples'), join(apart, 'examples'), { recursive: true });
  const untrusted = await lookUntrusted(
    {
      ...{ vscode, node, print },
      extension: root,
      folder: join(apart, 'examples'),
      dataDir: join(apart, 'vscode'),
    },
    handle,
  );
  const result = sum([suite, untrusted]);
  const file = process.env['TIDEMARK_SUMMARY'] ?? join(artifactsDir, 'host-result.json');
  await writeCounts(file, result);
  print(`host: ${inWords(result)}`);
  process.exitCode = result.failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
// A browser or a server that did not end in time must not keep the run from ending.
process.exit();
