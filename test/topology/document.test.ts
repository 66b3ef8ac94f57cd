import assert from 'node:assert/strict';
import fc from 'fast-check';
import { within } from '../../src/topology/document.ts';
import { parseDocument } from '../../src/topology/parse.ts';

const text = `version: 1
sites:
  A: { zvm: &z { os: linux }, hosts: [x, "y"] }
  "B b":
    zvm: *z
    101: |
      two
      lines

    empty:
`;

function shown(range: { start: number; end: number }): string {
  return text.slice(range.start, range.end);
}

describe('a document', () => {
  const document = parseDocument(text, 'x.dr.yaml');

  it('knows the place of every key, value and entry', () => {
    assert.deepEqual(document.problems, []);
    assert.equal(shown(document.keyRange(['sites', 'B b'])), '"B b"');
    assert.equal(shown(document.valueRange(['sites', 'A', 'hosts', 1])), '"y"');
    assert.equal(shown(document.keyRange(['sites', 'A', 'hosts', 1])), '"y"');
    assert.equal(shown(document.entryRange(['sites', 'A', 'hosts'])), 'hosts: [x, "y"]');
    assert.equal(shown(document.valueRange(['sites', 'B b', '101'])), '|\n      two\n      lines');
    assert.equal(shown(document.valueRange(['sites', 'A', 'zvm'])), '{ os: linux }');
  });

  it('stands at the alias itself, and below it in the text that the alias repeats', () => {
    assert.equal(shown(document.valueRange(['sites', 'B b', 'zvm'])), '*z');
    assert.equal(shown(document.entryRange(['sites', 'B b', 'zvm', 'os'])), 'os: linux');
  });

  it('gives the key of the nearest ancestor for what is not in the text', () => {
    assert.equal(shown(document.valueRange(['sites', 'A', 'vms', 'V', 'host'])), 'A');
    assert.equal(shown(document.keyRange(['sites', 'A', 'hosts', 7])), 'hosts');
    assert.ok(!document.has(['sites', 'A', 'vms']));
    assert.ok(document.has(['sites', 'B b', 'empty']));
  });

  it('has an empty value right behind its key', () => {
    const { start, end } = document.valueRange(['sites', 'B b', 'empty']);
    assert.equal(start, end);
    assert.equal(text.slice(0, start).trimEnd().at(-1), ':');
  });

  it('finds the innermost path of an offset', () => {
    const paths = ['os: linux', '"y"', 'two', '*z', 'empty'].map((part) =>
      document.pathAt(text.indexOf(part) + 1),
    );
    assert.deepEqual(paths, [
      ['sites', 'A', 'zvm', 'os'],
      ['sites', 'A', 'hosts', 1],
      ['sites', 'B b', '101'],
      ['sites', 'B b', 'zvm'],
      ['sites', 'B b', 'empty'],
    ]);
  });

  it('turns offsets into lines and columns and back, for every line break there is', () => {
    const mixed = parseDocument('a: 1\r\nb: 2\rc: 3\nd: 4', 'x');
    assert.deepEqual(mixed.lineStarts, [0, 6, 11, 16]);
    assert.deepEqual(mixed.positionAt(13), { line: 2, character: 2 });
    fc.assert(
      fc.property(fc.nat({ max: text.length }), (offset) => {
        assert.equal(document.offsetAt(document.positionAt(offset)), offset);
      }),
    );
    assert.equal(document.offsetAt({ line: 99, character: 0 }), text.length);
    assert.deepEqual(document.positionAt(-5), { line: 0, character: 0 });
  });

  it('holds plain values without a prototype, so that any name is just a name', () => {
    const hostile = parseDocument('__proto__: { polluted: yes }\nconstructor: 1\ntoString: 2', 'x');
    const value = hostile.value as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ['__proto__', 'constructor', 'toString']);
    assert.equal(Object.getPrototypeOf(value), null);
    assert.equal(Object.getPrototypeOf(value['__proto__']), null);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.ok(!hostile.has(['hasOwnProperty']));
  });

  it('takes plain keys as they are written: 1001 and true are names', () => {
    const { value } = parseDocument('{1001: a, true: b, 0x10: c, null: d}', 'x');
    assert.deepEqual(Object.keys(value as object), ['1001', 'true', '0x10', 'null']);
  });

  it('reads YAML 1.2: yes is a text, 0o17 is a number, << is a key', () => {
    const { value } = parseDocument('a: yes\nb: 0o17\nc: 08:00\n<<: { d: 1 }', 'x');
    const { a, b, c } = value as Record<string, unknown>;
    assert.deepEqual([a, b, c], ['yes', 15, '08:00']);
    assert.ok(!Object.hasOwn(value as object, 'd'));
  });

  it('places below a place', () => {
    assert.deepEqual(within({ document, path: ['sites'] }, 'A', 'hosts', 0).path, [
      'sites',
      'A',
      'hosts',
      0,
    ]);
  });
});
