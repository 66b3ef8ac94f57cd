import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { commentsOf, formattedText, formatting } from '../../src/language/formatting.ts';
import { applied, documentOf, twoSites } from './marked.ts';

const format = (text: string): string => formattedText(documentOf(text));

describe('formatting', () => {
  it('gives each level two columns, and moves comments with what they are about', () => {
    const text = [
      'version: 1   ',
      'sites:',
      '    # about A',
      '    A:   # first',
      '        networks:',
      '            p: { cidr: 10.0.0.0/24 }  ',
      '',
      '',
      '        zvm:',
      '            routes:',
      '            -   to: 10.0.0.0/8',
      '                via: 1.2.3.4',
      '            - { to: 1.0.0.0/8,',
      '                via: 2.2.2.2 }',
      '    # after A',
      '',
      '',
    ].join('\n');
    assert.equal(
      format(text),
      [
        'version: 1',
        'sites:',
        '  # about A',
        '  A:   # first',
        '    networks:',
        '      p: { cidr: 10.0.0.0/24 }',
        '',
        '    zvm:',
        '      routes:',
        '        - to: 10.0.0.0/8',
        '          via: 1.2.3.4',
        '        - { to: 1.0.0.0/8,',
        '            via: 2.2.2.2 }',
        '  # after A',
        '',
      ].join('\n'),
    );
  });

  it('changes nothing inside of a text over several lines but its indentation', () => {
    const text = 'a:\n    pre: |\n       one  \n\n\n         two\n    b: "x\n\n\n      y"\n';
    assert.equal(format(text), 'a:\n  pre: |\n     one  \n\n\n       two\n  b: "x\n\n\n    y"\n');
  });

  it('leaves a file alone that is in order, or cannot be read', () => {
    const names = readdirSync('examples', { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => each.endsWith('.yaml'))) {
      const text = readFileSync(`examples/${name}`, 'utf8');
      assert.deepEqual(formatting(documentOf(text)), [], name);
    }
    assert.deepEqual(formatting(documentOf('a: [1\n b: 2   \n')), []);
  });

  it('keeps line breaks as they are', () => {
    assert.equal(format('a:\r\n    b: 1  \r\n\r\n\r\n'), 'a:\r\n  b: 1\r\n');
  });

  it('edits only lines that change', () => {
    const document = documentOf('a: 1\nb:  \n  c: 2\n');
    assert.deepEqual(formatting(document), [
      {
        range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } },
        newText: 'b:\n',
      },
    ]);
  });

  it('never changes what is said or a comment, is the same when done again, and its edits give it', () => {
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(
          'x',
          'two words',
          5,
          true,
          '- no',
          '# no',
          'a: b',
          '10.0.0.1/24',
          '',
          'l1\n l2\n',
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'key one', '9'), tie('value'), { maxKeys: 3 }),
      ),
    }));
    const style = fc.record({ indent: fc.integer({ min: 1, max: 7 }), sequences: fc.boolean() });
    fc.assert(
      fc.property(
        value,
        style,
        fc.infiniteStream(fc.nat(9)),
        (data, { indent, sequences }, noise) => {
          const text = scribbled(data, indent, sequences, noise);
          const document = documentOf(text);
          fc.pre(document.problems.length === 0);
          const formatted = format(text);
          const again = documentOf(formatted);
          assert.deepEqual(again.value, document.value);
          assert.deepEqual(commentsOf(formatted), commentsOf(text));
          assert.equal(format(formatted), formatted);
          assert.equal(applied(document, formatting(document)), formatted);
        },
      ),
      { numRuns: Number(process.env['TIDEMARK_FUZZ_RUNS'] ?? 150) },
    );
  });

  it('formats what people mangled', () => {
    const mangled = twoSites
      .replace(/^( +)/gm, '$1$1')
      .replace(/- /g, '-   ')
      .replace(/\n/g, '   \n\n\n');
    assert.equal(format(mangled).replace(/\n\n/g, '\n'), twoSites);
  });
});

/** YAML as an untidy person writes it. */
function scribbled(
  data: unknown,
  indent: number,
  sequences: boolean,
  noise: fc.Stream<number>,
): string {
  const text = stringify({ root: data }, { indent, indentSeq: sequences, lineWidth: 30 });
  return text
    .split('\n')
    .map((line) => {
      const dice = Number(noise.next().value);
      if (dice === 0) return `${line}\n\n\n`;
      if (dice === 1 && /^ *\S/.test(line)) return `${/^ */.exec(line)?.[0] ?? ''}# note\n${line}`;
      return dice === 2 ? `${line}  ` : line;
    })
    .join('\n');
}
