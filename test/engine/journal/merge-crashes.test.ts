/**
 * A commit writes what an image holds over the replica disks: a crash anywhere in it, and again while it is
 * repeated, leaves the checkpoint with all that was written to the image, or, before the merge began, with none.
 */
import assert from 'node:assert/strict';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import type { Image, Journal } from '../../../src/engine/journal/journal.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import { append, DISKS, journalOptions, opened, outcome, Sender } from './shadow.ts';

const scratchFolder = 'ds/scratch';
/** What the recovered VM writes: some of it where the journal writes as well, some of it beside. */
const writes = [
  { disk: 0, offset: 100, length: 900 },
  { disk: 0, offset: 2100, length: 50 },
  { disk: 1, offset: 0, length: 600 },
  { disk: 1, offset: 3000, length: 1000 },
].map((range, index) => ({ ...range, bytes: new Uint8Array(range.length).fill(0xa0 + index) }));

/** A journal with a checkpoint and frames behind it, of which everything is still to be promoted. */
function prepared(datastore: MemoryDatastore): { readonly sender: Sender; readonly at: number } {
  const sender = new Sender();
  const world = new MemoryWorld(datastore);
  const journal = opened(world);
  append(world, journal, ...sender.resync(), sender.frame([{ kind: 'checkpoint' }]));
  for (let count = 0; count < 6; count += 1) {
    sender.time += 1000;
    const offset = (count * 331) % 3000;
    const write = { kind: 'write', disk: count % 2, offset, length: 700 } as const;
    append(world, journal, sender.frame([write, { kind: 'checkpoint' }]));
  }
  world.kill();
  datastore.crash(createRandom(0));
  return { sender, at: sender.checkpoint - 2 };
}

/** Opens the image and writes to it, as a recovered VM does. */
function recover(world: MemoryWorld, at: number, then: () => void): void {
  openJournal(world, journalOptions(), (failure, journal) => {
    if (journal === undefined) throw failure ?? new Error('no journal');
    journal.openImage(at, { scratchFolder }, (refusal, image) => {
      if (image === undefined) throw refusal ?? new Error('no image');
      let left = writes.length;
      for (const { disk, offset, bytes } of writes) {
        image.write(disk, offset, bytesPayload(bytes), (error) => {
          if (error !== undefined) throw error;
          left -= 1;
          if (left === 0) commit(journal, image, then);
        });
      }
    });
  });
}

function commit(journal: Journal, image: Image, then: () => void): void {
  journal.promote(image, (unpromoted) => {
    if (unpromoted !== undefined) throw unpromoted;
    image.merge((unmerged) => {
      if (unmerged !== undefined) throw unmerged;
      then();
    });
  });
}

/** What a VRA does when it is asked again after a crash. */
function repeat(world: MemoryWorld, at: number, then: () => void): void {
  openJournal(world, journalOptions(), (failure, journal) => {
    if (journal === undefined) throw failure ?? new Error('no journal');
    journal.openImage(at, { scratchFolder }, (refusal, image) => {
      if (image === undefined) throw refusal ?? new Error('no image');
      commit(journal, image, then);
    });
  });
}

/** The replica disks after everything: the checkpoint, with or without what was written to the image. */
function outcomeOf(datastore: MemoryDatastore, sender: Sender, at: number): 'all' | 'none' {
  const without = sender.images.get(at)?.map((disk) => Buffer.from(disk)) ?? [];
  const all = without.map((disk) => Buffer.from(disk));
  for (const { disk, offset, bytes } of writes) all[disk]?.set(bytes, offset);
  const disks = DISKS.map(({ name }) =>
    Buffer.from(datastore.file(`ds/replica/${name}.replica`).current),
  );
  const equal = (expected: Buffer[]): boolean =>
    disks.every((disk, index) => disk.equals(expected[index] ?? Buffer.alloc(0)));
  if (equal(all)) return 'all';
  assert.ok(equal(without), 'the disks are neither the checkpoint nor all that was written since');
  return 'none';
}

function crash(world: MemoryWorld, datastore: MemoryDatastore, luck: number): void {
  world.kill();
  datastore.crash(createRandom(luck));
}

