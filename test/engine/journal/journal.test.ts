import assert from 'node:assert/strict';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import {
  age,
  append,
  assertImage,
  image,
  journalOptions,
  offered,
  opened,
  outcome,
  read,
  Sender,
} from './shadow.ts';
import type { Step } from './shadow.ts';
import type { Journal, JournalError } from '../../../src/engine/journal/journal.ts';

const write = (offset: number, length = 512, disk = 0): Step => ({
  kind: 'write',
  disk,
  offset,
  length,
});
const checkpoint: Step = { kind: 'checkpoint' };

function setUp(
  history = 120_000,
  promotionBytes = 0,
): { world: MemoryWorld; journal: Journal; sender: Sender } {
  const world = new MemoryWorld(new MemoryDatastore());
  const options = journalOptions({ history, promotionBytes });
  return { world, journal: opened(world, options), sender: new Sender() };
}

/** Synchronised, and a checkpoint every 5 s with a write before each. */
function filled(
  checkpoints: number,
  history?: number,
  promotionBytes?: number,
): ReturnType<typeof setUp> {
  const all = setUp(history, promotionBytes);
  append(all.world, all.journal, ...all.sender.resync());
  for (let count = 0; count < checkpoints; count += 1) {
    all.sender.time = count * 5000;
    append(
      all.world,
      all.journal,
      all.sender.frame([write((count * 160) % 3500, 300, count % 2), checkpoint]),
    );
  }
  return all;
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

describe('journal: appending', () => {
  it('begins at epoch 0, sequence 0, with nothing to recover', () => {
    const { journal } = setUp();
    assert.deepEqual(journal.position, { epoch: 0, sequence: 0 });
    assert.equal(journal.recoverable, false);
    assert.equal(journal.sync, 'initial');
    assert.deepEqual(journal.checkpoints(), []);
  });

  it('answers only when the frame would survive a crash (law 3)', () => {
    const { world, journal, sender } = setUp();
    const [begin] = sender.resync();
    const answers: (JournalError | undefined)[] = [];
    journal.append(begin!, (error) => {
      answers.push(error);
      assert.deepEqual(journal.position, { epoch: 2, sequence: 1 });
    });
    while (answers.length === 0) {
      assert.deepEqual(journal.position, { epoch: 0, sequence: 0 });
      assert.equal(world.idle, false);
      world.run(1);
    }
    world.kill();
    world.datastore.crash(world.random);
    const again = opened(new MemoryWorld(world.datastore));
    assert.deepEqual(again.position, { epoch: 2, sequence: 1 });
  });

  it('commits appends that arrive during a write together, and answers in order', () => {
    const { world, journal, sender } = setUp();
    append(world, journal, ...sender.resync());
    const before = world.calls.write;
    const answers: number[] = [];
    for (let count = 0; count < 50; count += 1) {
      journal.append(sender.frame([write(count)]), (error) => {
        assert.equal(error, undefined);
        answers.push(count);
      });
    }
    world.run();
    assert.equal(world.calls.write - before, 2);
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, index) => index),
    );
  });

  it('takes a frame that it holds already as a success, and writes nothing', () => {
    const { world, journal, sender } = filled(3);
    const before = world.datastore.fingerprint('ds');
    append(world, journal, sender.frames.at(-1)!);
    assert.equal(world.datastore.fingerprint('ds'), before);
    assert.deepEqual(offered(journal), [1, 2, 3]);
  });

  it('answers a repeated frame no sooner than the first of its kind is durable', () => {
    const { world, journal, sender } = filled(1);
    const frame = sender.frame([write(0)]);
    const answers: string[] = [];
    journal.append(frame, () => answers.push('first'));
    journal.append(frame, () => {
      answers.push('second');
      assert.deepEqual(journal.position, { epoch: 2, sequence: sender.sequence });
    });
    world.run();
    assert.deepEqual(answers, ['first', 'second']);
  });

  it('takes the rest of a frame of which it holds the beginning', () => {
    const { world, journal, sender } = filled(1);
    const whole = sender.frame([write(0), checkpoint, write(100), checkpoint]);
    const beginning = { ...whole, entries: whole.entries.slice(0, 2) };
    append(world, journal, beginning, whole);
    assert.deepEqual(offered(journal), [1, 2, 3]);
    for (const id of [2, 3]) {
      assertImage(world, journal, sender, id);
    }
  });

  it('refuses a hole, an old epoch and a new epoch that does not begin with a sync', () => {
    const { world, journal, sender } = filled(1);
    const refused = (change: object): string | undefined =>
      outcome(world, (done) => {
        journal.append({ ...sender.frames.at(-1)!, ...change }, done);
      }).error?.code;
    const before = world.datastore.fingerprint('ds');
    assert.equal(refused({ firstSequence: sender.sequence + 2 }), 'out-of-sequence');
    assert.equal(refused({ epoch: 1 }), 'wrong-epoch');
    assert.equal(refused({ epoch: 3 }), 'wrong-epoch');
    assert.equal(world.datastore.fingerprint('ds'), before);
    assert.deepEqual(journal.position, { epoch: 2, sequence: sender.sequence });
  });

  it('refuses frames that make no sense, each for its reason', () => {
    const { world, journal, sender } = filled(1);
    const good = sender.frame([write(0)]);
    const [entry] = good.entries;
    const bad: [object, RegExp][] = [
      [{ stream: 'Accounting/db2' }, /stream Accounting\/db2/],
      [{ checksum: good.checksum ^ 1 }, /checksum/],
      [{ entries: [] }, /1 to 4096 entries/],
      [{ entries: [{ ...entry, offset: 4000 }] }, /beyond disk scsi:0:0/],
      [{ entries: [{ ...entry, disk: 2 }] }, /no disk 2/],
      [{ entries: [{ ...entry, length: 0 }] }, /range/],
      [{ entries: [{ ...entry, rawOffset: 1 }] }, /beyond the frame/],
      [{ epoch: 1.5 }, /epoch/],
      [{ firstSequence: 0 }, /sequence/],
    ];
    for (const [change, message] of bad) {
      const { error } = outcome(world, (done) => {
        journal.append({ ...good, ...change }, done);
      });
      assert.equal(error?.code, 'bad-frame');
      assert.match(error.message, message);
    }
    append(world, journal, good);
  });

  it('fails with no-space, keeps what it held, and goes on when there is room again', () => {
    const { world, journal, sender } = filled(2);
    world.fault = (call, path) =>
      call === 'write' && path.endsWith('.seg') ? 'no-space' : undefined;
    const frames = [sender.frame([write(0), checkpoint]), sender.frame([write(9), checkpoint])];
    const codes: (string | undefined)[] = [];
    for (const frame of frames) journal.append(frame, (error) => codes.push(error?.code));
    world.run();
    assert.deepEqual(codes, ['no-space', 'no-space']);
    assert.deepEqual(offered(journal), [1, 2]);
    assert.equal(journal.position.sequence, sender.sequence - 4);
    world.fault = () => undefined;
    append(world, journal, ...frames);
    assert.deepEqual(offered(journal), [1, 2, 3, 4]);
    world.kill();
    world.datastore.crash(world.random);
    const next = new MemoryWorld(world.datastore);
    const again = opened(next);
    assert.equal(again.damage, undefined);
    assert.deepEqual(offered(again), [1, 2, 3, 4]);
    for (const id of [1, 2, 3, 4]) {
      assertImage(next, again, sender, id);
    }
  });

  it('answers what waits when it closes, and refuses everything afterwards', () => {
    const { world, journal, sender } = filled(1);
    const codes: (string | undefined)[] = [];
    journal.append(sender.frame([write(0)]), (error) => codes.push(error?.code));
    journal.append(sender.frame([write(0)]), (error) => codes.push(error?.code));
    const { error } = outcome(world, (done) => {
      journal.close(done);
    });
    assert.equal(error, undefined);
    assert.deepEqual(codes, [undefined, 'closed']);
    assert.equal(age(world, journal, 0)?.code, 'closed');
    assert.equal(
      codeOf(() => image(world, journal, 1)),
      'closed',
    );
  });
});

