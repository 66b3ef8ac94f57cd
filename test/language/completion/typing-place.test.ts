import assert from 'node:assert/strict';
import { typingPlace, type TypingPlace } from '../../../src/language/completion/typing-place.ts';
import { documentOf, marked } from '../marked.ts';

function placeIn(text: string): TypingPlace | undefined {
  const { text: plain, offset } = marked(text);
  return typingPlace(plain, documentOf(plain).lineStarts, offset);
}

describe('where a person is typing', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['the root', 'si‸', '~ si'],
    ['a blank line below a key', 'a:\n  b:\n    ‸\n  c:\n', 'a/b ~ '],
    ['a blank line left of what stands above it', 'a:\n  b:\n    c: 1\n  ‸', 'a ~  [b]'],
    ['a key among others', 'a:\n  b: 1\n  x‸\n  c: 2\n', 'a ~ x [b c]'],
    ['a value', 'a:\n  b: es‸ # c\n', 'a/b = es'],
    ['a value right behind the colon', 'a:\n  b:‸\n', 'a/b = '],
    ['the first key of an item', 'a:\n  - ‸\n  - x: 1\n', 'a/0 ~ '],
    ['a later key of an item', 'a:\n  - x: 1\n  - x: 2\n    ‸\n', 'a/1 ~  [x]'],
    ['an item at the column of its key', 'a:\n- x: 1\n- x: 2\n  y: ‸\n', 'a/1/y =  [x]'],
    ['an item of an item', 'a:\n  - - x\n    - ‸\n', 'a/0/1 ~ '],
    ['below an item', 'a:\n  - x: 1\n  - x:\n      ‸\n', 'a/1/x ~ '],
    ['a key in brackets', 'a:\n  - { x: 1, ‸, y: 2 }\n', 'a/0 ~  [x y]'],
    ['a value in brackets', 'a: { x: { y: ‸ }, z: 1 }', 'a/x/y = '],
    ['an item in brackets', 'a: [x, ‸', 'a/1 =  [0]'],
    ['brackets over several lines', 'a: {\n  x: 1,\n  ‸\n}\n', 'a ~  [x]'],
    ['a word that began on the line above', 'a: {\n  x: one,\n  {y\n  z‸', 'a ~ z [x]'],
    ['behind brackets that are closed', 'a: { x: [1, 2], ‸ }', 'a ~  [x]'],
    ['behind quotes with brackets in them', 'a: { x: "}, {", y: ‸ }', 'a/y =  [x]'],
    ['a quoted key', '"a b":\n  c: ‸', 'a b/c = '],
    ['Windows line breaks', 'a:\r\n  b: 1\r\n  c: ‸\r\n', 'a/c =  [b]'],
  ];
  for (const [what, text, expected] of cases) {
    it(`is told: ${what}`, () => {
      const place = placeIn(text);
      assert.ok(place);
      const siblings = [...place.siblings.keys()].join(' ');
      const shown =
        `${place.path.join('/')} ${place.on === 'key' ? '~' : '='} ${place.prefix}` +
        (siblings === '' || place.siblings.size === 0 ? '' : ` [${siblings}]`);
      assert.equal(shown.trimStart(), expected);
    });
  }

  it('is nowhere in a comment', () => {
    for (const text of ['# ‸', 'a: 1 # ‸', 'a: { x: 1 # ‸']) {
      assert.equal(placeIn(text), undefined, text);
    }
  });

  it('is not a comment behind a # inside of quotes or of a word', () => {
    assert.equal(placeIn('a: "# ‸')?.on, 'value');
    assert.equal(placeIn('a: x#‸')?.prefix, 'x#');
  });
});
