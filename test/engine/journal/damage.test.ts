import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Journal, JournalError } from '../../../src/engine/journal/journal.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import {
  age,
  append,
  assertImage,
  image,
  offered,
  opened,
  outcome,
  read,
  Sender,
} from './shadow.ts';

interface Setting {
  readonly datastore: MemoryDatastore;
  readonly world: MemoryWorld;
  readonly journal: Journal;
  readonly sender: Sender;
}

function filled(checkpoints: number): Setting {
  const datastore = new MemoryDatastore();
  const world = new MemoryWorld(datastore);
  const journal = opened(world);
  const sender = new Sender();
  append(world, journal, ...sender.resync());
  for (let count = 0; count < checkpoints; count += 1) {
    sender.time = count * 5000;
    const offset = (count * 160) % 3500;
    append(
      world,
      journal,
      sender.frame([
        { kind: 'write', disk: count % 2, offset, length: 300 },
        { kind: 'checkpoint' },
      ]),
    );
  }
  return { datastore, world, journal, sender };
}

function reopened({ datastore, world }: Setting): { world: MemoryWorld; journal: Journal } {
  world.kill();
  const next = new MemoryWorld(datastore);
  return { world: next, journal: opened(next) };
}

const segment = (id: number): string => `ds/journal/0000000${id}.seg`;

function assertAll(world: MemoryWorld, journal: Journal, sender: Sender): void {
  for (const id of offered(journal)) assertImage(world, journal, sender, id);
}

