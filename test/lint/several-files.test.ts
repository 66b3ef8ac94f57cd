import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { fixAll } from '../../src/lint/fix-all.ts';
import { mergeFindings } from '../../src/lint/merge.ts';
import type { Finding } from '../../src/lint/rule.ts';
import { twice } from '../../src/lint/rules/include/twice.ts';
import { lint } from '../../src/lint/run.ts';
import { loadParts, loadTopology } from '../../src/topology/load.ts';
import { readPart } from '../../src/topology/part.ts';
import { filesIn, loadFiles, main, type Texts } from '../topology/several-files.ts';
import { lab } from './lab.ts';
import { expectFindings, expectFix, expectNothing } from './testing.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}.dr.yaml`, import.meta.url), 'utf8');
const labs = [read('seed-lab'), read('broken-lab'), lab()];

interface Section {
  readonly name: string;
  /** The text of each entry, with its line breaks. */
  readonly entries: readonly string[];
}

/** The sections of a file in block style, entry by entry; `head` is what stands before the first. */
function sectionsOf(text: string): { head: string; sections: Section[] } {
  const [head = '', ...sections] = text.split(/^(?=(?:sites|links|pairings|vpgs|drills):\n)/m);
  return {
    head,
    sections: sections.map((section) => {
      const [first = '', ...rest] = section.split(/^(?=  \S)/m);
      // A comment belongs to what follows it.
      const entries: string[] = [];
      let comments = '';
      for (const each of rest) {
        if (each.startsWith('  #')) comments += each;
        else {
          entries.push(comments + each);
          comments = '';
        }
      }
      return { name: first.slice(0, first.indexOf(':')), entries };
    }),
  };
}

/** `cuts` says for each entry, in turn, whether it begins the next file. */
function split(text: string, cuts: readonly boolean[]): Texts {
  const { head, sections } = sectionsOf(text);
  const parts: string[][] = [[]];
  let at = 0;
  for (const { name, entries } of sections) {
    // The order of a section's entries over all files is that of the whole file.
    let file = 0;
    let open: number | undefined;
    for (const entry of entries) {
      if (cuts[at++ % cuts.length] === true) file++;
      const texts = (parts[file] ??= []);
      if (open !== file) texts.push(`${name}:\n`);
      open = file;
      texts.push(entry);
    }
  }
  const [own = [], ...others] = parts;
  const names = others.map((_, index) => `parts/${String(index).padStart(3, '0')}.dr.yaml`);
  return {
    [main]: `${head}include: ["parts/*.dr.yaml"]\n${own.join('')}`,
    ...Object.fromEntries(
      names.map((name, index) => [name, `version: 1\n${(others[index] ?? []).join('')}`]),
    ),
  };
}

/** What a finding says, and of which words; where it stands is another thing in each file. */
function saidBy(findings: readonly Finding[]): string[] {
  return findings
    .map(({ rule, severity, message, document, range, fixes, related }) =>
      JSON.stringify({
        rule,
        severity,
        message,
        at: document.text.slice(range.start, range.end),
        path: document.pathAt(range.start),
        // A first site is written otherwise than one more: only its words are the same.
        fixes: fixes.map(({ title, safe, edits }) =>
          title.startsWith('Add the site') ? title : [title, safe, edits.map((e) => e.newText)],
        ),
        related: related.map((each) => [each.message, each.place.path]),
      }),
    )
    .sort();
}

const changes: readonly (readonly [RegExp, string])[] = [
  [/esx-d1/, 'esx-d9'],
  [/ds-d1/, 'ds-d9'],
  [/Prod_Site/, 'Prod'],
  [/isolated/, 'nowhere'],
  [/mpls/, 'vpn'],
  [/10\.10\.10\.\d+/, '10.10.10.77'],
  [/192\.168\.100\.0/, '192.168.99.0'],
  [/gateway/, 'mtu'],
  [/GiB/, 'MB'],
  [/vra:/, 'backup:'],
  [/file-server/, 'web'],
];

function unlicensed(site: string, comment = ''): string {
  return `${comment}version: 1
sites:
  ${site}:
    platform: vsphere
    networks: { net: { cidr: 10.0.0.0/24 } }
    zvm:
      os: windows
      license: false
      nics: { nic: { network: net, address: 10.0.0.2/24 } }
`;
}

function replaceNth(text: string, pattern: RegExp, with_: string, nth: number): string {
  const all = [...text.matchAll(new RegExp(pattern, 'g'))];
  const match = all[nth % Math.max(all.length, 1)];
  if (!match) return text;
  return text.slice(0, match.index) + with_ + text.slice(match.index + match[0].length);
}

