import assert from 'node:assert/strict';
import { Outbox } from '../../../src/engine/zvm/events.ts';
import { silentBeats } from '../../../src/engine/zvm/timing.ts';
import { VraLinks } from '../../../src/engine/zvm/vras.ts';

describe('what a ZVM knows of its VRAs', () => {
  it('counts one as gone that is silent on 4006, whatever it says of checkpoints', () => {
    const outbox = new Outbox();
    const lost: string[] = [];
    const vras = new VraLinks('A', outbox, {
      vraOpened: () => undefined,
      vraLost: (vra) => lost.push(vra),
    });
    vras.add('A/h0', false);
    vras.want('A/h0');
    vras.opened('A/h0', 'control', 0);
    vras.opened('A/h0', 'checkpoints', 0);
    for (let beat = 1; beat <= silentBeats; beat++) vras.tick(beat * 1000);
    assert.deepEqual(lost, []);
    // The control connection is half open: the VRA has closed both, and only 4009 was dialled anew.
    vras.closed('A/h0', 'checkpoints', 0);
    vras.opened('A/h0', 'checkpoints', 0);
    vras.tick((silentBeats + 1) * 1000);
    assert.deepEqual(lost, ['A/h0']);
    const closed = outbox.take().filter((effect) => effect.kind === 'close-vra');
    assert.deepEqual(
      closed.map(({ channel }) => channel),
      ['control', 'checkpoints'],
    );
  });

  it('forgets what a VRA of the peer reported as soon as it turns away from it', () => {
    const vras = new VraLinks('A', new Outbox(), {
      vraOpened: () => undefined,
      vraLost: () => undefined,
    });
    vras.add('B/h0', true);
    vras.borrow('B/h0');
    vras.opened('B/h0', 'control', 0);
    vras.said('B/h0', {
      kind: 'report',
      startedAt: 0,
      compression: 1,
      protect: [{ stream: 'g/vm', state: 'syncing', lag: 0 }],
      recover: [],
      sendBuffer: 0,
      receiveBuffer: 0,
      transmitted: 0,
      received: 0,
      written: 0,
    });
    assert.equal(vras.sending('B/h0', 'g/vm')?.state, 'syncing');
    vras.giveBack('B/h0');
    assert.equal(vras.sending('B/h0', 'g/vm'), undefined);
  });
});
