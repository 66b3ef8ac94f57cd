import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, OverlappingEdits } from '../../src/lint/fix.ts';

describe('applying edits', () => {
  it('all ranges refer to the text as it was, whatever their order', () => {
    assert.equal(
      applyEdits('abcdef', [
        { range: { start: 4, end: 5 }, newText: 'XYZ' },
        { range: { start: 0, end: 1 }, newText: '' },
        { range: { start: 6, end: 6 }, newText: '!' },
      ]),
      'bcdXYZf!',
    );
  });

  it('insertions at one place keep their order', () => {
    assert.equal(
      applyEdits('ab', [
        { range: { start: 1, end: 1 }, newText: '1' },
        { range: { start: 1, end: 1 }, newText: '2' },
      ]),
      'a12b',
    );
  });

  it('refuses edits of the same characters', () => {
    assert.throws(
      () =>
        applyEdits('abc', [
          { range: { start: 0, end: 2 }, newText: 'x' },
          { range: { start: 1, end: 3 }, newText: 'y' },
        ]),
      OverlappingEdits,
    );
  });

  it('refuses edits outside the text', () => {
    assert.throws(
      () => applyEdits('abc', [{ range: { start: 2, end: 4 }, newText: '' }]),
      RangeError,
    );
    assert.throws(
      () => applyEdits('abc', [{ range: { start: 2, end: 1 }, newText: '' }]),
      RangeError,
    );
  });

  it('equals applying one after the other from the end', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uniqueArray(fc.nat(40), { maxLength: 8 }),
        fc.array(fc.string({ maxLength: 4 }), { minLength: 8, maxLength: 8 }),
        (text, cuts, inserts) => {
          const offsets = cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b);
          const edits = [];
          for (let index = 0; index + 1 < offsets.length; index += 2) {
            const range = { start: offsets[index]!, end: offsets[index + 1]! };
            edits.push({ range, newText: inserts[index]! });
          }
          let expected = text;
          for (const { range, newText } of edits.toReversed()) {
            expected = expected.slice(0, range.start) + newText + expected.slice(range.end);
          }
          assert.equal(applyEdits(text, edits), expected);
        },
      ),
    );
  });
});
