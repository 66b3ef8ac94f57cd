import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { junitOf } from '../../src/cli/formats/junit.ts';
import { run } from './shell-fixture.ts';

const seedLab = readFileSync('examples/seed-lab.dr.yaml', 'utf8');
const drills = (text: string): string =>
  `${seedLab.slice(0, seedLab.indexOf('\ndrills:\n'))}\ndrills:\n${text}`;
const quick = `  nothing-happens:
    duration: 1m
    expect: { vpgs: { file-server: { noGaps: true } } }
`;
const failing = `  too-much-hoped:
    duration: 1m
    expect: { vpgs: { file-server: { history: { atLeast: 2h } } } }
`;

/** Element names with their attributes, in order; asserts that every element is closed. */
function elements(xml: string): { name: string; attributes: Record<string, string> }[] {
  const open: string[] = [];
  const found: { name: string; attributes: Record<string, string> }[] = [];
  for (const [, close, name = '', rest = '', empty] of xml.matchAll(
    /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/gi,
  )) {
    if (close === '/') {
      assert.equal(open.pop(), name);
      continue;
    }
    const attributes = Object.fromEntries(
      [...rest.matchAll(/ ([a-z]+)="([^"]*)"/gi)].map(([, key = '', value = '']) => [key, value]),
    );
    found.push({ name, attributes });
    if (empty !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  const withoutTags = xml.replace(/<\?xml[^>]*\?>|<\/?[a-z-]+(?: [a-z]+="[^"<]*")*\/?>/gi, '');
  assert.ok(!/[<>]/.test(withoutTags), withoutTags);
  return found;
}

const named = (xml: string, name: string) =>
  elements(xml)
    .filter((each) => each.name === name)
    .map(({ attributes }) => attributes);

describe('tidemark drill --format junit', () => {
  it('prints a suite with a case for each drill, and the failures at their lines', () => {
    const file = 'x.dr.yaml';
    const text = drills(quick + failing);
    const { printed, status } = run(['drill', file, '--format', 'junit'], { [file]: text });
    assert.equal(status, 1);
    const [suite] = named(printed, 'testsuite');
    assert.deepEqual(suite, { name: file, tests: '2', failures: '1', errors: '0', skipped: '0' });
    assert.deepEqual(
      named(printed, 'testcase').map(({ classname, name, line }) => [classname, name, line]),
      ['nothing-happens', 'too-much-hoped'].map((name) => [
        file,
        name,
        String(text.split('\n').findIndex((each) => each.includes(`${name}:`)) + 1),
      ]),
    );
    assert.equal(named(printed, 'failure').length, 1);
    const at = text.split('\n').findIndex((each) => each.includes('atLeast: 2h')) + 1;
    assert.match(printed, new RegExp(`<failure[^>]*>x\\.dr\\.yaml:${at}:\\d+: `));
  });

  it('of a file that cannot be rehearsed holds an error, and exits with 2', () => {
    const file = 'x.dr.yaml';
    const { printed, status } = run(['drill', file, '--format', 'junit'], {
      [file]: `${drills(quick)}\n"<oops>&": 1\n`,
    });
    assert.equal(status, 2);
    assert.equal(named(printed, 'testsuite')[0]?.['errors'], '1');
    assert.equal(named(printed, 'error').length, 1);
    assert.match(printed, /&lt;oops&gt;/);
  });

  it('holds nothing that XML refuses, whatever a name or a message says', () => {
    const message = 'a "b" <c> & d\nline 2 \u0000\u001b \ud800 \uffff';
    const xml = junitOf('a&b.dr.yaml', [], [{ name: '<x>\t"', message }]);
    assert.equal(named(xml, 'testcase')[0]?.['name'], '&lt;x&gt;&#9;&quot;');
    assert.ok(!/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(xml));
    assert.ok(!/\p{Surrogate}/u.test(xml));
  });
});
