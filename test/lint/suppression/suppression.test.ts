import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyRules } from '../../../src/lint/apply-rules.ts';
import { directivesOf } from '../../../src/lint/disable.ts';
import { applyEdits } from '../../../src/lint/fix.ts';
import type { Finding, Rule } from '../../../src/lint/rule.ts';
import { suppressionRules } from '../../../src/lint/rules/suppression.ts';
import { dhcp } from '../../../src/lint/rules/vra/dhcp.ts';
import { memory } from '../../../src/lint/rules/vra/memory.ts';
import type { LintOptions } from '../../../src/lint/run.ts';
import { commentsLike, commentsOf } from '../../../src/topology/comments.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import { lab } from '../lab.ts';
import { mark, marked } from '../testing.ts';

const rules: readonly Rule[] = [dhcp, memory, ...suppressionRules];
const small = 'vra: { memory: 512MiB, datastore: ds-p1, network: isolated, address: dhcp }';
const fine =
  'vra: { memory: 1GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }';

/** The lab with these lines in its only host of Prod_Site. */
const host = (...lines: readonly string[]): string =>
  lab({ prodHosts: ['esx-p1:', ...lines.map((line) => `  ${line}`)].join('\n') });

const findingsIn = (text: string, options?: LintOptions): readonly Finding[] =>
  applyRules(rules, loadTopology(text, 'test.dr.yaml'), options);
const found = (text: string, options?: LintOptions): readonly string[] =>
  findingsIn(text, options).map(({ rule }) => rule);

/** What is underlined, by which rule; returns the findings. */
function expectMarked(source: string, ...names: readonly string[]): readonly Finding[] {
  const { text, ranges } = marked(source);
  const findings = findingsIn(text);
  assert.equal(
    mark(
      text,
      findings.map(({ range }) => range),
    ),
    mark(text, ranges),
  );
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    names,
  );
  return findings;
}

function fixed(source: string, title?: string): string {
  const { text } = marked(source);
  const fixes = findingsIn(text).flatMap((finding) => finding.fixes);
  const fix = title === undefined ? fixes[0] : fixes.find((each) => each.title === title);
  assert.ok(fix, fixes.map((each) => each.title).join(' | '));
  return applyEdits(text, fix.edits);
}

