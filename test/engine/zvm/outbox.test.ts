import assert from 'node:assert/strict';
import { Outbox } from '../../../src/engine/zvm/events.ts';
import type { Effect } from '../../../src/engine/zvm/events.ts';

const alive = { kind: 'alive', at: 1 } as const;
const checkpoint = { kind: 'checkpoint', vpg: 'shop', id: 1, time: 5000 } as const;

function kept(effects: readonly Effect[]): [number, string][] {
  return effects.flatMap((effect) =>
    effect.kind === 'keep' ? [[effect.token, effect.record.kind] as [number, string]] : [],
  );
}

describe('what a ZVM is to keep', () => {
  it('goes out at once, and takes along what had no haste', () => {
    const outbox = new Outbox();
    outbox.keepLater(alive);
    assert.deepEqual(kept(outbox.take()), []);
    assert.equal(outbox.keep(checkpoint), 1);
    assert.deepEqual(kept(outbox.take()), [
      [1, 'checkpoint'],
      [2, 'alive'],
    ]);
    outbox.hurry();
    assert.deepEqual(kept(outbox.take()), []);
  });

  it('goes out in the end where nothing takes it along', () => {
    const outbox = new Outbox();
    outbox.keepLater(alive);
    outbox.hurry();
    assert.deepEqual(kept(outbox.take()), [[1, 'alive']]);
    assert.equal(outbox.lastToken, 1);
  });
});