describe('a topology that is split over files', () => {
  it('has the findings, the fixes and the model of the whole file', () => {
    let cases = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...labs),
        fc.array(fc.tuple(fc.constantFrom(...changes), fc.nat(50)), { maxLength: 3 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        (text, edits, cuts) => {
          const whole = edits.reduce(
            (now, [[pattern, with_], nth]) => replaceNth(now, pattern, with_, nth),
            text,
          );
          const texts = split(whole, cuts);
          if (Object.keys(texts).length > 1) cases++;
          else return;
          const alone = loadTopology(whole, main);
          const together = loadFiles(texts);
          assert.deepEqual(saidBy(lint(together)), saidBy(lint(alone)));
          for (const key of ['sites', 'links', 'vpgs', 'drills'] as const) {
            assert.deepEqual([...together.topology[key].keys()], [...alone.topology[key].keys()]);
          }
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(cases > 20, 'most cases are split');
  });

  it('a finding stands in the file that holds the mistake, and its fix in the one that it changes', () => {
    const texts = split(read('broken-lab'), [false, true]);
    const loaded = loadFiles(texts);
    const findings = lint(loaded);
    assert.ok(new Set(findings.map(({ document }) => document)).size > 1);
    const { texts: fixed, applied, findings: left } = fixAll(loaded);
    assert.ok(applied.length > 0);
    assert.ok(applied.every(({ uri }) => uri in texts));
    for (const uri of fixed.keys()) assert.notEqual(fixed.get(uri), texts[uri]);
    const again = lint(loadFiles({ ...texts, ...Object.fromEntries(fixed) }));
    assert.deepEqual(saidBy(left), saidBy(again));
    const alone = fixAll(loadTopology(read('broken-lab'), main));
    assert.deepEqual(saidBy(left), saidBy(alone.findings));
  });

  it('a comment suppresses in the file that it stands in, and is judged there', () => {
    const texts = {
      [main]:
        'version: 1\n# tidemark-disable-file zvm/no-license\ninclude: [a.dr.yaml, b.dr.yaml]\n',
      'a.dr.yaml': unlicensed('A', '# tidemark-disable-file zvm/no-license\n'),
      'b.dr.yaml': unlicensed('B'),
    };
    const said = lint(loadFiles(texts)).map(({ rule, document }) => `${document.uri} ${rule}`);
    const wanted = /zvm\/no-license|suppression/;
    assert.deepEqual(
      said.filter((each) => wanted.test(each)),
      ['b.dr.yaml zvm/no-license', 'main.dr.yaml suppression/unused'],
    );
  });
});

describe('include/twice', () => {
  const besides = { 'a.dr.yaml': 'version: 1\n', 'b.dr.yaml': 'version: 1\n' };

  it('says what led to the file before', () => {
    const [first] = expectFindings(
      twice,
      'version: 1\ninclude:\n  - a.dr.yaml\n  - «"*.dr.yaml"»\n  - «./a.dr.yaml»\n',
      [
        'a.dr.yaml is included before; a file counts once.',
        'a.dr.yaml is included before; a file counts once. This adds nothing.',
      ],
      besides,
    );
    assert.deepEqual(first?.fixes, []);
    assert.deepEqual(first.related[0]?.place.path, ['include', 0]);
  });

  it('takes an item out that leads to nothing else', () => {
    expectFix(
      twice,
      'version: 1\ninclude: ["*.dr.yaml", «a.dr.yaml»]\n',
      'version: 1\ninclude: ["*.dr.yaml"]\n',
      'Take a.dr.yaml out',
      0,
      besides,
    );
  });

  it('says nothing of files that are included once', () => {
    expectNothing(twice, 'version: 1\ninclude: [a.dr.yaml, "b*.dr.yaml"]\n', besides);
  });
});

describe('two topologies that share a file', () => {
  it('have the findings of both, each once, and no comment is idle that one of them needs', () => {
    const unused = '    # tidemark-disable-next-line reference/unused\n';
    const store = '    datastores: { ds: { capacity: 1TiB } }\n';
    const texts = {
      'one.dr.yaml': 'version: 1\ninclude: [shared.dr.yaml]\n',
      'two.dr.yaml':
        'version: 1\ninclude: [shared.dr.yaml]\ndrills:\n  d: { duration: 1h, steps: [{ at: 1m, fill: { datastore: ds, free: 1GiB } }] }\n',
      'shared.dr.yaml': unlicensed('A') + unused + store,
    };
    const files = filesIn(texts);
    const topologies = (['one.dr.yaml', 'two.dr.yaml'] as const).map((root) => {
      const loaded = loadParts(readPart(texts[root], root), { ...files, root });
      return { loaded, findings: lint(loaded) };
    });
    const count = (findings: readonly Finding[], rule: string): number =>
      findings.filter((finding) => finding.rule === rule).length;
    const merged = mergeFindings(topologies);
    assert.equal(count(topologies[1]?.findings ?? [], 'suppression/unused'), 1);
    assert.equal(count(merged, 'suppression/unused'), 0);
    assert.equal(count(topologies[0]?.findings ?? [], 'zvm/no-license'), 1);
    assert.equal(count(merged, 'zvm/no-license'), 1);
  });
});
