import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { applyEdits } from '../../src/lint/fix.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { lab } from './lab.ts';
import { mark, marked } from './testing.ts';

const pages = new URL('../../docs/rules/yaml/', import.meta.url);

/** Whose examples show only the beginning of something long, or cannot be shown in UTF-8. */
const cannotBeShown = ['too-large', 'too-deep', 'encoding'];

function example(page: string, heading: string): string {
  const text = readFileSync(new URL(page, pages), 'utf8');
  const found = new RegExp(`## ${heading}\\n\\n\`\`\`yaml\\n(.*?)\`\`\``, 's').exec(text)?.[1];
  assert.ok(found !== undefined, `${page} shows nothing under ${heading}`);
  return found;
}

/** A VM that two sites have, and a drill that names it. */
const ambiguous = (named: string): string =>
  'version: 1\nsites:\n' +
  ['A', 'B'].map((site) => `  ${site}: { vms: { V: { host: h } } }\n`).join('') +
  `drills:\n  d: { duration: 1h, steps: [{ at: 1m, write: { vm: ${named}, size: 1MB } }] }\n`;

const yamlRules = (text: string): readonly string[] =>
  lint(loadTopology(text, 'test.dr.yaml'))
    .map(({ rule }) => rule)
    .filter((rule) => rule.startsWith('yaml/'));

describe('what keeps a file from being read', () => {
  for (const page of readdirSync(pages)) {
    const name = page.replace(/\.md$/, '');
    if (cannotBeShown.includes(name)) continue;
    it(`yaml/${name} finds what its page calls wrong, and nothing in what it calls right`, () => {
      assert.ok(yamlRules(example(page, 'Wrong')).includes(`yaml/${name}`));
      assert.deepEqual(yamlRules(example(page, 'Right')), []);
    });
  }

  /** A marked mistake, and what the first fix makes of it; undefined where there is none. */
  const cases: Record<string, readonly [wrong: string, fixed: string | undefined]> = {
    'schema/unknown-key': [lab({ vpg: '«compresion»: false' }), lab({ vpg: 'compression: false' })],
    'schema/missing-key': [lab({ prodDatastores: '«ds-p1»: { free: 1TiB }' }), undefined],
    'schema/wrong-type': [
      lab({ prodHosts: 'esx-p1: { ports: [22, «"443"»] }' }),
      lab({ prodHosts: 'esx-p1: { ports: [22, 443] }' }),
    ],
    'schema/bad-quantity': [
      lab({ vpg: 'journal: { history: «4 hours» }' }),
      lab({ vpg: 'journal: { history: 4h }' }),
    ],
    'schema/bad-address': [
      lab({ prodNetworks: 'isolated: { cidr: «192.168.100.20/24» }' }),
      lab({ prodNetworks: 'isolated: { cidr: 192.168.100.0/24 }' }),
    ],
    'schema/unknown-value': [lab({ vpg: 'priority: «hihg»' }), lab({ vpg: 'priority: high' })],
    'schema/out-of-range': [lab({ prodHosts: 'esx-p1: { ports: [22, «70000»] }' }), undefined],
    'schema/ambiguous-name': [ambiguous('«V»'), ambiguous('A/V')],
    'schema/bad-name': [lab({ prodHosts: '«rack/esx-p1»: {}' }), undefined],
  };
  for (const [rule, [wrong, fixed]] of Object.entries(cases)) {
    it(`${rule} stands at its exact place${fixed === undefined ? '' : ', and can be mended'}`, () => {
      const { text, ranges } = marked(wrong);
      const findings = lint(loadTopology(text, 'test.dr.yaml')).filter(
        (finding) => finding.rule === rule,
      );
      assert.equal(
        mark(
          text,
          findings.map(({ range }) => range),
        ),
        mark(text, ranges),
      );
      const [fix] = findings[0]?.fixes ?? [];
      assert.equal(fix && applyEdits(text, fix.edits), fixed);
    });
  }

  it('a fix is safe only where it says the same in another form', () => {
    const safety = (text: string) =>
      lint(loadTopology(marked(text).text, 'test.dr.yaml'))
        .filter(({ rule }) => rule.startsWith('schema/'))
        .flatMap(({ fixes }) => fixes.map(({ safe }) => safe));
    assert.deepEqual(safety(cases['schema/bad-quantity']![0]), [true]);
    assert.deepEqual(safety(cases['schema/unknown-value']![0]), [false]);
  });
});
