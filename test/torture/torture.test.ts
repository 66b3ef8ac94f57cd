/** A few hundred scenarios of what `npm run torture` runs by the ten thousand. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { generate } from './generate.ts';
import { changed, changesOf, mutants } from './mutants/mutants.ts';
import { runSeeds } from './pool.ts';
import type { Scenario } from './scenario.ts';
import { runTrial } from './trial.ts';

const seeds = 200;

async function traceOf(seed: number): Promise<string> {
  const program = fileURLToPath(new URL('trace.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(seed)]);
  return stdout;
}

describe('The torture', () => {
  it(`breaks no promise in ${seeds} scenarios`, async function () {
    this.timeout(1_200_000);
    const broken: string[] = [];
    let compared = 0;
    let leapt = 0;
    await runSeeds({
      first: 1,
      count: seeds,
      jobs: Math.min(4, availableParallelism()),
      answered: (answer) => {
        compared += answer.compared;
        leapt += answer.comparedLeapt;
        if (!answer.broken) return true;
        const replay = `npm run torture -- --seed ${answer.seed} --log`;
        broken.push(`seed ${answer.seed}: ${answer.broken.message}\n${replay}`);
        return true;
      },
    });
    assert.deepEqual(broken, []);
    assert.ok(compared > 3 * seeds, `only ${compared} images were compared`);
    assert.ok(leapt > seeds, `only ${leapt} images of stretches that time leapt over`);
  });

  it('is the same in two processes, by the SHA-256 of all that happens', async () => {
    for (const seed of [3, 11, 21]) {
      const [one, other] = await Promise.all([traceOf(seed), traceOf(seed)]);
      assert.match(one, /^[0-9a-f]{64}$/);
      assert.equal(one, other);
    }
  });

  it('replays a scenario from what was written to a file', () => {
    const scenario = generate(7);
    const read = JSON.parse(JSON.stringify(scenario)) as Scenario;
    assert.deepEqual(read, scenario);
    const [one, other] = [runTrial(scenario), runTrial(read)];
    assert.equal(one.trace, other.trace);
    assert.equal(one.events, other.events);
  });
});

describe('What the torture has found, shrunk', () => {
  const folder = new URL('found/', import.meta.url);
  for (const name of readdirSync(folder)) {
    it(`keeps its promises: ${name.replace('.json', '').replaceAll('-', ' ')}`, () => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      assert.equal(runTrial(JSON.parse(text) as Scenario).broken, undefined);
    });
  }
});

describe('The mutants of the engine', () => {
  it('are at least twelve, with names of their own', () => {
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
    assert.ok(mutants.length >= 12);
  });

  it('are in no bundle', () => {
    const dist = new URL('../../dist/', import.meta.url);
    const bundles = existsSync(dist)
      ? readdirSync(dist).filter((name) => /\.c?js$/.test(name))
      : [];
    for (const bundle of bundles) {
      const text = readFileSync(new URL(bundle, dist), 'utf8');
      for (const { name } of mutants) assert.ok(!text.includes(name), `${bundle} names ${name}`);
    }
  });

  it('are noticed: a checkpoint does not survive a marker that overtakes its data', async () => {
    let caught = 0;
    await runSeeds({
      first: 1,
      count: 30,
      jobs: 2,
      mutant: 'marker-before-its-data',
      answered: ({ broken }) => {
        if (broken?.promise === 'a checkpoint is a promise') caught += 1;
        return caught === 0;
      },
    });
    assert.ok(caught > 0);
  });

  for (const mutant of mutants) {
    for (const change of changesOf(mutant)) {
      it(`${mutant.name} fits into ${change.file}`, () => {
        const source = readFileSync(new URL(`../../src/${change.file}`, import.meta.url), 'utf8');
        assert.notEqual(changed(mutant.name, change, source), source);
      });
    }
  }
});
