import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { inOrder } from '../../src/topology/parse.ts';
import { readLines } from '../../src/topology/source/line-reader.ts';
import { readByParser, readSource } from '../../src/topology/source/read-source.ts';
import { withoutControlCharacters } from '../../src/topology/source/decode.ts';
import { generateTopology } from '../../bench/generate-topology.ts';

/** How many random texts are tried; a few where nothing says so. */
const runs = Number(process.env['TIDEMARK_FUZZ_RUNS'] ?? 1500);

const texts = [
  ...['examples/seed-lab.dr.yaml', 'examples/broken-lab.dr.yaml'].map((file) =>
    readFileSync(file, 'utf8'),
  ),
  generateTopology({ vms: 12 }),
];

function lineOf(text: string): (offset: number) => number {
  return (offset) => text.slice(0, offset).split('\n').length - 1;
}

/** Reads a text both ways, and answers whether the reader by lines could make something of it. */
function assertSame(source: string): boolean {
  const text = withoutControlCharacters(source);
  const quick = readSource(text, lineOf(text));
  const parsed = readByParser(text, lineOf(text));
  assert.deepEqual(inOrder(quick.problems), inOrder(parsed.problems), text);
  assert.deepEqual(quick.root, parsed.root, text);
  return readLines(text, lineOf(text)) !== undefined;
}

const scalars = [
  ...[
    'x',
    'Prod_Site',
    '10.1.0.0/24',
    '5m',
    'a b',
    "it's",
    'a#b',
    'a:b',
    'http://x/y',
    'é ü',
    '😀',
  ],
  ...['~', 'null', 'Null', 'NULL', 'nULL', 'true', 'True', 'TRUE', 'tRUE', 'false', 'yes', 'no'],
  ...['0', '-0', '+1', '-1', '007', '1_000', '0x1F', '0o17', '0b1', '1e3', '1.5', '.5', '5.', '1.'],
  ...['.inf', '-.Inf', '+.INF', '.nan', '.NaN', '-.nan', '1e', '1e+5', '6.70', '99999999999999999'],
  ...['2026-11-25', '12:30:45', '<<', '-', '--', '-x', '- x', '?', '? x', ':', ':x', '@x', '%x'],
  ...['"x"', "'x'", "'it''s'", '"a\\n"', '""', "''", '"a b" ', '"x"y', "'x", '"x', '"x" #c'],
  ...[
    '[]',
    '{}',
    '[a]',
    '[ a , b ]',
    '{ a: 1 }',
    '{a: 1, b: [x, "y"]}',
    '[a, [b, {c: d}]]',
    '[a,]',
  ],
  ...[
    '{ a }',
    '{ a: }',
    '{a:1}',
    '{"a":1}',
    '{"a": 1}',
    '{ a: 1, a: 2 }',
    '[a',
    '{a: 1',
    '[a]]',
    '[a: b]',
  ],
  ...[
    '&a x',
    '*a',
    '!x y',
    '!!str 1',
    '|',
    '>-',
    '|+',
    '# c',
    ' #c',
    'x # c',
    'x #',
    'x#',
    'a: b',
    '`x',
  ],
  ...[
    '',
    ' ',
    '\t',
    'x\t',
    'x\ty',
    '\tx',
    '"\t"',
    '__proto__',
    'x\ry',
    '\u2028',
    '\ufeff',
    '\u00a0',
    '...',
    '---',
  ],
];
const keys = [
  ...[
    'a',
    'b',
    'c',
    'name',
    'sites',
    '22',
    'true',
    '"q"',
    "'s'",
    "'i''s'",
    'a b',
    'a ',
    'null',
    '-x',
    '""',
  ],
  ...[
    '<<',
    '__proto__',
    '? a',
    '[a]',
    '{a: b}',
    '*a',
    '&a b',
    '!t a',
    '"q',
    'a#b',
    'a #b',
    'é',
    '\ta',
    '...',
  ],
];
const lines = fc.record({
  indent: fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3),
  line: fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...keys), fc.constantFrom(...scalars))
        .map(([key, value]) => `${key}: ${value}`),
    },
    { weight: 4, arbitrary: fc.constantFrom(...keys).map((key) => `${key}:`) },
    { weight: 2, arbitrary: fc.constantFrom(...scalars).map((value) => `- ${value}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...keys), fc.constantFrom(...scalars))
        .map(([key, value]) => `- ${key}: ${value}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '- a:',
        '-',
        '-  a: b',
        '- - a',
        '---',
        '...',
        '%YAML 1.2',
        '}',
        ']',
        ') x',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '# c', '#c', '#', '\t', '\t# c') },
    { weight: 1, arbitrary: fc.constantFrom(...scalars) },
  ),
  end: fc.constantFrom('\n', '\n', '\n', '\n', '\n', '\n', '\r\n', ' \n', ' # c\n', '\r'),
});
const anyLines = fc
  .array(lines, { maxLength: 14 })
  .map((all) => all.map(({ indent, line, end }) => ' '.repeat(indent) + line + end).join(''));
const tidyLines = fc
  .array(
    lines.filter(({ indent }) => indent % 2 === 0),
    { maxLength: 14 },
  )
  .map((all) => {
    let last = -2;
    return all
      .map(({ indent, line, end }) => {
        last = Math.min(indent, last + 2);
        return ' '.repeat(last) + line + end;
      })
      .join('');
  });

const pasted = fc.oneof(
  fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ': ',
      ':',
      '\n',
      '\r\n',
      '\r',
      '- ',
      ',',
      '"',
      "'",
      '#',
      ' #',
      ' ',
      '  ',
      '\n  ',
      '\n    ',
      '\n      ',
    ],
  ),
  fc.constantFrom(
    ...[
      '&a ',
      '*a',
      '|\n',
      '>-\n',
      '\t',
      '---\n',
      '%YAML\n',
      '!x ',
      '<<: ',
      '\0',
      '\ufeff',
      'key',
      'k',
      '\nkey\n',
      '\nk: v\n',
    ],
  ),
  fc.constantFrom(...scalars),
  fc.string({ maxLength: 6 }),
  fc.tuple(fc.nat(3000), fc.nat(200)).map(([from, length]) => texts[0]!.slice(from, from + length)),
);
const edited = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(
      fc.record({
        at: fc.nat(20_000),
        removed: fc.constantFrom(0, 0, 0, 1, 2, 5, 60),
        added: pasted,
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, edits]) => {
    let all = text;
    for (const { at, removed, added } of edits) {
      const from = at % (all.length + 1);
      all = all.slice(0, from) + added + all.slice(from + removed);
    }
    return all;
  });

describe('reading by lines', () => {
  it('takes every line of the examples and of a generated topology', () => {
    for (const text of texts) {
      assertSame(text);
      assert.deepEqual(readLines(text, lineOf(text))?.doubts, []);
    }
  });

  it('says of random lines what the YAML parser says', () => {
    fc.assert(
      fc.property(anyLines, (text) => void assertSame(text)),
      { numRuns: runs },
    );
  });

  it('says of tidy lines what the YAML parser says', () => {
    fc.assert(
      fc.property(tidyLines, (text) => void assertSame(text)),
      { numRuns: runs },
    );
  });

  it('says of edited topologies what the YAML parser says', () => {
    fc.assert(
      fc.property(edited, (text) => void assertSame(text)),
      { numRuns: runs / 10 },
    );
  });
});