describe('journal: checkpoints', () => {
  it('offers none before the initial sync has ended', () => {
    const { world, journal, sender } = setUp();
    const [begin, data, end] = sender.resync();
    const inside = { ...sender.frame([checkpoint]), firstSequence: end!.firstSequence };
    append(world, journal, begin!, data!, inside);
    assert.equal(journal.has(1), false);
    assert.equal(journal.recoverable, false);
    assert.equal(
      codeOf(() => image(world, journal, 1)),
      'replica-incomplete',
    );
    append(world, journal, { ...end!, firstSequence: end!.firstSequence + 1 });
    assert.equal(journal.sync, undefined);
    assert.equal(journal.recoverable, false);
    append(world, journal, sender.frame([write(0), checkpoint]));
    assert.deepEqual(offered(journal), [2]);
  });

  it('is not made recoverable by a bitmap sync where an initial one was cut off', () => {
    const { world, journal, sender } = setUp();
    const [begin] = sender.resync();
    append(world, journal, begin!);
    sender.sequence = 1;
    append(world, journal, sender.frame([{ kind: 'sync-begin', sync: 'bitmap' }]));
    append(world, journal, sender.frame([{ kind: 'sync-end', sync: 'bitmap' }, checkpoint]));
    assert.equal(journal.sync, 'initial');
    assert.equal(journal.recoverable, false);
  });

  it('keeps earlier ones through a bitmap sync, and offers none inside it', () => {
    const { world, journal, sender } = filled(3);
    append(
      world,
      journal,
      sender.frame([{ kind: 'sync-begin', sync: 'bitmap' }, write(0, 4096), checkpoint]),
    );
    assert.equal(journal.sync, 'bitmap');
    assert.deepEqual(offered(journal), [1, 2, 3]);
    append(world, journal, sender.frame([{ kind: 'sync-end', sync: 'bitmap' }, checkpoint]));
    assert.deepEqual(offered(journal), [1, 2, 3, 5]);
    for (const id of [1, 2, 3, 5]) {
      assertImage(world, journal, sender, id);
    }
  });

  it('are steady runs, broken only by gaps', () => {
    const { world, journal, sender } = filled(10);
    sender.checkpoint = 20;
    sender.time = 100_000;
    append(world, journal, sender.frame([checkpoint]));
    assert.deepEqual(journal.checkpoints(), [
      { checkpoint: 1, time: 0, count: 10, step: 1, interval: 5000 },
      { checkpoint: 21, time: 100_000, count: 1, step: 0, interval: 0 },
    ]);
    assert.deepEqual(journal.oldest(), { checkpoint: 1, time: 0 });
    assert.deepEqual(journal.newest(), { checkpoint: 21, time: 100_000 });
  });
});

