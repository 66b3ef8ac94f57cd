import assert from 'node:assert/strict';
import fc from 'fast-check';
import { neverPaused, pauseAfter, takesPause } from '../../../src/engine/zvm/pause.ts';

describe('What both ZVMs know of a pause', () => {
  it('is the later word, whoever has it', () => {
    const paused = pauseAfter(neverPaused, true);
    const resumed = pauseAfter(paused, false);
    for (const side of [true, false]) {
      assert.ok(takesPause(paused, resumed, side));
      assert.ok(!takesPause(resumed, paused, side));
    }
  });

  it('is the same on both sides once each has heard the other', () => {
    const word = fc.record({ paused: fc.boolean(), version: fc.nat(3) }, { noNullPrototype: true });
    fc.assert(
      fc.property(word, word, (protectedSide, recoverySide) => {
        const atProtected = takesPause(protectedSide, recoverySide, true)
          ? recoverySide
          : protectedSide;
        const atRecovery = takesPause(recoverySide, protectedSide, false)
          ? protectedSide
          : recoverySide;
        assert.deepEqual(atProtected, atRecovery);
      }),
    );
  });
});
