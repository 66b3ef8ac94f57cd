import assert from 'node:assert/strict';
import { loadTopology } from '../../src/topology/load.ts';
import { problemRules } from '../../src/topology/problem-rules.ts';
import { lab } from '../lint/lab.ts';
import { assertProblems } from './marked.ts';

/** A file with one site, and the lines put into it. */
const site = (...lines: string[]) =>
  `version: 1\nsites:\n  A:\n${lines.map((line) => `    ${line}\n`).join('')}`;
/** A file with one drill, and the lines put into its steps. */
const step = (line: string) =>
  `version: 1\ndrills:\n  d:\n    duration: 1h\n    steps:\n      - ${line}\n`;

describe('what the schema objects to', () => {
  it('an unknown key, at the key, with the near miss', () => {
    assertProblems(site('«netwroks»: {}'), [
      {
        rule: 'schema/unknown-key',
        message: /"netwroks" is not a key of a site\. Did you mean "networks"\?/,
        suggestions: ['networks'],
      },
    ]);
    assertProblems(site('«zebra»: {}', '«__proto__»: {}', '«constructor»: 1'), [
      { rule: 'schema/unknown-key', suggestions: [] },
      { rule: 'schema/unknown-key', suggestions: [] },
      { rule: 'schema/unknown-key', suggestions: [] },
    ]);
    assertProblems(site('«<<»: {}'), [{ rule: 'schema/unknown-key', message: /Merge keys/ }]);
  });

  it('does not suggest a key that stands there already', () => {
    assertProblems(site('zvm: { nics: {} }', '«zvmm»: {}'), [
      { rule: 'schema/unknown-key', suggestions: [] },
    ]);
  });

  it("a missing key, at its parent's key, or at the first key of the file", () => {
    assertProblems(site('networks: { «n»: { mtu: 1500 } }'), [
      { rule: 'schema/missing-key', message: /"n", a network, needs "cidr"/ },
    ]);
    assertProblems('«name»: x\n', [
      { rule: 'schema/missing-key', message: /A topology file needs "version"/ },
    ]);
    assertProblems(step('«{ powerOff: A }»').replace('sites:', ''), [
      { rule: 'schema/missing-key', message: /A step needs "at"/ },
    ]);
    assertProblems(
      site(
        'zvm:',
        '  nics: { a: { network: n, address: 10.0.0.1/8 } }',
        '  routes:',
        '    - «to»: 10.0.0.0/8',
        '      via: 10.0.0.1',
      ),
      [{ rule: 'schema/missing-key', message: /A route needs "nic"/ }],
    );
  });

  it('a value of the wrong type, at the value', () => {
    assertProblems(site('networks: «[a]»'), [
      {
        rule: 'schema/wrong-type',
        message: /Expected the networks, which is a map; this is a list/,
      },
    ]);
    assertProblems(site('networks: { n: { cidr: «{}», mtu: «big», isolated: «yes» } }'), [
      {
        rule: 'schema/wrong-type',
        message: /Expected a range such as 10\.1\.0\.0\/24; this is a map/,
      },
      { rule: 'schema/wrong-type', message: /whole number of bytes/ },
      { rule: 'schema/wrong-type', message: /the text "yes"/, suggestions: ['true'] },
    ]);
    assertProblems(site('networks: { n: { cidr: 10.0.0.0/8, mtu: «"1500"» } }'), [
      { rule: 'schema/wrong-type', suggestions: ['1500'] },
    ]);
    assertProblems('version: 1\npairings:\n  - «[A]»\n  - «A»\n', [
      { rule: 'schema/wrong-type', message: /2 of them, not 1/ },
      { rule: 'schema/wrong-type', message: /Expected a pair of sites, which stands in \[ \]/ },
    ]);
  });

  it('a leaf without a value, at its key; a section without one is just empty', () => {
    assertProblems(site('«platform»:', 'zvm:', '  nics:'), [
      { rule: 'schema/wrong-type', message: /"platform" has no value; expected vsphere, hyperv/ },
    ]);
    assertProblems(site('hosts:', 'networks:', 'firewalls:').concat('links:\nvpgs:\n'), []);
  });

  it('a section where a leaf is wanted, at its key and not all over the section', () => {
    assertProblems(site('«platform»:', '  a: 1', '  b: 2'), [{ rule: 'schema/wrong-type' }]);
  });

  it('a bad quantity, with the unit that was meant', () => {
    assertProblems(site('datastores: { d: { capacity: «4TIB», free: «40» } }'), [
      { rule: 'schema/bad-quantity', suggestions: ['4TiB'] },
      { rule: 'schema/bad-quantity', message: /no unit/, suggestions: ['40GiB', '40MiB'] },
    ]);
    assertProblems(
      'version: 1\nvpgs: { v: { from: A, to: B, rpo: «5 min», journal: { warning: «7%5» } } }\n',
      [{ rule: 'schema/bad-quantity', suggestions: ['5m'] }, { rule: 'schema/bad-quantity' }],
    );
  });

  it('a bad address, with what was meant', () => {
    assertProblems(
      site('networks: { n: { cidr: «10.1.0.5/24» } }', 'vcenter: { address: «10.1.0.5/24» }'),
      [
        { rule: 'schema/bad-address', suggestions: ['10.1.0.0/24'] },
        { rule: 'schema/bad-address', suggestions: ['10.1.0.5'] },
      ],
    );
    assertProblems(
      site('zvm: { nics: { n: { network: n, address: «10.1.0.5», gateway: «10.1.0.256» } } }'),
      [
        { rule: 'schema/bad-address', suggestions: ['10.1.0.5/24'] },
        { rule: 'schema/bad-address', suggestions: [] },
      ],
    );
    assertProblems(site('services: { dns: [10.0.0.1, «fe80::1»] }'), [
      { rule: 'schema/bad-address', message: /IPv6 is not supported/ },
    ]);
  });

  it('an unknown word, with the near miss', () => {
    assertProblems(site('platform: «vspher»'), [
      {
        rule: 'schema/unknown-value',
        message: /none of vsphere, hyperv/,
        suggestions: ['vsphere'],
      },
    ]);
    assertProblems('version: «2»\n', [
      {
        rule: 'schema/unknown-value',
        message: /Version 2 .* not known; this is 1/,
        suggestions: ['1'],
      },
    ]);
  });

  it('numbers beyond their bounds', () => {
    assertProblems(site('hosts: { h: { ports: [22, «70000»] } }'), [
      { rule: 'schema/out-of-range' },
    ]);
    assertProblems(step('{ at: «-5m», powerOff: A }'), [
      { rule: 'schema/out-of-range', message: /5m before the start; warmUp/ },
    ]);
    assertProblems(step('{ at: 5m, load: { host: h, cpu: «120%», for: 1m } }'), [
      { rule: 'schema/out-of-range' },
    ]);
  });

  it('a script that has no time at all', () => {
    for (const none of ['0s', '0m']) {
      assertProblems(lab({ vpg: `scripts: { pre: { command: ./a.sh, timeout: «${none}» } }` }), [
        { rule: 'schema/out-of-range', message: /longer than 0/ },
      ]);
    }
    assertProblems(lab({ vpg: 'scripts: { post: { command: ./a.sh, timeout: 1s } }' }), []);
  });

  it('bad names', () => {
    assertProblems(site('hosts: { «a/b»: {}, «" c"»: {}, good name: {} }'), [
      { rule: 'schema/bad-name', message: /no slash/ },
      { rule: 'schema/bad-name', message: /no spaces at its ends/ },
    ]);
    assertProblems(site(`hosts: { «${'x'.repeat(129)}»: {} }`), [
      { rule: 'schema/bad-name', message: /at most 128/ },
    ]);
  });

  it('a step that does two things, or nothing', () => {
    assertProblems(step('{ at: 5m, powerOff: A, «cut»: l }'), [
      { rule: 'schema/bad-combination', message: /powerOff stands here already\. Give cut a step/ },
    ]);
    assertProblems(step('«{ at: 5m }»'), [
      { rule: 'schema/bad-combination', message: /does something or expects something/ },
    ]);
    assertProblems(step('{ at: 5m, failover: { vpg: v, checkpoint: { at: 1h, «tag»: t } } }'), [
      { rule: 'schema/bad-combination', message: /one of before, at and tag/ },
    ]);
  });

  it('a name that two sites have, where the file leaves the site out', () => {
    const vm = '{ host: h }';
    const sites = `version: 1\nsites: { A: { vms: { V: ${vm} } }, B: { vms: { V: ${vm} } } }\n`;
    const drill = step('{ at: 1m, write: { vm: «V», size: 1MB } }').replace('version: 1\n', '');
    assertProblems(sites + drill, [{ rule: 'schema/ambiguous-name', suggestions: ['A/V', 'B/V'] }]);
  });

  it('include, where there are no files', () => {
    assertProblems('version: 1\ninclude: [«sites/*.dr.yaml»]\n', [{ rule: 'include/not-read' }]);
  });

  it('comes in the order of the text, and says a thing once where an alias repeats it', () => {
    assertProblems(
      'version: 1\nsites:\n  A: &a\n    platform: «x»\n    «y»: 1\n  B: *a\nlinks: «5»\n',
      [
        { rule: 'schema/unknown-value' },
        { rule: 'schema/unknown-key' },
        { rule: 'schema/wrong-type' },
      ],
    );
  });

  it('speaks of the file, never of zod', () => {
    const text =
      'version: x\nsites: [1]\nlinks: { l: { joins: 5, allow: {}, loss: 3 } }\nvpgs: null\n';
    for (const { message } of loadTopology(text, 'x').problems) {
      assert.match(message, /^["A-Z`].*\.$/s);
      assert.doesNotMatch(message, /invalid|zod|expected string|undefined|NaN/i);
    }
  });
});

describe('the list of problem rules', () => {
  it('names every rule once', () => {
    const names = problemRules.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^(yaml|schema|include)\/[a-z]+(-[a-z]+)*$/);
  });
});