describe('journal: ageing', () => {
  it('keeps the newest checkpoint that is as old as the history, and gives up what is older', () => {
    const { world, journal, sender } = filled(60);
    const now = 59 * 5000;
    assert.equal(age(world, journal, now), undefined);
    assert.equal(journal.oldest()?.time, now - 120_000);
    assert.equal(journal.newest()?.time, now);
    assert.equal(journal.has(35), false);
    assert.equal(journal.has(36), true);
    for (const id of offered(journal)) {
      assertImage(world, journal, sender, id);
    }
  });

  it('gives up at once what is too old, and promotes it when enough has gathered or some time later', () => {
    const { world, journal, sender } = filled(60, undefined, 2 ** 20);
    const now = 59 * 5000;
    const before = journal.bytes;
    assert.equal(age(world, journal, now), undefined);
    assert.equal(journal.oldest()?.time, now - 120_000);
    assert.equal(journal.bytes, before, 'a few kilobytes are not worth a promotion');
    for (const id of offered(journal)) assertImage(world, journal, sender, id);
    const refused = outcome(world, (done) => {
      journal.openImage(35, { scratchFolder: 'ds/scratch' }, done);
    });
    assert.equal(refused.error?.code, 'checkpoint-aged-out');

    assert.equal(age(world, journal, now + 60_000), undefined);
    assert.ok(journal.bytes < before);
    assert.equal(journal.oldest()?.time, now - 60_000);
    for (const id of offered(journal)) assertImage(world, journal, sender, id);
  });

  it('removes segments that are wholly promoted, and bytes shrinks', () => {
    const { world, journal } = filled(100);
    const before = journal.bytes;
    const segments = world.datastore.paths('ds/journal').length;
    age(world, journal, 99 * 5000);
    assert.ok(world.datastore.paths('ds/journal').length < segments);
    assert.ok(journal.bytes < before);
    const stored = world.datastore
      .paths('ds/journal')
      .filter((path) => path.endsWith('.seg'))
      .reduce((sum, path) => sum + world.datastore.file(path).current.length, 0);
    assert.equal(journal.bytes, stored);
  });

  it('promotes what lies between two checkpoints, in one piece or in several', () => {
    for (const frames of [4, 64]) {
      const { world, journal, sender } = filled(2);
      // A quarter of a megabyte each: seventeen megabytes are more than a step keeps in memory.
      const writes = Array.from({ length: 100 }, (_, at) => write((at * 97) % 1400, 2600, at % 2));
      for (let count = 0; count < frames; count += 1) append(world, journal, sender.frame(writes));
      append(world, journal, sender.frame([checkpoint]));
      assert.equal(age(world, journal, 1e12), undefined);
      assert.deepEqual(offered(journal), [3]);
      assertImage(world, journal, sender, 3);
    }
  }).timeout(60_000);

  it('OUT-9: never gives up the newest checkpoint, however old it is', () => {
    const { world, journal, sender } = filled(20);
    append(world, journal, sender.frame([write(0, 4096)]));
    age(world, journal, 1e12);
    assert.deepEqual(offered(journal), [20]);
    assertImage(world, journal, sender, 20);
  });

  it('never rests inside a sync', () => {
    const { world, journal, sender } = filled(20);
    sender.time = 200_000;
    append(world, journal, sender.frame([{ kind: 'sync-begin', sync: 'bitmap' }, write(0, 4096)]));
    age(world, journal, 1e12);
    assert.deepEqual(offered(journal), [20]);
    assertImage(world, journal, sender, 20);
    append(world, journal, sender.frame([{ kind: 'sync-end', sync: 'bitmap' }, checkpoint]));
    age(world, journal, 1e12);
    assert.deepEqual(offered(journal), [21]);
    assertImage(world, journal, sender, 21);
  });

  it('stops at an open image, and goes on when it is closed', () => {
    const { world, journal, sender } = filled(30);
    const opened = image(world, journal, 10);
    age(world, journal, 1e12);
    assert.equal(journal.oldest()?.checkpoint, 10);
    const disks = [0, 1].map((disk) => read(world, opened, disk));
    assert.deepEqual(
      disks,
      sender.images.get(10)!.map((bytes) => Buffer.from(bytes)),
    );
    outcome(world, (done) => {
      opened.close(done);
    });
    age(world, journal, 1e12);
    assert.equal(journal.oldest()?.checkpoint, 30);
  });

  it('does nothing twice: without news it touches no file', () => {
    const { world, journal } = filled(30);
    age(world, journal, 100_000);
    const before = { ...world.calls };
    assert.equal(age(world, journal, 100_000), undefined);
    assert.deepEqual(world.calls, before);
  });

  it('takes a shorter history over', () => {
    const { world, journal } = filled(30, 1e9);
    age(world, journal, 145_000);
    assert.equal(journal.oldest()?.checkpoint, 1);
    journal.configure({ history: 50_000 });
    age(world, journal, 145_000);
    assert.equal(journal.oldest()?.time, 95_000);
  });

  it('gives history up early, oldest first, above the hard limit', () => {
    const { world, journal, sender } = filled(100, 1_920_000);
    const limit = Math.floor(journal.bytes / 2);
    journal.configure({ history: 1e9, hardLimit: limit });
    age(world, journal, 500_000);
    assert.ok(journal.bytes <= limit);
    assert.ok(offered(journal).length >= 36);
    assert.equal(journal.newest()?.checkpoint, 100);
    const [oldest = 0] = offered(journal);
    assertImage(world, journal, sender, oldest);
  });

  it('keeps the newest checkpoint whatever the hard limit', () => {
    const { world, journal } = filled(40, 1_920_000);
    journal.configure({ history: 1e9, hardLimit: 1 });
    age(world, journal, 0);
    assert.equal(journal.newest()?.checkpoint, 40);
    const segments = world.datastore.paths('ds/journal').filter((path) => path.endsWith('.seg'));
    assert.equal(segments.length, 1);
  });

  it('promotes an initial sync while it runs, because nothing could be recovered anyway', () => {
    const { world, journal, sender } = setUp();
    for (const frame of sender.resync()) {
      append(world, journal, frame);
      age(world, journal, 0);
    }
    const [replica] = world.datastore.paths('ds/replica');
    assert.deepEqual(
      Buffer.from(world.datastore.file(replica!).current),
      Buffer.from(sender.disks[0]!),
    );
    append(world, journal, sender.frame([write(0), checkpoint]));
    assertImage(world, journal, sender, 1);
  });

  it('reports a datastore that fails, offers nothing false, and does it again later', () => {
    for (const call of ['write', 'sync'] as const) {
      const { world, journal, sender } = filled(30);
      world.fault = (each, path) =>
        each === call && path.includes('replica') ? 'input-output' : undefined;
      assert.equal(age(world, journal, 200_000)?.code, 'storage-failed');
      world.fault = () => undefined;
      for (const id of offered(journal)) {
        assertImage(world, journal, sender, id);
      }
      assert.equal(age(world, journal, 200_000), undefined);
      for (const id of offered(journal)) {
        assertImage(world, journal, sender, id);
      }
    }
  });
});