describe('the merge of an image', () => {
  it('is repeated from the same bytes after a crash at any event of it', () => {
    let lost = 0;
    let kept = 0;
    for (let events = 0, finished = false; !finished; events += 1) {
      for (const luck of [1, 2, 3]) {
        const datastore = new MemoryDatastore();
        const { sender, at } = prepared(datastore);
        const world = new MemoryWorld(datastore);
        const done: true[] = [];
        recover(world, at, () => {
          done.push(true);
        });
        world.run(events);
        finished = done.length > 0;
        crash(world, datastore, events * 10 + luck);
        if (finished) {
          // What opens the journal next leaves alone what has become of the disks.
          const only = new MemoryWorld(datastore);
          opened(only);
          crash(only, datastore, luck);
          assert.equal(outcomeOf(datastore, sender, at), 'all');
        }
        const next = new MemoryWorld(datastore);
        const repeated: true[] = [];
        repeat(next, at, () => {
          repeated.push(true);
        });
        next.run();
        assert.deepEqual(repeated, [true], 'the repeat came to no end');
        crash(next, datastore, luck);
        if (outcomeOf(datastore, sender, at) === 'all') kept += 1;
        else lost += 1;
      }
    }
    assert.ok(lost > 20 && kept > 20, `${lost} without, ${kept} with what was written`);
  });

  it('once it has begun keeps all, through further crashes of its repeat', () => {
    let begun = 0;
    const ended: true[] = [];
    for (let events = 0; ended.length === 0; events += 1) {
      for (let second = 0; second < 60; second += 4) {
        const datastore = new MemoryDatastore();
        const { sender, at } = prepared(datastore);
        const world = new MemoryWorld(datastore);
        recover(world, at, () => {
          ended.push(true);
        });
        world.run(events);
        // Nothing is merged before there is a second copy of the plan, and everything from then on.
        const hasBegun = datastore.files.has(`${scratchFolder}/merge-2`);
        if (!hasBegun) break;
        begun += 1;
        crash(world, datastore, events);
        const again = new MemoryWorld(datastore);
        repeat(again, at, () => undefined);
        again.run(second);
        crash(again, datastore, second);
        const last = new MemoryWorld(datastore);
        repeat(last, at, () => undefined);
        last.run();
        crash(last, datastore, 7);
        const what = outcomeOf(datastore, sender, at);
        assert.equal(what, 'all', `crashes after ${events} and ${second} events`);
      }
    }
    assert.ok(begun > 100, `${begun} crashes`);
  });

  it('tells a plan that was damaged from one that was never made', () => {
    const datastore = new MemoryDatastore();
    const { at } = prepared(datastore);
    const world = new MemoryWorld(datastore);
    recover(world, at, () => undefined);
    world.run();
    world.kill();
    const reopened = (): ReturnType<typeof outcome<Image>> => {
      const next = new MemoryWorld(datastore);
      const journal = opened(next);
      const answer = outcome<Image>(next, (done) => {
        journal.openImage(at, { scratchFolder }, done);
      });
      next.kill();
      return answer;
    };
    datastore.damage(`${scratchFolder}/merge-1`, 20);
    assert.equal(reopened().value?.scratchBytes, 900 + 50 + 600 + 1000, 'the other copy counts');
    datastore.damage(`${scratchFolder}/merge-2`, 20);
    assert.equal(reopened().error?.code, 'corrupt');
  });

  it('takes other files for a scratch of which a sync failed', () => {
    const datastore = new MemoryDatastore();
    const { sender, at } = prepared(datastore);
    const world = new MemoryWorld(datastore);
    let failures = 1;
    world.fault = (call, path) =>
      call === 'sync' && path.endsWith('.scratch') && failures-- > 0 ? 'input-output' : undefined;
    const journal = opened(world);
    const { value: image } = outcome<Image>(world, (done) => {
      journal.openImage(at, { scratchFolder }, done);
    });
    assert.ok(image);
    for (const { disk, offset, bytes } of writes) {
      outcome(world, (done) => {
        image.write(disk, offset, bytesPayload(bytes), done);
      });
    }
    const merge = (): string | undefined =>
      outcome(world, (done) => {
        image.merge(done);
      }).error?.code;
    outcome(world, (done) => {
      journal.promote(image, done);
    });
    assert.equal(merge(), 'storage-failed');
    const refused = outcome(world, (done) => {
      image.write(0, 0, bytesPayload(new Uint8Array(1)), done);
    });
    assert.equal(refused.error?.code, 'closed');
    assert.equal(merge(), undefined);
    assert.ok(datastore.files.has(`${scratchFolder}/disk-0-1.scratch`));
    crash(world, datastore, 3);
    const next = new MemoryWorld(datastore);
    repeat(next, at, () => undefined);
    next.run();
    assert.equal(outcomeOf(datastore, sender, at), 'all');
  });
});
