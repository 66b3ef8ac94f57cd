import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { applyRules } from '../../../src/lint/apply-rules.ts';
import { applyEdits } from '../../../src/lint/fix.ts';
import { drillRules } from '../../../src/lint/rules/drill/index.ts';
import { journalRules } from '../../../src/lint/rules/journal/index.ts';
import { linkRules } from '../../../src/lint/rules/link/index.ts';
import { recoveryRules } from '../../../src/lint/rules/recovery/index.ts';
import { vpgRules } from '../../../src/lint/rules/vpg/index.ts';
import { loadTopology } from '../../../src/topology/load.ts';

const rules = [...linkRules, ...vpgRules, ...journalRules, ...recoveryRules, ...drillRules];
const text = readFileSync('examples/seed-lab.dr.yaml', 'utf8');

/** Values of one kind, each of which some rule objects to somewhere. */
const kinds: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^[\d.]+\/\d+$/, ['10.1.0.50/24', '10.2.0.0/24', '10.2.0.50/16', '10.2.0.20/24', 'dhcp']],
  [/^\d+\.\d+\.\d+\.\d+$/, ['10.1.0.1', '10.2.0.50']],
  [/bit\/s$/, ['1Mbit/s', '8Mbit/s']],
  [/iB\/s$/, ['0', '40MiB/s', '500MiB/s']],
  [/(?:T|G)iB$/, ['1GiB', '20GiB', '100GiB', '40TiB']],
  [/^\d+[dhms][\dhms]*$/, ['0', '3s', '30m', '6h', '40d', '400d', '175d10h']],
  [/^[12]$/, ['1', '3']],
  [/^true$/, ['false']],
  [/^(?:Prod|DR)_Site/, ['Prod_Site', 'DR_Site', 'DR_Site/zvm']],
  [/^vsphere$/, ['hyperv', 'azure']],
  [/^(?:production|isolated|test-bubble)$/, ['production', 'isolated', 'test-bubble']],
  [/^[A-Z]{3}\d{4}$/, ['ZVM003', 'VPG0001', 'VRA0061']],
  [/^(?:fonts|report|draft)$/, ['font', 'reports']],
  [/^failoverTest$/, ['failover', 'stopTest']],
];

const words = [...text.matchAll(/[A-Za-z0-9_./-]+/g)].flatMap((match) => {
  const values = kinds.find(([pattern]) => pattern.test(match[0]))?.[1];
  return values ? [{ start: match.index, end: match.index + match[0].length, values }] : [];
});

const change = fc
  .constantFrom(...words)
  .chain(({ start, end, values }) =>
    fc.constantFrom(...values).map((value) => ({ range: { start, end }, newText: value })),
  );

const changed = fc
  .uniqueArray(change, { minLength: 1, maxLength: 4, selector: ({ range }) => range.start })
  .map((edits) => applyEdits(text, edits));

describe('the fixes of links, VPGs, journals, recoveries and drills', () => {
  it('mend what they are offered for, and bring no mistake of reading with them', () => {
    let tried = 0;
    fc.assert(
      fc.property(changed, (before) => {
        const loaded = loadTopology(before, 'test.dr.yaml');
        for (const finding of applyRules(rules, loaded)) {
          assert.notEqual(finding.rule, 'internal/rule-failed', finding.message);
          for (const { title, edits } of finding.fixes) {
            if (!rules.some(({ name }) => name === finding.rule)) continue;
            tried += 1;
            const after = loadTopology(applyEdits(before, edits), 'test.dr.yaml');
            assert.ok(
              after.problems.length <= loaded.problems.length,
              `${finding.rule}: ${title}: ${after.problems[0]?.message ?? ''}`,
            );
            assert.ok(
              !applyRules(rules, after).some(
                ({ rule, message, range }) =>
                  rule === finding.rule &&
                  message === finding.message &&
                  range.start === finding.range.start,
              ),
              `${finding.rule}: ${title} leaves: ${finding.message}`,
            );
          }
        }
      }),
      { numRuns: 100 },
    );
    assert.ok(tried > 15, `only ${tried} fixes were tried`);
  });
});
