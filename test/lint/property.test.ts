import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits } from '../../src/lint/fix.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { LoadedTopology } from '../../src/topology/load.ts';
import { lab } from './lab.ts';

/** Mentions every kind of thing once, so that an edit can break every kind of thing. */
const whole = lab({
  prodMore:
    'firewalls:\n  - { between: [isolated, isolated], allow: [443, 9669] }\n' +
    'vcenter: { address: 192.168.100.9, network: isolated }\n' +
    'services: { dns: 192.168.100.2, ntp: 192.168.100.3 }\n' +
    'backups:\n  nightly:\n    excludeFolders:\n      - VRAs # the usual folder\n',
  prodVms: `FS01:
  host: esx-p1
  changeRate: 2MiB/s
  burst: { rate: 4MiB/s, for: 10m, every: 24h }
  nics:
    eth0: { network: isolated, address: 192.168.100.50/24 }
  disks:
    system: { size: 40GiB, datastore: ds-p1 }`,
  vpg: 'rpo: 5m\njournal: { history: 4h, hardLimit: 150GiB, warning: 75%, datastore: ds-d1 }',
  protectedVms: `FS01:
  recoveryHost: esx-d1
  datastore: ds-d1
  nics:
    eth0:
      failover: { network: isolated, address: 10.10.10.50/24, gateway: 10.10.10.1 }`,
  more: `
drills:
  outage:
    duration: 4h
    steps:
      - { at: 1h, powerOff: Prod_Site/zvm }
      - { at: 65m, write: { vm: FS01, disk: system, size: 500MB } }
      - { at: 2h, failoverTest: { vpg: file-server, checkpoint: latest } }
    expect:
      vpgs:
        file-server: { replicating: true }
`,
});

/** The same with a mistake for most rules that can mend one. */
const flawed = whole
  .replace('address: 192.168.100.21/24, gateway: 192.168.100.1', 'address: dhcp')
  .replace('version: "6.7"', 'version: "5.1"')
  .replace('ports: [22, 443]', 'ports: [902]')
  .replace('- VRAs # the usual folder', '- Templates # the usual folder')
  .replace('memory: 3GiB, datastore: ds-d1', 'memory: 512MiB, datastore: ds-d1')
  .replace('rate: 4MiB/s', 'rate: 90MiB/s')
  .replace('    hosts:\n      esx-p1:', '    hosts:\n      spare: {}\n      esx-p1:')
  .replace('recoveryHost: esx-d1', 'recoveryHost: esx-d7');

/** What a value is replaced by: other values of the file, and ones that are wrong in some way. */
const values = [
  ...new Set(whole.match(/[A-Za-z0-9_./-]+/g)),
  'dhcp',
  '512MiB',
  '1GiB',
  '0GB',
  '900MiB/s',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '255.255.255.255',
  '192.168.100.0/24',
  '"4.0"',
  'root',
  'true',
  '[]',
  '{}',
  '~',
  '__proto__',
];

interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text after one to four changes that do not touch each other. */
function editsOf(original: string): fc.Arbitrary<string> {
  const words = [...original.matchAll(/[A-Za-z0-9_./%-]+/g)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  const replaceWord: fc.Arbitrary<Change> = fc
    .tuple(fc.constantFrom(...words), fc.constantFrom(...values))
    .map(([range, text]) => ({ ...range, text }));

  const lineStarts = [0, ...[...original.matchAll(/\n/g)].map((match) => match.index + 1)];
  const dropLine: fc.Arbitrary<Change> = fc
    .nat(lineStarts.length - 2)
    .map((line) => ({ start: lineStarts[line]!, end: lineStarts[line + 1]!, text: '' }));

  const typed = fc.constantFrom('', ':', '-', '{', '}', '"', '#', '\n', 'x', '  ');
  const type: fc.Arbitrary<Change> = fc
    .tuple(fc.nat(original.length), fc.nat(3), typed)
    .map(([start, length, text]) => ({
      start,
      end: Math.min(start + length, original.length),
      text,
    }));

  return fc
    .array(fc.oneof({ weight: 4, arbitrary: replaceWord }, dropLine, type), {
      minLength: 1,
      maxLength: 4,
    })
    .map((changes) => {
      let text = original;
      let before = Infinity;
      for (const change of [...changes].sort((a, b) => b.start - a.start)) {
        if (change.end > before) continue;
        text = text.slice(0, change.start) + change.text + text.slice(change.end);
        before = change.start;
      }
      return text;
    });
}

const isYaml = ({ rule }: { rule: string }): boolean => rule.startsWith('yaml/');

function load(text: string): LoadedTopology {
  return loadTopology(text, 'test.dr.yaml');
}

describe('the linter, on a file that somebody is changing', () => {
  it('starts from a file without errors', () => {
    assert.deepEqual(
      lint(load(whole))
        .filter(({ severity }) => severity === 'error')
        .map(({ rule, message }) => `${rule}: ${message}`),
      [],
    );
  });

  it('no rule fails, and no finding lies outside the text', () => {
    fc.assert(
      fc.property(editsOf(whole), (text) => {
        for (const { rule, message, range, related, fixes } of lint(load(text))) {
          assert.notEqual(rule, 'internal/rule-failed', message);
          assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length, rule);
          for (const { place } of related) place.document.valueRange(place.path);
          for (const { edits } of fixes) applyEdits(text, edits);
        }
      }),
      { numRuns: 250 },
    );
  });

  it('no fix makes a file unreadable that could be read', () => {
    let tried = 0;
    fc.assert(
      fc.property(editsOf(flawed), (text) => {
        const loaded = load(text);
        if (loaded.problems.some(isYaml)) return;
        for (const finding of lint(loaded)) {
          for (const fix of finding.fixes) {
            const fixed = applyEdits(text, fix.edits);
            tried += 1;
            assert.deepEqual(
              load(fixed).problems.filter(isYaml),
              [],
              `${finding.rule}: ${fix.title}\n${fixed}`,
            );
          }
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(tried > 100, `only ${tried} fixes were tried`);
  });
});
