import assert from 'node:assert/strict';
import { run } from './shell-fixture.ts';

const broken = 'examples/broken-lab.dr.yaml';
const clean = 'examples/seed-lab.dr.yaml';

interface Report {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly url: string;
}

const lintJson = (...args: string[]): Report[] =>
  JSON.parse(run(['lint', ...args, '--format', 'json']).printed) as Report[];

describe('tidemark lint', () => {
  it('finds nothing wrong with the seed lab, and exits with 0', () => {
    const { status, printed } = run(['lint', clean, '--max-severity', 'warning']);
    assert.equal(status, 0);
    assert.match(printed, /nothing to report|hint|information/);
  });

  it('finds every mistake of the broken lab at its line, and exits with 1', () => {
    assert.equal(run(['lint', broken]).status, 1);
    const found = lintJson(broken);
    for (const rule of [
      'zvm/missing-route',
      'zvm/route-unknown-destination',
      'zvm/two-default-gateways',
      'network/nat',
      'network/overlap',
      'vra/dhcp',
      'zvm/single-in-protected-site',
    ]) {
      assert.ok(
        found.some((report) => report.rule === rule),
        rule,
      );
    }
    const typo = found.find(({ rule }) => rule === 'zvm/route-unknown-destination');
    assert.equal((typo?.endColumn ?? 0) - (typo?.column ?? 0), '102.168.200.0/24'.length);
    assert.match(typo?.message ?? '', /192\.168\.200\.0/);
  });

  it('prints in JSON just the fields of the contract, counted from 1', () => {
    for (const report of lintJson(broken, clean)) {
      assert.deepEqual(Object.keys(report), [
        'file',
        'line',
        'column',
        'endLine',
        'endColumn',
        'rule',
        'severity',
        'message',
        'url',
      ]);
      assert.ok(report.line >= 1 && report.column >= 1);
      assert.match(report.url, /docs\/rules\//);
    }
  });

  it('takes the threshold for its exit status from --max-severity', () => {
    const file = { 'x.dr.yaml': 'version: 1\nname: x\nsites: {}\nextra: 1\n' };
    assert.equal(run(['lint', 'x.dr.yaml', '--max-severity', 'hint'], file).status, 1);
    const warned = lintJson(broken).filter(({ severity }) => severity === 'warning');
    assert.ok(warned.length > 0);
  });

  it('exits with 2 for a file that is not there, an unknown option and no file at all', () => {
    const missing = run(['lint', 'nowhere.dr.yaml']);
    assert.equal(missing.status, 2);
    assert.match(missing.told, /nowhere\.dr\.yaml could not be read: there is no such file/);
    const misspelt = run(['lint', clean, '--formt', 'json']);
    assert.equal(misspelt.status, 2);
    assert.match(misspelt.told, /Did you mean --format/);
    assert.equal(run(['lint']).status, 2);
    assert.equal(run(['lint', clean, '--format', 'xml']).status, 2);
    assert.equal(run(['lnt']).status, 2);
  });
});

describe('tidemark schema', () => {
  it('prints a JSON Schema', () => {
    const { status, printed } = run(['schema']);
    assert.equal(status, 0);
    const schema = JSON.parse(printed) as { $schema: string; properties: object };
    assert.match(schema.$schema, /json-schema/);
    assert.ok('vpgs' in schema.properties);
  });
});
