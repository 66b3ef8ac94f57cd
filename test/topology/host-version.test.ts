import assert from 'node:assert/strict';
import { compareHostVersions, parseHostVersion } from '../../src/topology/host-version.ts';

describe('versions of ESX/ESXi', () => {
  for (const [text, expected] of Object.entries({
    '4.0 U1': [4, 0, 1],
    '4.0u1': [4, 0, 1],
    '5.5': [5, 5, 0],
    '6.7': [6, 7, 0],
    '7': [7, 0, 0],
    '7.0.3': [7, 0, 3],
    '7.0 U3': [7, 0, 3],
    '7.0 U3c': [7, 0, 3],
    '8.0 Update 2': [8, 0, 2],
    'ESXi 6.5': [6, 5, 0],
    ' 6.5 ': [6, 5, 0],
  })) {
    it(`reads ${text}`, () => {
      const [major, minor, update] = expected;
      assert.deepEqual(parseHostVersion(text), { major, minor, update });
    });
  }

  for (const text of ['', 'six', '6.', '6.7.0.1', 'U1', '-6', '99999.0']) {
    it(`does not read “${text}”`, () => {
      assert.equal(parseHostVersion(text), undefined);
    });
  }

  it('are ordered by release, not by text', () => {
    const inOrder = ['4.0', '4.0 U1', '4.1', '5.5', '6.7', '7.0.3', '8.0', '10.0'];
    const shuffled = inOrder.toReversed();
    shuffled.sort((a, b) => {
      const [left, right] = [parseHostVersion(a), parseHostVersion(b)];
      assert.ok(left && right);
      return compareHostVersions(left, right);
    });
    assert.deepEqual(shuffled, inOrder);
  });
});
