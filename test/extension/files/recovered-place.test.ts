import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathOf, placeOf } from '../../../src/extension/files/recovered-place.ts';

describe('the place of a recovered file', () => {
  it('is read as it was written, whatever the names', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    const file = fc.stringMatching(/^[^/]+$/);
    const checkpoint = fc.nat();
    const whole = fc.record({
      topology: fc.webUrl(),
      vpg: name,
      checkpoint,
      vm: name,
      disk: name,
      path: fc.array(file, { maxLength: 4 }).map((names) => names.join('/')),
    });
    const upper = fc.record({ topology: fc.webUrl(), vpg: name, checkpoint, vm: name });
    const root = fc.record({ topology: fc.webUrl(), vpg: name, checkpoint });
    fc.assert(
      fc.property(fc.oneof(whole, upper, root), (place) => {
        const all = { vm: undefined, disk: undefined, path: '', ...place };
        assert.deepEqual(placeOf(pathOf(all)), all);
      }),
    );
  });

  it('has no need of an encoding, which a workspace file would take off', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.webUrl(), name, (topology, vpg) => {
        assert.doesNotMatch(pathOf({ topology, vpg, checkpoint: 7, path: '' }), /[%?#\\]/);
      }),
    );
    for (const vpg of ['.', '..']) {
      assert.ok(!pathOf({ topology: 't', vpg, checkpoint: 7, path: '' }).includes('/.'));
    }
  });

  it('is none where a path lacks a checkpoint, or is broken', () => {
    for (const path of ['', '/', '/t', '/t/v', '/t/v/x', '/t/v/1.5', '/~/v/1', '/t/v/1/~zz']) {
      assert.equal(placeOf(path), undefined, path);
    }
  });
});
