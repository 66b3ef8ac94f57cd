import assert from 'node:assert/strict';
import { loadTopology } from '../../src/topology/load.ts';
import { longestText } from '../../src/topology/source/decode.ts';
import { compose, deepestNesting } from '../../src/topology/source/compose.ts';
import { parseDocument } from '../../src/topology/parse.ts';
import { unmark } from './marked.ts';

/** Checks what YAML itself objects to: exactly these rules, at the marks. */
function assertYaml(marked: string, ...rules: string[]): readonly string[] {
  const { text, ranges } = unmark(marked);
  const { problems } = parseDocument(text, 'x.dr.yaml');
  assert.deepEqual(
    problems.map(({ rule, range }) => [rule, range]),
    rules.map((rule, index) => [rule, ranges[index]]),
    problems.map(({ message }) => message).join('\n'),
  );
  return problems.map(({ message }) => message);
}

describe('what YAML objects to', () => {
  it('a key that stands twice, at the second one, with the line of the first', () => {
    const [message] = assertYaml('a: 1\nb: 2\n«a»: 3\n', 'yaml/duplicate-key');
    assert.match(message ?? '', /"a" stands in this map already, in line 1/);
    assertYaml('{ x: 1, «x»: 2, «"x"»: 3 }', 'yaml/duplicate-key', 'yaml/duplicate-key');
  });

  it('tabs for indentation, all of them', () => {
    assertYaml('a:\n«\t\t»b: 1\n', 'yaml/tab');
  });

  it('missing brackets, quotes, commas and colons', () => {
    assertYaml('a: [1, 2]«]»\n', 'yaml/syntax');
    assert.match(assertYaml('a: "x«y»', 'yaml/syntax')[0] ?? '', /closing " is missing/);
    assertYaml('a: { b: [1 «}»\n', 'yaml/syntax');
    assertYaml('a: { b: "1" «c»: 2 }\n', 'yaml/syntax');
    assertYaml('a: 1\n«b»\n', 'yaml/syntax');
  });

  it('indentation that fits nothing, at the line that is off', () => {
    assertYaml('a: 1\n «b»: 2\n', 'yaml/syntax');
  });

  it('one problem a line, since the others are its echoes', () => {
    assertYaml('a: «-» b\nc: @x\n'.replace('@', '«@»'), 'yaml/syntax', 'yaml/syntax');
  });

  it('aliases of nothing, of what they stand in, and tags', () => {
    assertYaml('a: «*nobody»\n', 'yaml/alias');
    assertYaml('&a [«*a»]\n', 'yaml/alias');
    assertYaml('a: «!!js/function» "x"\nb: «!mine» 1\n', 'yaml/tag', 'yaml/tag');
  });

  it('keys that are lists, maps, aliases, or not there', () => {
    assertYaml('? «[a]»\n: 1\n', 'yaml/bad-key');
    assertYaml('a: &x 1\n«*x» : 2\n', 'yaml/bad-key');
  });

  it('a second document, and directives', () => {
    assertYaml('a: 1\n«---»\nb: 2\n---\nc: 3\n', 'yaml/several-documents');
    assertYaml('«%YAML 1.1»\n---\na: yes\n', 'yaml/syntax');
    assertYaml('%YAML 1.2\n---\na: yes\n');
  });

  it('control characters, at the first one, with how many follow', () => {
    const [message] = assertYaml('a: x«\0»y\0\x02\n', 'yaml/encoding');
    assert.match(message ?? '', /U\+0000 .* 2 more follow/);
    assert.equal(parseDocument('a: x\x02\x18\x1fy', 'x').text, 'a: x\x02\x18\x1fy');
  });

  it('an empty file and one of comments say nothing yet', () => {
    for (const text of ['', '\n \n', '# one\n# two\n', '---\n', '\ufeff']) {
      const { problems, topology } = loadTopology(text, 'labs/two-sites.dr.yaml');
      assert.deepEqual(
        problems.map(({ rule }) => rule),
        ['yaml/empty'],
        JSON.stringify(text),
      );
      assert.equal(topology.name, 'two-sites');
      assert.equal(topology.sites.size, 0);
    }
  });
});

describe('bytes', () => {
  const bytes = (...parts: (string | number)[]) =>
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))),
    );

  it('that are no UTF-8 are found, and the rest is read', () => {
    const cases: [Uint8Array, number][] = [
      [bytes('a: é', 0xff, 'b\nc: 1\n'), 4],
      [bytes('a: ', 0xc3, '\nc: 1\n'), 3],
      [bytes('a: ', 0xed, 0xa0, 0x80, '\nc: 1\n'), 3],
      [bytes('a: ', 0xc0, 0x80, '\nc: 1\n'), 3],
      [bytes('a: ', 0xf4, 0x90, 0x80, 0x80, '\nc: 1\n'), 3],
      [bytes('c: 1\na: ', 0xe2, 0x82), 8],
    ];
    for (const [source, start] of cases) {
      const { problems, value } = parseDocument(source, 'x');
      assert.deepEqual(
        problems.map(({ rule, range }) => [rule, range]),
        [['yaml/encoding', { start, end: start + 1 }]],
      );
      assert.equal((value as Record<string, unknown>)['c'], 1);
    }
  });

  it('with U+FFFD written out are good UTF-8', () => {
    assert.deepEqual(parseDocument(bytes('a: \ufffd\n'), 'x').problems, []);
  });

  it('in UTF-16 are read, and said to be', () => {
    const little = Buffer.from('\ufeffa: 1\n', 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const source of [little, big]) {
      const { problems, value } = parseDocument(source, 'x');
      assert.deepEqual(
        problems.map(({ rule }) => rule),
        ['yaml/encoding'],
      );
      assert.equal((value as Record<string, unknown>)['a'], 1);
    }
  });

  it('with a UTF-8 byte order mark are read as if it were not there', () => {
    const { problems, value, text } = parseDocument(bytes('\ufeffa: 1\n'), 'x');
    assert.deepEqual(problems, []);
    assert.equal(text, 'a: 1\n');
    assert.equal((value as Record<string, unknown>)['a'], 1);
  });
});

