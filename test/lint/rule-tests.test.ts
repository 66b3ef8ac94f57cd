/** What every rule owes: a test in which it fires, one in which it does not, one of its fix, and a page. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { rules } from '../../src/lint/registry.ts';
import type { Rule } from '../../src/lint/rule.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const filesBelow = (folder: string, ending: string): readonly string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);

const tests = ['test/lint', 'test/topology']
  .flatMap((folder) => filesBelow(folder, '.test.ts'))
  .map(read);

/** What each rule is called in the code: its tests hand it to the test kit by that name. */
const variables = new Map<Rule, string>();
for (const file of filesBelow('src/lint/rules', '.ts')) {
  const exported = (await import(new URL(file, root).href)) as Readonly<Record<string, unknown>>;
  for (const [variable, value] of Object.entries(exported)) {
    const rule = rules.find((each) => each === value);
    if (rule) variables.set(rule, variable);
  }
}

const calls = (rule: Rule, helper: string): boolean => {
  const call = new RegExp(`\\b${helper}\\(\\s*${variables.get(rule) ?? rule.name}\\b`);
  return tests.some((text) => call.test(text));
};

/** Under a heading of the rule's page. */
function section({ name }: Rule, heading: string): string {
  const text = read(`docs/rules/${name}.md`);
  const found = new RegExp(`\\n## ${heading}\\n\\n([^]*?)(?=\\n## |$)`).exec(text)?.[1];
  assert.ok(found !== undefined, `the page of ${name} says nothing under ${heading}`);
  return found;
}

const hasFix = (rule: Rule): boolean => !/^None\b/.test(section(rule, 'Fix'));

const judging = rules.filter(({ check }) => check !== undefined);
/** What reading the file, reading its comments or running the rules reports by itself. */
const others = rules.filter(({ check }) => check === undefined);

describe('every rule that judges a topology', () => {
  it('is a value of its own, which tests can be found by', () => {
    assert.deepEqual(
      judging.filter((rule) => !variables.has(rule)),
      [],
    );
    const names = judging.map((rule) => variables.get(rule));
    assert.equal(new Set(names).size, names.length);
  });

  for (const rule of judging) {
    it(`${rule.name} has a test that fires and one that does not${hasFix(rule) ? ', and one of its fix' : ''}`, () => {
      assert.ok(calls(rule, 'expectFindings') || calls(rule, 'expectFix'), 'none that fires');
      assert.ok(calls(rule, 'expectNothing'), 'none that does not fire');
      if (hasFix(rule)) assert.ok(calls(rule, 'expectFix'), 'none of its fix');
    });
  }
});

describe('every other rule', () => {
  const shared = read('test/lint/reading.test.ts');
  for (const rule of others) {
    it(`${rule.name} has a test that names it`, () => {
      assert.ok(tests.some((text) => text.includes(`'${rule.name}'`)));
      if (rule.name.startsWith('schema/') && hasFix(rule)) {
        assert.ok(shared.includes(`'${rule.name}'`), 'none of its fix');
      }
    });
  }
});

describe('the seed lab', () => {
  it('is a file in which no rule fires that is more than a hint', () => {
    const findings = lint(loadTopology(read('examples/seed-lab.dr.yaml'), 'seed-lab.dr.yaml'));
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'hint').map(({ rule }) => rule),
      [],
    );
  });
});

describe('the page of every rule', () => {
  for (const rule of rules) {
    it(`${rule.name}: says its name, severity and facts, why it is right and what its fix does`, () => {
      const [, , summary = ''] = read(`docs/rules/${rule.name}.md`).split('\n');
      const [name, severity = '', facts = ''] = summary.split(' · ');
      assert.equal(name, `\`${rule.name}\``);
      assert.ok(severity.startsWith(rule.severity), summary);
      assert.deepEqual(facts === '' ? [] : facts.split(', '), rule.facts);
      for (const heading of ['Why', 'Fix']) assert.ok(section(rule, heading).trim().length > 3);
    });
  }
});
