import assert from 'node:assert/strict';
import type { DrillOutcome } from '../../src/drill/protocol.ts';
import { runFile } from '../../src/drill/run-file.ts';
import { applyEdits } from '../../src/lint/fix.ts';
import { fixAll } from '../../src/lint/fix-all.ts';
import type { Finding } from '../../src/lint/rule.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { everyMistake } from './seed-articles.ts';

const uri = 'migration.dr.yaml';

/** Errors and warnings: what has to be gone before a cutover. */
function flawsOf(text: string): readonly Finding[] {
  return lint(loadTopology(text, uri)).filter(
    ({ severity }) => severity === 'error' || severity === 'warning',
  );
}

function lineOf({ document, range }: Finding): number {
  return document.positionAt(range.start).line;
}

/** `line: rule`, in an order that does not depend on that of the rules. */
function placesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map((finding) => `${lineOf(finding) + 1}: ${finding.rule}`).sort();
}

/** What the comments of a text demand, in the same form. */
function demandsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) => {
      const [, rule = '', times = '1'] = / #! (\S+)(?: x(\d+))?$/.exec(line) ?? [];
      return rule === '' ? [] : Array<string>(Number(times)).fill(`${index + 1}: ${rule}`);
    })
    .sort();
}

/** All safe fixes, then the first offered fix of the first flaw that has one, and so on. */
function mended(text: string): string {
  let current = text;
  for (let round = 0; round < 30; round += 1) {
    current = fixAll(loadTopology(current, uri)).loaded.document.text;
    const [next] = flawsOf(current).flatMap(({ fixes }) => fixes.slice(0, 1));
    if (!next) return current;
    current = applyEdits(current, next.edits);
  }
  return assert.fail(`the fixes do not come to an end:\n${current}`);
}

/** What only a person can do, because no text follows from the mistake. */
interface EditByHand {
  readonly rule: string;
  readonly why: string;
  /** The VPG that cannot replicate without it; undefined where the engine does not know the matter. */
  readonly stops: string | undefined;
  readonly changes: readonly (readonly [string, string])[];
}

const editsByHand: readonly EditByHand[] = [
  {
    rule: 'network/nat',
    why: 'the network team has to route between the isolated networks instead',
    stops: 'files',
    changes: [['nat: true', 'nat: false']],
  },
  {
    rule: 'network/overlap',
    why: 'the VRAs have to leave the network whose range both sites use',
    stops: 'shop',
    changes: [
      [
        'network: production\n          address: 10.2.0.22/24\n          gateway: 10.2.0.1\n',
        'network: isolated\n          address: 10.10.10.22/24\n          gateway: 10.10.10.1\n',
      ],
      [
        'network: production, address: 10.2.0.121/24, gateway: 10.2.0.1 }',
        'network: isolated, address: 192.168.200.21/24, gateway: 192.168.200.1 }',
      ],
      // The one that a fix added, after the model of the other.
      [
        'network: production, address: 10.2.0.122/24',
        'network: isolated, address: 192.168.200.22/24',
      ],
      ['gateway: 10.2.0.1 }\n    vms:', 'gateway: 192.168.200.1 }\n    vms:'],
    ],
  },
  {
    rule: 'host/version',
    why: 'the host has to be upgraded',
    stops: undefined,
    changes: [['version: "4.0"', 'version: "4.0 U1"']],
  },
];

function byHand(text: string, { rule, changes }: EditByHand): string {
  return changes.reduce((current, [from, to]) => {
    assert.equal(current.split(from).length, 2, `${rule}: ${from} stands in the text once`);
    return current.replace(from, to);
  }, text);
}

/** A site up to its ZVM, and the ZVM, which ends where the datastores begin. */
function zvmOf(site: string): RegExp {
  return new RegExp(`(\\n  ${site}:\\n(?:    .*\\n)*?)    zvm:.*\\n(?:      .*\\n)+`);
}

function siteOf({ document, range }: Finding): string {
  return String(document.pathAt(range.start)[1]);
}

function rehearse(text: string): DrillOutcome {
  const events = [...runFile({ type: 'run', uri, text })];
  const outcomes = events.flatMap((event) => (event.type === 'finished' ? [event.outcome] : []));
  const [outcome] = outcomes;
  assert.ok(outcome, JSON.stringify(events));
  return outcome;
}

describe('the migration of the articles, told as a topology', () => {
  const afterFixes = mended(everyMistake);
  const afterHands = mended(editsByHand.reduce(byHand, afterFixes));

  it('finds every mistake at its place, and nothing else', () => {
    assert.deepEqual(placesOf(flawsOf(everyMistake)), demandsOf(everyMistake));
  });

  it('is mended by the offered fixes, but for what only a person can decide', () => {
    assert.deepEqual(
      flawsOf(afterFixes)
        .map(({ rule }) => rule)
        .sort(),
      editsByHand.map(({ rule }) => rule).sort(),
    );
  });

  for (const edit of editsByHand) {
    it(`${edit.rule}, by hand: ${edit.why}`, () => {
      const rules = flawsOf(byHand(afterFixes, edit)).map(({ rule }) => rule);
      assert.ok(!rules.includes(edit.rule), rules.join(' '));
      assert.equal(rules.length, editsByHand.length - 1, rules.join(' '));
    });

    const { stops } = edit;
    if (stops === undefined) continue;
    it(`${edit.rule}, left as it is: VPG ${stops} does not replicate, and the other one does`, () => {
      const others = editsByHand.filter((each) => each !== edit);
      const { verdict, timeline } = rehearse(others.reduce(byHand, afterFixes));
      assert.equal(verdict, 'failed');
      assert.deepEqual(
        timeline.snapshot.vpgs.map(({ name, replicating }) => [name, replicating]),
        ['files', 'shop'].map((name) => [name, name !== stops]),
      );
    });
  }

  it('is clean then, and replicates, makes checkpoints and recovers what was written', () => {
    assert.deepEqual(placesOf(flawsOf(afterHands)), []);
    const { verdict, failures, operations, timeline } = rehearse(afterHands);
    assert.deepEqual(
      failures.map(({ message }) => message),
      [],
    );
    assert.equal(verdict, 'passed');
    assert.deepEqual(
      operations.map(({ vpg, result, contains }) => ({ vpg, result, contains })),
      [
        { vpg: 'files', result: 'success', contains: ['fonts'] },
        { vpg: 'shop', result: 'success', contains: ['pages'] },
      ],
    );
    for (const { name, replicating, checkpoints } of timeline.snapshot.vpgs) {
      assert.ok(replicating, name);
      assert.ok(checkpoints.count >= 55, `${name}: ${checkpoints.count} checkpoints`);
    }
  });

  it('warns where the only ZVM of a pair of sites stands on the protected side', () => {
    const alone = afterHands.replace(zvmOf('DR_Site'), '$1');
    assert.deepEqual(
      flawsOf(alone).map((finding) => [finding.rule, siteOf(finding)]),
      [
        ['zvm/single-in-protected-site', 'East'],
        ['zvm/single-in-protected-site', 'West'],
      ],
    );
    const inTheRecoverySite = ['East', 'West'].reduce(
      (text, site) => text.replace(zvmOf(site), '$1'),
      afterHands,
    );
    assert.ok(
      !flawsOf(inTheRecoverySite).some(({ rule }) => rule === 'zvm/single-in-protected-site'),
    );
  });
});