describe('hostile files are refused in bounded time and memory', () => {
  const rulesOf = (text: string) => loadTopology(text, 'x').problems.map(({ rule }) => rule);

  it('too large ones are not read at all', () => {
    const text = `a: ${'x'.repeat(longestText)}`;
    assert.deepEqual(rulesOf(text), ['yaml/too-large']);
    assert.equal(parseDocument(new TextEncoder().encode(text), 'x').value, undefined);
  });

  it('nor are those with too many words and brackets', () => {
    const { contents, problems } = compose('- a\n'.repeat(1000), () => 0, 500);
    assert.equal(contents, null);
    assert.deepEqual(
      problems.map(({ rule }) => rule),
      ['yaml/too-large'],
    );
  });

  it('deep nesting of every sort stops at its place', () => {
    for (const opening of ['[', '{', '- ', '? ', '{a: ', '[a: [']) {
      const { problems } = loadTopology(opening.repeat(200_000), 'x');
      const [problem] = problems;
      assert.equal(problem?.rule, 'yaml/too-deep', opening);
      assert.ok(problem.range.start <= deepestNesting * opening.length * 2);
    }
    const steps = Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    assert.deepEqual(rulesOf(steps), ['yaml/too-deep']);
    const allowed = `${'['.repeat(deepestNesting - 2)}${']'.repeat(deepestNesting - 2)}`;
    assert.deepEqual(rulesOf(`a: ${allowed}`), ['schema/unknown-key', 'schema/missing-key']);
  });

  it('alias bombs are followed a hundred times and no more', () => {
    const bomb = Array.from({ length: 20 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(', ')}]`,
    ).join('\n');
    const document = parseDocument(bomb, 'x');
    assert.deepEqual(
      document.problems.map(({ rule }) => rule),
      ['yaml/alias'],
    );
    assert.match(document.problems[0]?.message ?? '', /more than 100 aliases/);
    assert.ok(JSON.stringify(document.value).length < 100_000);
  });

  it('aliases of large values are not followed without end', () => {
    const text = `a: &a [${'x, '.repeat(5000)}]\n${Array.from({ length: 90 }, (_, i) => `b${i}: *a`).join('\n')}`;
    const { problems } = parseDocument(text, 'x');
    assert.match(problems[0]?.message ?? '', /repeat more than 100000 values/);
  });

  it('a file of nothing but mistakes gets a list that can be read', () => {
    for (const text of [']'.repeat(20_000), `[${','.repeat(20_000)}`, '&a '.repeat(20_000)]) {
      assert.ok(loadTopology(text, 'x').problems.length <= 101);
    }
    const unknown = Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join('\n');
    const rules = rulesOf(unknown);
    assert.equal(rules.length, 1001);
    assert.equal(rules.at(-1), 'schema/too-many-problems');
  });
});
