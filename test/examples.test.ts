/**
 * The examples: each is clean, its drills pass, and every fact of the domain that an engine can show has a
 * drill in one of them and a test that bears its id.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { DrillOutcome } from '../src/drill/protocol.ts';
import { runFile } from '../src/drill/run-file.ts';
import { lint } from '../src/lint/run.ts';
import { loadTopology } from '../src/topology/load.ts';

const read = (name: string): string => readFileSync(`examples/${name}.dr.yaml`, 'utf8');
const ids = (area: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${area}-${String(from + index)}`);

/**
 * Outages, VRAs and migrations, and what of the networks an engine can show. The rest of the networks'
 * facts (NET-1 to NET-9) is the linter's, and VRA-1 speaks of a user interface.
 */
const facts = [
  ...ids('OUT', 1, 12),
  ...ids('NET', 10, 11),
  ...ids('VRA', 2, 12),
  ...ids('MIG', 1, 2),
];

/** All but the one in which everything is wrong; those of several files are read by other tests. */
const clean = [
  'appliance-lab',
  'installation-lab',
  'journal-lab',
  'migration-lab',
  'recovery-lab',
  'seed-lab',
  'small-lab',
];

describe('the examples', () => {
  it('are these, the one in which everything is wrong, and one of several files', () => {
    assert.deepEqual(
      readdirSync('examples')
        .map((name) => name.replace('.dr.yaml', ''))
        .sort(),
      [...clean, 'broken-lab', 'split-lab'].sort(),
    );
  });

  for (const name of clean) {
    it(`${name}: nothing is to be found in it`, () => {
      const loaded = loadTopology(read(name), `${name}.dr.yaml`);
      assert.deepEqual(loaded.problems, []);
      assert.deepEqual(
        lint(loaded).map(({ rule, message }) => `${rule}: ${message}`),
        [],
      );
    });
  }
});

describe('the facts of the domain', () => {
  const drills = clean.flatMap((name) => [
    ...loadTopology(read(name), `${name}.dr.yaml`).topology.drills.values(),
  ]);
  const sources = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('examples.test.ts'))
    .map((name) => readFileSync(`test/${name}`, 'utf8'));
  const titles = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:describe|it)\(\s*(['"`])(.*?)\1/gs)].map((match) => match[2] ?? ''),
  );
  const names = (title: string, fact: string): boolean =>
    new RegExp(String.raw`\b${fact}\b`).test(title);

  for (const fact of facts) {
    it(`${fact} has a drill in an example, and a test that bears its id`, () => {
      assert.ok(
        drills.some((drill) => drill.facts.includes(fact)),
        'no drill names it among its facts',
      );
      assert.ok(
        titles.some((title) => names(title, fact)),
        'no test bears its id',
      );
    });
  }
});

// Those of the seed lab and of the recovery lab: test/drill/run-file.test.ts.
for (const name of [
  'appliance-lab',
  'installation-lab',
  'journal-lab',
  'migration-lab',
  'small-lab',
]) {
  describe(`the drills of the ${name.replace('-', ' ')}`, function () {
    this.timeout(120_000);
    const text = read(name);
    for (const drill of loadTopology(text, `${name}.dr.yaml`).topology.drills.values()) {
      it(`${drill.facts.join(', ')}: ${drill.describes ?? drill.name}`, () => {
        const events = [
          ...runFile({ type: 'run', uri: `${name}.dr.yaml`, text, drills: [drill.name] }),
        ];
        const outcomes = events.flatMap((event): DrillOutcome[] =>
          event.type === 'finished' ? [event.outcome] : [],
        );
        assert.deepEqual(
          outcomes.map(({ failures }) => failures.map(({ message }) => message)),
          [[]],
        );
      });
    }
  });
}