describe('journal: damage', () => {
  it('in the middle of the newest segment is reported with its place, and what is before is kept', () => {
    const setting = filled(8);
    const { datastore, sender } = setting;
    datastore.damage(segment(1), Math.floor(datastore.file(segment(1)).current.length / 2) + 4500);
    const { world, journal } = reopened(setting);
    assert.equal(journal.damage?.code, 'corrupt');
    assert.match(journal.damage.message, /00000001\.seg: damaged at offset \d+/);
    const ids = offered(journal);
    assert.ok(ids.length > 0 && ids.length < 8, `${ids.length} are left`);
    assert.deepEqual(journal.position, { epoch: 0, sequence: 0 });
    assertAll(world, journal, sender);
  });

  it('is healed by a new epoch with a full sync, and by nothing else', () => {
    const setting = filled(8);
    const { datastore, sender } = setting;
    datastore.damage(segment(1), datastore.file(segment(1)).current.length - 700);
    const { world, journal } = reopened(setting);
    const before = offered(journal);
    const codeOf = (frame: Parameters<Journal['append']>[0]): string | undefined =>
      outcome(world, (done) => {
        journal.append(frame, done);
      }).error?.code;
    assert.equal(codeOf(sender.frame([{ kind: 'checkpoint' }])), 'corrupt');
    const bitmap = sender.frame([{ kind: 'sync-begin', sync: 'bitmap' }]);
    assert.equal(codeOf({ ...bitmap, epoch: 3 }), 'corrupt');
    append(world, journal, ...sender.resync());
    assert.equal(journal.damage, undefined);
    sender.time += 5000;
    append(world, journal, sender.frame([{ kind: 'checkpoint' }]));
    assert.deepEqual(offered(journal), [...before, sender.checkpoint]);
    assertAll(world, journal, sender);
    const again = reopened({ ...setting, world });
    assert.equal(again.journal.damage, undefined);
    assert.deepEqual(offered(again.journal), [...before, sender.checkpoint]);
    assertAll(again.world, again.journal, sender);
    age(again.world, again.journal, 1e12);
    assert.deepEqual(offered(again.journal), [sender.checkpoint]);
    assertAll(again.world, again.journal, sender);
  });

  it('that takes the checkpoint of an image keeps it from being promoted, however often that is tried', () => {
    const { datastore, world, journal, sender } = filled(8);
    const newest = image(world, journal, sender.checkpoint);
    datastore.damage(segment(1), Math.floor(datastore.file(segment(1)).current.length / 2) + 4500);
    for (let attempt = 0; attempt < 3; attempt++) {
      const { error } = outcome(world, (done) => {
        journal.promote(newest, done);
      });
      assert.equal(error?.code, 'corrupt');
    }
  });

  it('of a torn tail is none: it is cut off', () => {
    const setting = filled(8);
    const { datastore, sender } = setting;
    const file = datastore.file(segment(1));
    file.current = file.current.slice(0, -100);
    file.durable = file.current.slice();
    const { world, journal } = reopened(setting);
    assert.equal(journal.damage, undefined);
    assert.deepEqual(offered(journal), [1, 2, 3, 4, 5, 6, 7]);
    append(world, journal, sender.frames.at(-1)!);
    assert.deepEqual(offered(journal), [1, 2, 3, 4, 5, 6, 7, 8]);
    assertAll(world, journal, sender);
  });

  it('met by an image is never served: the read fails with file and offset, later checkpoints go', () => {
    const { datastore, world, journal, sender } = filled(30);
    const opened30 = image(world, journal, 30);
    // In a segment that has its footer already.
    datastore.damage(segment(1), 3000 + 9000);
    let failure: JournalError | undefined;
    for (const disk of [0, 1]) {
      try {
        read(world, opened30, disk);
      } catch (error) {
        failure = error as JournalError;
      }
    }
    assert.equal(failure?.code, 'corrupt');
    assert.match(failure.message, /00000001\.seg: damaged at offset/);
    assert.equal(journal.damage?.code, 'corrupt');
    assert.equal(journal.has(30), false);
    assert.ok(offered(journal).length > 0);
    assertAll(world, journal, sender);
  });

  it('of a piece is found by whoever reads that piece, and serves nobody else anything wrong', () => {
    const datastore = new MemoryDatastore();
    const world = new MemoryWorld(datastore);
    const sender = new Sender();
    const journal = opened(world);
    append(world, journal, ...sender.resync());
    const writes = [0, 1, 2, 3].map((at) => ({
      kind: 'write' as const,
      disk: 0,
      offset: at * 1000,
      length: 100,
    }));
    append(world, journal, sender.frame([...writes, { kind: 'checkpoint' }]));
    const size = datastore.file(segment(1)).current.length;
    assert.equal(sender.frames.at(-1)?.pieces?.length, 4);
    // Each write is a piece of its own, and the last 400 bytes of the file are all four.
    datastore.damage(segment(1), size - 400 + 250);
    const disks = image(world, journal, 1);
    const expected = sender.images.get(1)![0]!;
    for (const at of [0, 1, 3]) {
      const found = read(world, disks, 0, at * 1000, 100);
      assert.ok(found.equals(expected.subarray(at * 1000, at * 1000 + 100)));
    }
    assert.throws(
      () => read(world, disks, 0, 2000, 100),
      /00000001\.seg: damaged at offset \d+: a piece of the data fails its checksum/,
    );
    assert.throws(() => read(world, disks, 0, 1950, 100), /damaged at offset/);
  });

  it('met by ageing stops it at a checkpoint that can still be served', () => {
    const { datastore, world, journal, sender } = filled(40);
    datastore.damage(segment(2), 400);
    assert.equal(age(world, journal, 1e12)?.code, 'corrupt');
    const ids = offered(journal);
    assert.ok(ids.length > 0);
    assertAll(world, journal, sender);
    assert.equal(age(world, journal, 1e12), undefined);
    assert.deepEqual(offered(journal), ids.slice(-1));
    assertAll(world, journal, sender);
  });

  it('of a footer costs nothing but a scan', () => {
    const setting = filled(30);
    const { datastore, sender } = setting;
    for (let back = 1; back < 700; back += 37) {
      datastore.damage(segment(1), datastore.file(segment(1)).current.length - back);
    }
    const { world, journal } = reopened(setting);
    assert.equal(journal.damage, undefined);
    assert.equal(offered(journal).length, 30);
    assertAll(world, journal, sender);
  });

  it('of one slot of the watermark is mended by the other', () => {
    const setting = filled(40);
    age(setting.world, setting.journal, 160_000);
    const { datastore, sender } = setting;
    datastore.damage('ds/journal/watermark', 30);
    const { world, journal } = reopened(setting);
    assertAll(world, journal, sender);
    assert.ok(journal.recoverable);
  });

  it('of both slots of the watermark leaves nothing to be trusted, until all has come anew', () => {
    const setting = filled(40);
    age(setting.world, setting.journal, 160_000);
    const { datastore, sender } = setting;
    datastore.damage('ds/journal/watermark', 30, () => 0xff);
    datastore.damage('ds/journal/watermark', 4096 + 30, () => 0xff);
    // As often as it is opened before the healing begins.
    let setUp = reopened(setting);
    setUp = reopened({ ...setting, ...setUp });
    const { world, journal } = setUp;
    assert.equal(journal.damage?.code, 'corrupt');
    assert.match(journal.damage.message, /watermark/);
    assert.deepEqual(offered(journal), []);
    assert.deepEqual(journal.position, { epoch: 0, sequence: 0 });
    append(world, journal, ...sender.resync());
    sender.time += 5000;
    append(world, journal, sender.frame([{ kind: 'checkpoint' }]));
    assert.equal(journal.damage, undefined);
    assert.deepEqual(offered(journal), [sender.checkpoint]);
    age(world, journal, 1e12);
    assertAll(world, journal, sender);
    const again = reopened({ ...setting, world, journal });
    assert.deepEqual(offered(again.journal), [sender.checkpoint]);
    assertAll(again.world, again.journal, sender);
  });

  it('of a missing segment is found, and nothing behind it is offered', () => {
    const setting = filled(60);
    const { datastore, sender } = setting;
    datastore.files.delete(segment(3));
    const { world, journal } = reopened(setting);
    assert.equal(journal.damage?.code, 'corrupt');
    assert.equal(offered(journal).at(-1), 24);
    assertAll(world, journal, sender);
  });

  it('anywhere is never served: every image offered is right, whatever byte changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.nat(), fc.boolean(), (id, at, restart) => {
        const setting = filled(30);
        const { datastore, sender } = setting;
        const path = segment(id);
        datastore.damage(path, at % datastore.file(path).current.length);
        const { world, journal } = restart ? reopened(setting) : setting;
        for (const checkpoint of offered(journal)) {
          try {
            assertImage(world, journal, sender, checkpoint);
          } catch (error) {
            // Refused, or failed: but never wrong.
            const { code } = error as { code?: string };
            assert.equal(code, 'corrupt', String(error));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