describe('journal: images', () => {
  it('OUT-12: writing to an image changes neither the journal nor the replica disks', () => {
    const { world, journal, sender } = filled(30);
    age(world, journal, 140_000);
    const opened = image(world, journal, 20);
    const before = [
      world.datastore.fingerprint('ds/journal'),
      world.datastore.fingerprint('ds/replica'),
    ];
    const noise = bytesPayload(new Uint8Array(1000).fill(0xee));
    const { error } = outcome(world, (done) => {
      opened.write(0, 500, noise, done);
    });
    assert.equal(error, undefined);
    const expected = Buffer.from(sender.images.get(20)![0]!);
    expected.fill(0xee, 500, 1500);
    assert.deepEqual(read(world, opened, 0), expected);
    assert.deepEqual(
      [world.datastore.fingerprint('ds/journal'), world.datastore.fingerprint('ds/replica')],
      before,
    );
    assertImage(world, journal, sender, 21);
    outcome(world, (done) => {
      opened.close(done);
    });
    assert.deepEqual(world.datastore.paths('ds/scratch-20'), []);
    assertImage(world, journal, sender, 20);
  });

  it('is closed without harm where only a later disk was written to', () => {
    const { world, journal } = filled(30);
    const opened = image(world, journal, 20);
    const { error } = outcome(world, (done) => {
      opened.write(1, 0, bytesPayload(new Uint8Array(1000).fill(0xee)), done);
    });
    assert.equal(error, undefined);
    const closed = outcome(world, (done) => {
      opened.close(done);
    });
    assert.equal(closed.error, undefined);
    assert.deepEqual(world.datastore.paths('ds/scratch-20'), []);
  });

  it('counts a rewritten block once, and is full at its scratch limit with nothing written', () => {
    const { world, journal, sender } = filled(3);
    const opened = image(world, journal, 3, 1000);
    const put = (offset: number, length: number): string | undefined =>
      outcome(world, (done) => {
        opened.write(0, offset, bytesPayload(new Uint8Array(length).fill(7)), done);
      }).error?.code;
    assert.equal(put(0, 600), undefined);
    assert.equal(put(300, 600), undefined);
    assert.equal(opened.scratchBytes, 900);
    assert.equal(put(0, 900), undefined);
    assert.equal(opened.scratchBytes, 900);
    assert.equal(put(900, 101), 'scratch-full');
    assert.equal(opened.scratchBytes, 900);
    const expected = Buffer.from(sender.images.get(3)![0]!).fill(7, 0, 900);
    assert.deepEqual(read(world, opened, 0), expected);
    assert.equal(put(900, 100), undefined);
  });

  it('two at different checkpoints do not see each other', () => {
    const { world, journal, sender } = filled(10);
    const first = image(world, journal, 4);
    const second = image(world, journal, 8);
    outcome(world, (done) => {
      first.write(1, 0, bytesPayload(new Uint8Array(4096).fill(1)), done);
    });
    assert.deepEqual(read(world, second, 1), Buffer.from(sender.images.get(8)![1]!));
    assert.deepEqual(read(world, first, 1), Buffer.alloc(4096, 1));
  });

  it('stays as it was while the journal grows and promotes beside it', () => {
    const { world, journal, sender } = filled(40);
    const opened = image(world, journal, 30);
    // Looks some regions up before what they point to is promoted away.
    read(world, opened, 0, 0, 100);
    for (let count = 40; count < 80; count += 1) {
      sender.time = count * 5000;
      append(
        world,
        journal,
        sender.frame([write((count * 97) % 3000, 900, count % 2), checkpoint]),
      );
      age(world, journal, sender.time);
    }
    for (const disk of [0, 1]) {
      assert.deepEqual(read(world, opened, disk), Buffer.from(sender.images.get(30)![disk]!));
    }
  });

  it('OUT-8: a checkpoint that has aged out is refused as such, an unknown one as unknown', () => {
    const { world, journal } = filled(60);
    age(world, journal, 295_000);
    assert.equal(
      codeOf(() => image(world, journal, 2)),
      'checkpoint-aged-out',
    );
    assert.equal(
      codeOf(() => image(world, journal, 35)),
      'checkpoint-aged-out',
    );
    assert.equal(
      codeOf(() => image(world, journal, 61)),
      'checkpoint-unknown',
    );
    assert.equal(
      codeOf(() => image(world, journal, 60)),
      undefined,
    );
  });

  it('refuses what lies beyond a disk, and everything once it is closed', () => {
    const { world, journal } = filled(2);
    const opened = image(world, journal, 1);
    assert.equal(
      codeOf(() => read(world, opened, 0, 4000, 200)),
      'out-of-range',
    );
    assert.equal(
      codeOf(() => read(world, opened, 2, 0, 1)),
      'out-of-range',
    );
    outcome(world, (done) => {
      opened.close(done);
    });
    assert.equal(
      codeOf(() => read(world, opened, 0, 0, 1)),
      'closed',
    );
  });
});
