// @ts-check
/**
 * `npm test`: everything that has to hold, from the types to the extension in a real VS Code, on a
 * machine with nothing but Node 20 and npm. `npm test -- --only unit,lint` runs a part of it.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './workbench/dependencies.mjs';
import { fetchWorkbench } from './workbench/fetch.mjs';
import { fileExists, manifestProblems } from './workbench/manifest.mjs';
import { findNode } from './workbench/node.mjs';
import { artifactsDir, root } from './workbench/paths.mjs';
import { onStop } from './workbench/processes.mjs';
import { asOneTest, execute, runStages, stopStages } from './workbench/stages.mjs';
import { counts, inWords, readCounts, sum } from './workbench/summary.mjs';

/** @typedef {import('./workbench/summary.mjs').Counts} Counts */

const all = ['types', 'lint', 'format', 'fences', 'build', 'manifest', 'unit', 'real', 'host'];

/** @param {string} line */
const say = (line) => console.log(line);
const wanted = chosen();
onStop(stopStages);

/** @type {Map<string, Counts>} */
let results;
try {
  results = await everything();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  results = new Map([['set-up', counts({ failed: 1 })]]);
}
const total = sum([...results.values()]);
say('');
for (const [name, { failed }] of results) if (failed > 0) say(`failed: ${name} (${failed})`);
for (const title of total.skippedTitles) say(`skipped: ${title}`);
say(inWords(total));
process.exit(total.failed > 0 ? 1 : 0);

async function everything() {
  await ensureDependencies({ log: say });
  const node = await findNode({ log: say });
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
  await mkdir(artifactsDir, { recursive: true });

  // A first fetch takes a while and loads the machine little, so it goes along with the checks.
  const fetched = wanted.includes('host') ? fetchWorkbench({ log: say }) : Promise.resolve('');
  fetched.catch(() => undefined);

  /** @param {string} script @param {string} [name] */
  const script = (script, name = script) => ({
    name,
    run: () => asOneTest(execute('npm', ['run', '--silent', script], { cwd: root, env })),
  });
  const first = await runStages(
    [
      script('build'),
      script('types'),
      script('lint'),
      script('format:check', 'format'),
      script('fences'),
      { name: 'manifest', after: ['build'], run: () => asOneTest(manifest()) },
    ].filter(({ name }) => wanted.includes(name)),
    2,
    say,
  );
  // A build that failed leaves an older one behind, and testing that would prove nothing.
  const built = (first.get('build')?.failed ?? 0) === 0;
  const reporter = ['--reporter', './scripts/workbench/unit-reporter.mjs'];
  const mocha = (/** @type {string} */ script) => ['run', '--silent', script, '--', ...reporter];
  // Real labs mostly wait, for checkpoints and for disks, so they go along with everything else. Two suites at once on one
  // terminal cannot be read: theirs is shown when it is over.
  const second = await runStages(
    [
      { name: 'real', run: () => suite('real', 'npm', mocha('test:real'), env, { live: false }) },
      { name: 'unit', run: () => suite('unit', 'npm', mocha('test:unit'), env) },
      {
        name: 'host',
        after: ['unit'],
        run: async () => {
          if (!built) return notRun('host suite (the build failed)');
          await fetched;
          return suite('host', node, [join('scripts', 'host-suite.mjs'), '--minutes', '15'], env);
        },
      },
    ].filter(({ name }) => wanted.includes(name)),
    2,
    say,
  );
  return new Map([...first, ...second]);
}

/**
 * @param {string} name
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {{ live: boolean }} [options] live: to the terminal as it goes, and not as a whole at the end
 */
async function suite(name, program, args, env, { live } = { live: true }) {
  if (live) say(`\n${name}:`);
  const file = join(artifactsDir, `${name}-result.json`);
  await rm(file, { force: true });
  const withFile = { ...env, TIDEMARK_SUMMARY: file };
  const { code, output } = await execute(program, args, { cwd: root, env: withFile, live });
  if (!live) say(`\n${name}:\n${output.trimEnd()}\n`);
  const result = (await readCounts(file)) ?? counts({ failed: 1 });
  // It counted no failure and still says that it failed: that is one more than it knows of.
  if (code !== 0 && result.failed === 0) result.failed = 1;
  return { result };
}

/** @param {string} title */
function notRun(title) {
  return { result: counts({ skipped: 1, skippedTitles: [title] }) };
}

async function manifest() {
  const read = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const problems = manifestProblems(read, fileExists(root));
  return { code: problems.length > 0 ? 1 : 0, output: problems.join('\n') };
}

function chosen() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const asked = values.only?.split(',') ?? all;
  const unknown = asked.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`--only knows ${all.join(', ')}, and not ${unknown.join(', ')}.`);
    process.exit(2);
  }
  return asked;
}
