import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { uriOf } from '../../src/cli/formats/sarif.ts';
import { rules, ruleUrl } from '../../src/lint/registry.ts';
import { sarifProblems, sarifRun } from './sarif/schema.ts';
import { run } from './shell-fixture.ts';

const broken = 'examples/broken-lab.dr.yaml';
const clean = 'examples/seed-lab.dr.yaml';

interface Report {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
}

const reports = (...args: string[]): Report[] =>
  JSON.parse(run(['lint', ...args, '--format', 'json']).printed) as Report[];

describe('tidemark lint --format sarif', () => {
  const sarifOf = (args: readonly string[], files: Readonly<Record<string, string>> = {}) =>
    sarifRun(JSON.parse(run(['lint', ...args, '--format', 'sarif'], files).printed));
  const sarif = (...args: string[]) => sarifOf(args);

  it('is valid by the schema of SARIF 2.1.0, with findings and without', () => {
    assert.ok(sarif(broken, clean).results.length > 5);
    assert.ok(sarif(broken).results.some(({ fixes }) => fixes !== undefined));
    assert.ok(sarif(broken).results.some((each) => each.relatedLocations !== undefined));
    const silent = rules.map(({ name }) => `--rule=${name}=off`);
    assert.deepEqual(sarif(clean, ...silent).results, []);
  });

  it('is held against a schema that refuses what is not SARIF', () => {
    const log = JSON.parse(run(['lint', broken, '--format', 'sarif']).printed) as {
      runs: { results: { locations: { physicalLocation: object }[]; level: string }[] }[];
    };
    const [result] = log.runs[0]!.results;
    result!.level = 'loud';
    Object.assign(result!.locations[0]!.physicalLocation, {
      artifactLocation: { uri: 'two sites.dr.yaml' },
      region: { startLine: 0 },
    });
    const problems = sarifProblems(log).join('\n');
    assert.match(problems, /level should be equal to one of the allowed values/);
    assert.match(problems, /artifactLocation\.uri should match format "uri-reference"/);
    assert.match(problems, /startLine should be >= 1/);
  });

  it('tells of each rule its level, its page and its title', () => {
    const { tool } = sarif(clean);
    assert.deepEqual(
      tool.driver.rules.map(({ id, helpUri }) => [id, helpUri]),
      rules.map(({ name }) => [name, ruleUrl(name)]),
    );
  });

  it('is valid for files with spaces, letters of any script and signs in their paths', () => {
    const text = readFileSync(broken, 'utf8');
    const paths = ['zwei Standorte.dr.yaml', 'Größe/東京 [1]#?%.dr.yaml', './a:b.dr.yaml'];
    for (const path of [...paths, '/srv/dr files/ÿ\u0301😀.dr.yaml']) {
      const { results } = sarifOf([path], { [path]: text });
      assert.ok(results.length > 5, path);
      const uris = results.flatMap(({ locations, relatedLocations = [], fixes = [] }) => [
        ...[...locations, ...relatedLocations].map(
          ({ physicalLocation }) => physicalLocation.artifactLocation.uri,
        ),
        ...fixes.flatMap(({ artifactChanges }) =>
          artifactChanges.map(({ artifactLocation }) => artifactLocation.uri),
        ),
      ]);
      assert.deepEqual([...new Set(uris)], [uriOf(path)]);
    }
  });

  it('says the same as JSON, at the same places', () => {
    const results = sarif(broken).results.map(({ ruleId, message, locations }) => {
      const { region } = locations[0]!.physicalLocation;
      const { startLine, startColumn, endLine, endColumn } = region;
      return [ruleId, message.text, startLine, startColumn, endLine, endColumn];
    });
    assert.deepEqual(
      results,
      reports(broken).map(({ rule, message, line, column, endLine, endColumn }) => [
        rule,
        message,
        line,
        column,
        endLine,
        endColumn,
      ]),
    );
  });

  it('names each rule by its index, too', () => {
    const { tool, results } = sarif(broken);
    for (const { ruleId, ruleIndex } of results) {
      assert.equal(tool.driver.rules[ruleIndex ?? -1]?.id, ruleId);
    }
  });

  it('names files by URIs: relative ones as they are, absolute ones with their scheme', () => {
    assert.equal(uriOf('./examples/two sites.dr.yaml'), 'examples/two%20sites.dr.yaml');
    assert.equal(uriOf('../a#b%.dr.yaml'), '../a%23b%25.dr.yaml');
    assert.equal(uriOf('a:b.dr.yaml'), 'a%3Ab.dr.yaml');
    assert.equal(uriOf('/srv/x.dr.yaml'), 'file:///srv/x.dr.yaml');
    assert.equal(uriOf('C:\\dr\\x y.dr.yaml'), 'file:///C:/dr/x%20y.dr.yaml');
    assert.equal(uriOf('\\\\server\\share\\x.dr.yaml'), 'file://server/share/x.dr.yaml');
    assert.equal(uriOf('labs\\x.dr.yaml'), 'labs/x.dr.yaml');
  });
});

describe('tidemark lint --format github', () => {
  it('prints a command for each finding, with its file, its place and its rule', () => {
    const { printed, status } = run(['lint', broken, '--format', 'github']);
    const lines = printed.trimEnd().split('\n');
    const expected = reports(broken);
    assert.equal(status, 1);
    assert.equal(lines.length, expected.length);
    for (const [index, line] of lines.entries()) {
      const report = expected[index]!;
      const match =
        /^::(error|warning|notice) file=([^,]+),line=(\d+),endLine=(\d+),(.*)title=([^:]+)::(.+)$/.exec(
          line,
        );
      assert.ok(match, line);
      assert.equal(match[1], report.severity === 'information' ? 'notice' : report.severity);
      assert.deepEqual(
        [match[2], Number(match[3]), Number(match[4]), match[6]],
        [broken, report.line, report.endLine, report.rule],
      );
      const columns = `col=${report.column},endColumn=${report.endColumn},`;
      assert.equal(match[5], report.line === report.endLine ? columns : '');
    }
  });

  it('escapes what would end a command or a property', () => {
    const file = 'a,b:c%d.dr.yaml';
    const text = 'version: 1\nname: x\n"100%\\n": 1\n';
    const { printed } = run(['lint', file, '--format', 'github'], { [file]: text });
    const line = printed.split('\n').find((each) => each.includes('schema/unknown-key'))!;
    assert.match(line, /file=a%2Cb%3Ac%25d\.dr\.yaml,/);
    assert.match(line.split('::').slice(2).join('::'), /100%25/);
    assert.ok(!/100%(?!25)/.test(line));
  });
});

describe('tidemark lint --rule', () => {
  it('sets severities, and off silences', () => {
    const severity = (...args: string[]) =>
      reports(broken, ...args).find(({ rule }) => rule === 'vra/dhcp')?.severity;
    assert.equal(severity(), 'warning');
    assert.equal(severity('--rule', 'vra/dhcp=error', '--rule=network/nat=hint'), 'error');
    assert.equal(severity('--rule', 'vra/dhcp=off'), undefined);
  });

  it('refuses a rule or a severity that does not exist', () => {
    const misspelt = run(['lint', clean, '--rule', 'vra/dchp=off']);
    assert.equal(misspelt.status, 2);
    assert.match(misspelt.told, /There is no rule vra\/dchp\. Did you mean vra\/dhcp\?/);
    assert.equal(run(['lint', clean, '--rule', 'vra/dhcp=loud']).status, 2);
    assert.equal(run(['lint', clean, '--rule', 'vra/dhcp']).status, 2);
  });
});