describe('the comments of a file', () => {
  it('are those of YAML, whatever the line ends, and no # in a string', () => {
    const { document } = loadTopology(
      '\ufeff# one\r\na: "x # no" # two\r\nb: | # three\r\n  # no\r\n  text # no\r\n' +
        "c: plain#no # four\nd: [a, # five\n  'b # no' ]\ne: >-\n  # no\n# six\n",
      'test',
    );
    assert.deepEqual(
      commentsOf(document).map(({ start, end }) => document.text.slice(start, end)),
      ['# one', '# two', '# three', '# four', '# five', '# six'],
    );
  });

  it('lie within any text and begin with their #', () => {
    const piece = fc.constantFrom(
      '#',
      ' ',
      '\n',
      '\r\n',
      'a',
      ': ',
      '- ',
      '"',
      "'",
      '|',
      '{',
      '}',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        const { document } = loadTopology(pieces.join(''), 'test');
        for (const { start, end } of commentsOf(document)) {
          assert.equal(document.text[start], '#');
          assert.ok(end <= document.text.length);
          assert.ok(!document.text.slice(start, end).includes('\n'));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('looking for certain comments', () => {
  it('finds those that taking the text apart finds, whatever stands around them', () => {
    const piece = fc.constantFrom(
      '# tidemark-x',
      '#tidemark-',
      ' # tidemark-y',
      'a: 1',
      '\n',
      '\n  ',
      '\r\n',
      'key: ',
      '- ',
      '"',
      "'",
      '|',
      '[',
      ', ',
      ']',
      '&x',
      ' plain',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const { document } = loadTopology(pieces.join(''), 'test');
        const expected = commentsOf(document).filter(({ start }) =>
          /^#[ \t]*tidemark-/.test(document.text.slice(start)),
        );
        assert.deepEqual(commentsLike(document, /#[ \t]*tidemark-/g), expected);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('tidemark-disable', () => {
  it('-next-line speaks of the line below, and of no other', () => {
    assert.deepEqual(found(host('# tidemark-disable-next-line vra/dhcp', small)), ['vra/memory']);
    assert.deepEqual(found(host(`ports: [22] # tidemark-disable-next-line vra/dhcp`, small)), [
      'vra/memory',
    ]);
    assert.deepEqual(found(host(small)), ['vra/memory', 'vra/dhcp']);
  });

  it('-line speaks of its own line', () => {
    assert.deepEqual(found(host(`${small} # tidemark-disable-line vra/dhcp`)), ['vra/memory']);
  });

  it('-file speaks of the whole file, wherever it stands', () => {
    assert.deepEqual(found(`# tidemark-disable-file vra/dhcp\n${host(small)}`), ['vra/memory']);
    assert.deepEqual(found(`${host(small)}# tidemark-disable-file vra/dhcp\n`), ['vra/memory']);
  });

  it('without names speaks of all rules, with a reason or without', () => {
    assert.deepEqual(found(host('# tidemark-disable-next-line', small)), []);
    assert.deepEqual(found(host('# tidemark-disable-next-line -- a lab', small)), []);
    assert.deepEqual(found(host(`${small} # tidemark-disable-line`)), []);
    assert.deepEqual(found(`# tidemark-disable-file\n${host(small)}`), []);
  });

  it('takes several names, by commas or spaces, and a colon behind itself', () => {
    for (const names of [
      'vra/dhcp,vra/memory',
      'vra/dhcp vra/memory',
      'vra/dhcp, vra/memory -- x',
    ]) {
      assert.deepEqual(found(host(`# tidemark-disable-next-line ${names}`, small)), []);
      assert.deepEqual(found(host(`#tidemark-disable-next-line: ${names}`, small)), []);
    }
  });

  it('stacks in lines one below the other', () => {
    const stack = [
      '# tidemark-disable-next-line vra/dhcp',
      '# tidemark-disable-next-line vra/memory',
    ];
    assert.deepEqual(found(host(...stack, small)), []);
  });

  it('suppresses problems of reading too', () => {
    const text = host('# tidemark-disable-next-line schema/unknown-key', 'colour: red', small);
    assert.ok(!found(text).includes('schema/unknown-key'));
  });

  it('is nothing in a string or a block of text', () => {
    const inBlock = `vpgs: &x |\n  # tidemark-disable-file\n${lab()}`;
    assert.deepEqual(directivesOf(loadTopology(inBlock, 'x').document).suppressions, []);
    const inString = host('version: "# tidemark-disable-line vra/dhcp"', small);
    assert.deepEqual(found(inString), ['vra/memory', 'vra/dhcp']);
  });
});

describe('suppression/unused', () => {
  it('finds a comment whose rule finds nothing there, and the fix removes its line', () => {
    const source = host('«# tidemark-disable-next-line vra/dhcp -- reserved»', fine);
    const [finding] = expectMarked(source, 'suppression/unused');
    assert.match(finding?.message ?? '', /^vra\/dhcp finds nothing on the line below/);
    assert.equal(finding?.fixes[0]?.safe, true);
    assert.equal(fixed(source), host(fine));
  });

  it('finds a comment without names where there is nothing at all', () => {
    const source = host(`${fine} «# tidemark-disable-line»`);
    expectMarked(source, 'suppression/unused');
    assert.equal(fixed(source), host(fine));
    expectMarked(`«# tidemark-disable-file»\n${lab()}`, 'suppression/unused');
    assert.equal(fixed(`# tidemark-disable-file\n${lab()}`), lab());
  });

  it('finds the one name of several that is not needed, and the fix leaves the others', () => {
    const alone = small.replace('512MiB', '2GiB');
    for (const [names, rest] of [
      ['vra/dhcp, «vra/memory»', 'vra/dhcp'],
      ['«vra/memory», vra/dhcp', 'vra/dhcp'],
    ] as const) {
      const source = host(`# tidemark-disable-next-line ${names} -- why`, alone);
      expectMarked(source, 'suppression/unused');
      assert.equal(fixed(source), host(`# tidemark-disable-next-line ${rest} -- why`, alone));
    }
  });

  it('says it once of a comment none of whose names is needed', () => {
    const source = host('«# tidemark-disable-next-line vra/dhcp, vra/memory»', fine);
    const [finding] = expectMarked(source, 'suppression/unused');
    assert.match(finding?.message ?? '', /vra\/dhcp or vra\/memory/);
    assert.equal(fixed(source), host(fine));
  });

  it('keeps the line ends of Windows', () => {
    const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
    const source = crlf(host('# tidemark-disable-next-line vra/dhcp', fine));
    assert.equal(fixed(source), crlf(host(fine)));
  });

  it('does not judge while the file cannot be read whole', () => {
    const unread = host('colour: red', '# tidemark-disable-next-line vra/dhcp', fine);
    assert.deepEqual(found(unread), ['schema/unknown-key']);
  });

  it('does not judge what a setting or a failure kept from being checked', () => {
    const text = host('# tidemark-disable-next-line vra/dhcp', fine);
    assert.deepEqual(found(text, { severities: { 'vra/dhcp': 'off' } }), []);
    const all = host('# tidemark-disable-next-line', fine);
    assert.deepEqual(found(all, { severities: { 'vra/memory': 'off' } }), []);
    const broken: Rule = {
      ...dhcp,
      check: () => {
        throw new Error('broken');
      },
    };
    assert.deepEqual(
      applyRules([broken, ...suppressionRules], loadTopology(text, 'x')).map(({ rule }) => rule),
      ['internal/rule-failed'],
    );
  });

  it('can be suppressed itself, by name', () => {
    const kept = host(
      '# tidemark-disable-next-line suppression/unused -- comes back every winter',
      'ports: [22, 443] # tidemark-disable-line vra/dhcp',
      fine,
    );
    assert.deepEqual(found(kept), []);
    expectMarked(
      host('«# tidemark-disable-next-line suppression/unused»', fine),
      'suppression/unused',
    );
    assert.deepEqual(
      found(host('# tidemark-disable-next-line vra/dhcp', fine), {
        severities: { 'suppression/unused': 'off' },
      }),
      [],
    );
  });
});

describe('suppression/unknown-rule', () => {
  it('finds a misspelt rule and offers the near miss', () => {
    const source = host(`${fine} # tidemark-disable-line «vra/dchp» -- why`);
    const [finding] = expectMarked(source, 'suppression/unknown-rule');
    assert.match(finding?.message ?? '', /Is vra\/dhcp meant\?/);
    assert.equal(
      finding?.fixes.some(({ safe }) => safe),
      false,
    );
    assert.equal(
      fixed(source, 'Change to vra/dhcp'),
      host(`${fine} # tidemark-disable-line vra/dhcp -- why`),
    );
    assert.equal(fixed(source, 'Remove vra/dchp'), host(fine));
  });

  it('finds a reason that stands where names stand', () => {
    expectMarked(
      host('# tidemark-disable-next-line vra/dhcp, vra/memory «because»', small),
      'suppression/unknown-rule',
    );
  });

  it('is silent about rules that exist', () => {
    assert.deepEqual(found(host('# tidemark-disable-next-line vra/dhcp, vra/memory', small)), []);
  });
});

describe('suppression/unknown-directive', () => {
  it('finds a misspelt comment and offers the near miss', () => {
    const source = host('# «tidemark-disable-nextline» vra/dhcp', fine);
    expectMarked(source, 'suppression/unknown-directive');
    assert.equal(fixed(source), host('# tidemark-disable-next-line vra/dhcp', fine));
  });

  it('is silent about comments that only speak of Tidemark', () => {
    assert.deepEqual(found(host('# tidemark finds this; see tidemark-disable-line', fine)), []);
  });
});
