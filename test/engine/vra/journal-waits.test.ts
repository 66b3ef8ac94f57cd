import assert from 'node:assert/strict';
import { JournalWaits } from '../../../src/engine/vra/journal-waits.ts';

describe('what waits for a journal that is being opened', () => {
  it('goes on when that journal is open, once, and not with another', () => {
    const ran: string[] = [];
    const waits = new JournalWaits();
    const wait = (what: string, stream: string): void => {
      waits.add(what, stream, () => ran.push(what));
    };
    wait('image 1', 'vpg/a');
    wait('image 2', 'vpg/b');
    wait('image 3', 'vpg/a');
    waits.settled('vpg/a');
    waits.settled('vpg/a');
    assert.deepEqual(ran, ['image 1', 'image 3']);
    waits.settled('vpg/b');
    assert.deepEqual(ran, ['image 1', 'image 3', 'image 2']);
  });

  it('may wait again where the journal is opened anew', () => {
    let tries = 0;
    const waits = new JournalWaits();
    const look = (): void => {
      tries++;
      if (tries < 3) waits.add('image', 'vpg/a', look);
    };
    look();
    waits.settled('vpg/a');
    assert.equal(tries, 2);
    waits.settled('vpg/a');
    assert.equal(tries, 3);
  });

  it('does not go on where it is not wanted any more', () => {
    const waits = new JournalWaits();
    waits.add('image', 'vpg/a', () => assert.fail('it was closed before'));
    waits.drop('image');
    waits.settled('vpg/a');
  });
});
