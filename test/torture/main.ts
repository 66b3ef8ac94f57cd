/**
 * `npm run torture -- --seeds N [--seed S] [--jobs N] [--mutant M]`: runs scenarios against the engine and
 * holds its promises against a shadow of every disk. See docs/testing.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { applyMutant } from './mutants/apply.ts';
import { mutantNamed, mutants } from './mutants/mutants.ts';
import { runSeeds } from './pool.ts';
import type { WorkerAnswer } from './pool.ts';
import type { Scenario } from './scenario.ts';

/** Seeds within which every mutant has to be caught. */
const mutantSeeds = 1000;
/** Trials that go into making a failing scenario smaller. */
const shrinkTrials = 300;
const folder = join('artifacts', 'torture');

const usage = `npm run torture -- [options]
  --seeds N        so many seeds (default 100)
  --seed S         beginning with this one (default 1)
  --jobs N         in so many processes (default: as many as the machine has processors)
  --scenario FILE  one scenario from a file instead
  --mutant NAME    against an engine with a mistake in it
  --mutants        every mutant, until a seed catches it that is clean without it, and a table
  --log            print what is done, as it is done (one seed or a scenario)
  --no-shrink      leave a failing scenario as it is
`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    scenario: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const first = whole('seed', values.seed);
  const jobs = Math.max(1, whole('jobs', values.jobs));
  if (values.mutants) return tryMutants(first, whole('seeds', values.seeds ?? '1000'), jobs);
  const { scenario, mutant } = values;
  if (mutant !== undefined) mutantNamed(mutant);
  if (scenario !== undefined || values.log) {
    if (mutant !== undefined) applyMutant(mutant);
    return runOne(scenario ?? first);
  }
  const count = whole('seeds', values.seeds ?? '100');
  const started = performance.now();
  const total = new Totals();
  await runSeeds({
    first,
    count,
    jobs,
    mutant,
    answered: (answer) => {
      total.add(answer);
      if (answer.broken) say(`seed ${answer.seed}: ${answer.broken.message.slice(0, 2000)}`);
      return true;
    },
  });
  const seconds = (performance.now() - started) / 1000;
  say(`${total.text(count)}, in ${seconds.toFixed(0)} s`);
  for (const { seed } of total.failures) say(`replay: npm run torture -- --seed ${seed} --log`);
  const [worst] = total.failures.sort((a, b) => a.seed - b.seed);
  if (!worst) return 0;
  if (!values['no-shrink'] && mutant === undefined) await shrinkSeed(worst.seed);
  return 1;
}

class Totals {
  readonly failures: WorkerAnswer[] = [];
  #catalogued = 0;
  #compared = 0;
  #comparedLeapt = 0;
  #leapt = 0;
  #healed = 0;
  #events = 0;

  add(answer: WorkerAnswer): void {
    if (answer.broken) this.failures.push(answer);
    this.#catalogued += answer.catalogued;
    this.#compared += answer.compared;
    this.#comparedLeapt += answer.comparedLeapt;
    this.#leapt += answer.leapt;
    this.#events += answer.events;
    this.#healed = Math.max(this.#healed, answer.healed);
  }

  text(count: number): string {
    return (
      `${count} seeds, ${this.failures.length} broken; ${this.#catalogued} checkpoints, ` +
      `${this.#compared} images compared, ${this.#comparedLeapt} of them of stretches that time ` +
      `leapt over (with ${this.#leapt} markers), ${this.#events} events, ` +
      `healed after ${this.#healed / 1000} s at most`
    );
  }
}

async function runOne(what: string | number): Promise<number> {
  const { runTrial } = await import('./trial.ts');
  const scenario =
    typeof what === 'number'
      ? await scenarioOf(what)
      : (JSON.parse(readFileSync(what, 'utf8')) as Scenario);
  const { broken } = runTrial(scenario, values.log ? { log: say } : {});
  say(broken ? broken.message : 'all promises are kept');
  if (!broken) return 0;
  if (!values['no-shrink'] && values.mutant === undefined) await shrinkTo(scenario, broken.promise);
  return 1;
}

async function scenarioOf(seed: number): Promise<Scenario> {
  const { generate } = await import('./generate.ts');
  return generate(seed);
}

async function shrinkSeed(seed: number): Promise<void> {
  const { runTrial } = await import('./trial.ts');
  const scenario = await scenarioOf(seed);
  const { broken } = runTrial(scenario);
  if (broken) await shrinkTo(scenario, broken.promise);
  else say(`seed ${seed} breaks nothing when it runs again: the engine is not deterministic`);
}

async function shrinkTo(scenario: Scenario, promise: string): Promise<void> {
  const { shrink } = await import('./shrink.ts');
  const smaller = shrink(scenario, promise, { trials: shrinkTrials });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${scenario.seed}.json`);
  writeFileSync(file, `${JSON.stringify(smaller, undefined, 2)}\n`);
  say(`smaller: ${scenario.acts.length} acts became ${smaller.acts.length}`);
  say(`replay: npm run torture -- --scenario ${file} --log`);
}

async function tryMutants(first: number, seeds: number, jobs: number): Promise<number> {
  const most = Math.min(seeds, mutantSeeds);
  let escaped = 0;
  const width = Math.max(...mutants.map(({ name }) => name.length));
  for (const { name } of mutants) {
    const caught = await catchMutant(name, first, most, jobs);
    const tried = caught ? caught.seed - first + 1 : most;
    if (!caught) escaped += 1;
    const by = caught ? `${caught.broken?.promise} (seed ${caught.seed})` : 'NOT CAUGHT';
    say(`${name.padEnd(width)}  ${String(tried).padStart(4)}  ${by}`);
  }
  say(`${mutants.length} mutants, ${mutants.length - escaped} caught within ${most} seeds`);
  return escaped === 0 ? 0 : 1;
}

/** By a seed that breaks nothing without the mutant. */
async function catchMutant(
  mutant: string,
  first: number,
  count: number,
  jobs: number,
): Promise<WorkerAnswer | undefined> {
  for (let next = first; next < first + count;) {
    let found: WorkerAnswer | undefined;
    const left = first + count - next;
    const answered = (answer: WorkerAnswer): boolean => {
      if (answer.broken) found ??= answer;
      return found === undefined;
    };
    await runSeeds({ first: next, count: left, jobs, mutant, answered });
    if (!found) return undefined;
    const { seed } = found;
    let without: WorkerAnswer | undefined;
    const alone = (answer: WorkerAnswer): boolean => (without = answer) === answer;
    await runSeeds({ first: seed, count: 1, jobs: 1, answered: alone });
    if (!without?.broken) return found;
    next = seed + 1;
  }
  return undefined;
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  say(usage);
  throw new RangeError(`--${option} is a whole number, not ${text}`);
}

if (values.help) say(usage);
else process.exitCode = await main();
