import assert from 'node:assert/strict';
import { mark, marked } from './testing.ts';

describe('the markers of the test kit', () => {
  it('come out of the text and become ranges in its order', () => {
    assert.deepEqual(marked('a«b«c»»d«»'), {
      text: 'abcd',
      ranges: [
        { start: 1, end: 3 },
        { start: 2, end: 3 },
        { start: 4, end: 4 },
      ].sort((a, b) => a.start - b.start || a.end - b.end),
    });
  });

  it('can be put back', () => {
    for (const source of ['a«b»c', '«a»«b»', 'ab«»', 'x«a«b»c»']) {
      const { text, ranges } = marked(source);
      assert.equal(mark(text, ranges), source);
    }
  });

  it('must be balanced', () => {
    assert.throws(() => marked('a»'), /without its/);
    assert.throws(() => marked('«a'), /without its/);
  });
});
