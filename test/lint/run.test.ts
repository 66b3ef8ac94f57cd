import assert from 'node:assert/strict';
import {
  applyRules,
  applyRulesStepwise,
  mostInAll,
  mostOfRule,
  mostOfRuleOnceMany,
} from '../../src/lint/apply-rules.ts';
import { applyEdits } from '../../src/lint/fix.ts';
import type { Rule } from '../../src/lint/rule.ts';
import { dhcp } from '../../src/lint/rules/vra/dhcp.ts';
import { memory } from '../../src/lint/rules/vra/memory.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { lab } from './lab.ts';
import { marked } from './testing.ts';

const load = (text: string) => loadTopology(text, 'test.dr.yaml');

const twoMistakes = lab({
  prodHosts:
    'esx-p1:\n  vra: { memory: 512MiB, datastore: ds-p1, network: isolated, address: dhcp }',
});

const rule = (name: string, check: Rule['check']): Rule => ({
  name,
  title: name,
  severity: 'warning',
  facts: [],
  check,
});

describe('running rules', () => {
  it('gives findings in the order of the text, whatever the order of the rules', () => {
    const names = (rules: readonly Rule[]) =>
      applyRules(rules, load(twoMistakes)).map((finding) => finding.rule);
    assert.deepEqual(names([dhcp, memory]), ['vra/memory', 'vra/dhcp']);
    assert.deepEqual(names([memory, dhcp]), ['vra/memory', 'vra/dhcp']);
  });

  it('says the same thing only once', () => {
    const twice = rule('test/twice', ({ topology, report }) => {
      const at = { document: topology.document, path: ['name'] };
      report({ at, message: 'odd' });
      report({ at, message: 'odd' });
      report({ at, message: 'odder' });
    });
    assert.deepEqual(
      applyRules([twice], load(lab())).map(({ message }) => message),
      ['odd', 'odder'],
    );
  });

  it('a severity from the settings goes before the rule, and off silences it', () => {
    const severities = { 'vra/dhcp': 'error', 'vra/memory': 'off' } as const;
    assert.deepEqual(
      applyRules([dhcp, memory], load(twoMistakes), { severities }).map((each) => [
        each.rule,
        each.severity,
      ]),
      [['vra/dhcp', 'error']],
    );
  });

  it('settings named like members of every object change nothing', () => {
    const odd = rule('constructor', ({ topology, report }) => {
      report({ at: { document: topology.document, path: ['name'] }, message: 'odd' });
    });
    assert.equal(applyRules([odd], load(lab()), { severities: {} })[0]?.severity, 'warning');
  });

  it('a rule that fails becomes a finding, and the others still run', () => {
    const broken = rule('test/broken', () => {
      throw new TypeError('nothing there');
    });
    const findings = applyRules([broken, memory], load(twoMistakes));
    assert.deepEqual(
      findings.map((finding) => finding.rule),
      ['internal/rule-failed', 'vra/memory'],
    );
    assert.match(findings[0]!.message, /test\/broken failed .*TypeError: nothing there.*report it/);
    assert.deepEqual(findings[0]!.range, { start: 0, end: 'version: 1'.length });
  });

  it('problems of reading are findings, and their suggestions are fixes', () => {
    const { text, ranges } = marked(lab().replace('platform: vsphere', '«platfrom»: vsphere'));
    const [finding] = lint(load(text)).filter(({ rule: name }) => name === 'schema/unknown-key');
    assert.ok(finding);
    assert.deepEqual(finding.range, ranges[0]);
    assert.equal(finding.severity, 'error');
    const [fix] = finding.fixes;
    assert.equal(fix?.title, 'Change to platform');
    assert.equal(applyEdits(text, fix.edits), lab());
  });

  it('settings speak of problems of reading too', () => {
    const text = lab().replace('platform: vsphere', 'platfrom: vsphere');
    const found = lint(load(text), { severities: { 'schema/unknown-key': 'off' } });
    assert.deepEqual(
      found.filter(({ rule: name }) => name === 'schema/unknown-key'),
      [],
    );
  });

  it('a comment in the file switches rules off for the next line', () => {
    const withComment = (comment: string) =>
      applyRules(
        [dhcp, memory],
        load(twoMistakes.replace('        vra:', `        ${comment}\n        vra:`)),
      ).map((finding) => finding.rule);
    assert.deepEqual(withComment('# a comment'), ['vra/memory', 'vra/dhcp']);
    assert.deepEqual(withComment('# tidemark-disable-next-line vra/dhcp'), ['vra/memory']);
    assert.deepEqual(withComment('# tidemark-disable-next-line vra/dhcp, vra/memory'), []);
    assert.deepEqual(
      withComment('# tidemark-disable-next-line vra/dhcp -- not vra/memory: it grows next week'),
      ['vra/memory'],
    );
    assert.deepEqual(
      withComment(
        '# tidemark-disable-next-line vra/dhcp\n        # tidemark-disable-next-line vra/memory',
      ),
      [],
    );
  });

  it('finds nothing wrong in the lab of these tests', () => {
    // Its recovery site has no network for failover tests, so its VM must have no NIC.
    const text = lab().replace(/^ +nics: \{ eth0: .*\n/m, '');
    assert.deepEqual(
      lint(load(text))
        .filter(({ severity }) => severity === 'error' || severity === 'warning')
        .map(({ rule: name, message }) => `${name}: ${message}`),
      [],
    );
  });

  it('offers no fix where nothing can be changed for this place alone', () => {
    const text = lab({
      prodHosts:
        'esx-p1:\n  vra: &vra { memory: 512MiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }\n' +
        'esx-p2:\n  vra: *vra',
    });
    assert.deepEqual(
      applyRules([memory], load(text)).map(({ fixes }) => fixes.length),
      [1, 0],
    );
  });
});

describe('a rule that finds more than anybody reads', () => {
  const asked: number[] = [];
  const often = (name: string, times: number) =>
    rule(name, ({ topology, report }) => {
      for (let time = 0; time < times; time += 1) {
        asked.push(time);
        report({ at: { document: topology.document, path: ['name'] }, message: `${time}` });
      }
    });
  const count = (rules: readonly Rule[], text = lab()) => {
    const counts: Record<string, number> = {};
    for (const { rule: name } of applyRules(rules, load(text)))
      counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };

  it('is stopped, and a finding says so where the next would stand', () => {
    asked.length = 0;
    const findings = applyRules([often('test/often', 300_000)], load(lab()));
    assert.equal(asked.length, mostOfRule + 1);
    const notices = findings.filter(({ rule: name }) => name === 'internal/too-many-findings');
    assert.equal(findings.length - notices.length, mostOfRule);
    assert.equal(notices.length, 1);
    assert.equal(notices[0]?.severity, 'warning');
    assert.match(notices[0].message, /^test\/often finds more than is listed: its first 5000 /);
    assert.deepEqual(notices[0].range, findings[0]?.range);
  });

  it('is heard out where it finds just as many', () => {
    assert.deepEqual(count([often('test/often', mostOfRule)]), { 'test/often': mostOfRule });
  });

  it('leaves the others a few findings each when there are too many in all', () => {
    const many = Array.from({ length: mostInAll / mostOfRule }, (_, index) =>
      often(`test/often-${index}`, mostOfRule),
    );
    const counts = count([...many, often('test/late', 300_000), often('test/few', 2)]);
    assert.equal(counts['test/late'], mostOfRuleOnceMany);
    assert.equal(counts['test/few'], 2);
    assert.equal(counts['internal/too-many-findings'], 1);
  });

  it('is as bad as its rule, and silent only where it is switched off itself', () => {
    const severityOf = (severities: Record<string, 'error' | 'off'>) =>
      applyRules([often('test/often', 300_000)], load(lab()), { severities }).find(
        ({ rule: name }) => name === 'internal/too-many-findings',
      )?.severity;
    assert.equal(severityOf({ 'test/often': 'error' }), 'error');
    assert.equal(severityOf({ 'internal/too-many-findings': 'off' }), undefined);
  });
});

describe('running rules step by step', () => {
  it('checks one rule in a step, and comes to the same findings', () => {
    const checked: string[] = [];
    const noted = ['test/a', 'test/b'].map((name) =>
      rule(name, ({ topology, report }) => {
        checked.push(name);
        report({ at: { document: topology.document, path: ['name'] }, message: name });
      }),
    );
    const run = applyRulesStepwise(noted, load(lab()));
    run.next();
    assert.deepEqual(checked, []);
    run.next();
    assert.deepEqual(checked, ['test/a']);
    run.next();
    assert.deepEqual(checked, ['test/a', 'test/b']);
    const last = run.next();
    assert.equal(last.done, true);
    assert.deepEqual(last.value, applyRules(noted, load(lab())));
  });
});
