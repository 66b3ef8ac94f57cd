import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Frame } from '../../../src/engine/journal/frame.ts';
import type { Image, Journal } from '../../../src/engine/journal/journal.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import { age, append, assertImage, journalOptions, offered, opened, Sender } from './shadow.ts';
import type { Step } from './shadow.ts';

type Act =
  | { readonly kind: 'append'; readonly frame: Frame }
  | { readonly kind: 'age'; readonly now: number }
  | { readonly kind: 'image'; readonly checkpoint: number };

/** What was promised to the outside before the crash. */
interface Promised {
  epoch: number;
  sequence: number;
  checkpoint: number;
}

/** Appends, ages and opens images one after the other, as fast as the answers come. */
function play(world: MemoryWorld, acts: readonly Act[], promised: Promised): void {
  openJournal(world, journalOptions(), (failure, journal) => {
    if (journal === undefined) throw failure ?? new Error('no journal');
    const next = (index: number): void => {
      const act = acts[index];
      const go = (): void => {
        next(index + 1);
      };
      if (act === undefined) return;
      if (act.kind === 'append') {
        const { frame } = act;
        journal.append(frame, (error) => {
          if (error !== undefined) throw error;
          const sequence = frame.firstSequence + frame.entries.length - 1;
          const known = frame.epoch === promised.epoch ? promised.sequence : 0;
          promised.epoch = frame.epoch;
          promised.sequence = Math.max(sequence, known);
          for (const entry of frame.entries) {
            if (entry.kind !== 'checkpoint') continue;
            promised.checkpoint = Math.max(promised.checkpoint, entry.checkpoint);
          }
        });
        // Some go out together, so that groups of several frames are torn as well.
        if (index % 3 === 0) world.clock.after(0, go);
        else go();
      } else if (act.kind === 'age') {
        journal.age(act.now, go);
      } else {
        open(journal, act.checkpoint, go);
      }
    };
    next(0);
  });
}

function open(journal: Journal, checkpoint: number, go: () => void): void {
  journal.openImage(checkpoint, { scratchFolder: 'ds/scratch' }, (_, image: Image | undefined) => {
    if (image === undefined) go();
    else
      image.read(0, 0, 4096, () => {
        image.close(go);
      });
  });
}

function script(): { readonly sender: Sender; readonly acts: Act[] } {
  const sender = new Sender();
  const acts: Act[] = sender.resync().map((frame) => ({ kind: 'append', frame }));
  for (let count = 0; count < 26; count += 1) {
    sender.time = count * 10_000;
    const disk = count % 2;
    const steps: Step[] = [
      { kind: 'write', disk, offset: (count * 331) % 3000, length: 700 },
      count % 5 === 0
        ? { kind: 'zero', disk, offset: (count * 97) % 3000, length: 1000 }
        : { kind: 'write', disk: 0, offset: (count * 53) % 4000, length: 64 },
    ];
    acts.push({ kind: 'append', frame: sender.frame(steps) });
    if (count === 13) {
      acts.push({
        kind: 'append',
        frame: sender.frame([
          { kind: 'sync-begin', sync: 'bitmap' },
          { kind: 'write', disk: 1, offset: 0, length: 2000 },
        ]),
      });
      acts.push({ kind: 'append', frame: sender.frame([{ kind: 'sync-end', sync: 'bitmap' }]) });
    }
    acts.push({ kind: 'append', frame: sender.frame([{ kind: 'checkpoint' }]) });
    if (count % 4 === 3) acts.push({ kind: 'age', now: sender.time });
    if (count % 8 === 7) acts.push({ kind: 'image', checkpoint: count - 3 });
  }
  acts.push({ kind: 'age', now: sender.time });
  return { sender, acts };
}

/** Everything acknowledged is there, and every checkpoint offered is what the disks were. */
function verify(world: MemoryWorld, journal: Journal, sender: Sender, promised: Promised): void {
  assert.equal(journal.damage, undefined);
  const { epoch, sequence } = journal.position;
  const behind =
    epoch > promised.epoch || (epoch === promised.epoch && sequence >= promised.sequence);
  assert.ok(
    behind,
    `acknowledged ${promised.epoch}/${promised.sequence}, holds ${epoch}/${sequence}`,
  );
  const ids = offered(journal);
  for (const id of ids) {
    assertImage(world, journal, sender, id);
  }
  // The newest checkpoint that was acknowledged, or a newer one, is the last thing given up.
  assert.ok((ids.at(-1) ?? 0) >= promised.checkpoint, `checkpoint ${promised.checkpoint} is gone`);
}

describe('journal: crashes', () => {
  it('at every event of a scripted life leave all that was acknowledged and nothing false', () => {
    let events = 0;
    for (; ; events += 1) {
      const { sender, acts } = script();
      const datastore = new MemoryDatastore();
      const world = new MemoryWorld(datastore);
      const promised = { epoch: 0, sequence: 0, checkpoint: 0 };
      play(world, acts, promised);
      world.run(events);
      const finished = world.idle;
      world.kill();
      datastore.crash(createRandom(events));
      const next = new MemoryWorld(datastore);
      const journal = opened(next);
      verify(next, journal, sender, promised);
      if (events % 7 === 0) goOn(next, journal, sender);
      if (finished) break;
    }
    assert.ok(events > 150, `only ${events} events`);
  });

  it('again and again, between random writes, syncs, checkpoints and ageing, lose nothing', () => {
    const range = fc.record({
      disk: fc.nat(1),
      offset: fc.nat(4000),
      length: fc.integer({ min: 1, max: 96 }),
    });
    const step = fc.oneof(
      { weight: 5, arbitrary: range.map((r): Step => ({ kind: 'write', ...r })) },
      { weight: 1, arbitrary: range.map((r): Step => ({ kind: 'zero', ...r })) },
      { weight: 3, arbitrary: fc.constant<Step>({ kind: 'checkpoint' }) },
    );
    const life = fc.record({
      frames: fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 25 }),
      ages: fc.integer({ min: 1, max: 6 }),
      pause: fc.integer({ min: 1000, max: 40_000 }),
      events: fc.nat(150),
      resync: fc.boolean(),
      luck: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 5 }), (lives) => {
        const datastore = new MemoryDatastore();
        const sender = new Sender();
        const promised = { epoch: 0, sequence: 0, checkpoint: 0 };
        for (const { frames, ages, pause, events, resync, luck } of lives) {
          const world = new MemoryWorld(datastore);
          const acts: Act[] = [];
          const add = (frame: Frame): void => {
            acts.push({ kind: 'append', frame });
          };
          if (resync || sender.epoch === 1) sender.resync().forEach(add);
          else sender.frames.filter((frame) => frame.epoch === sender.epoch).forEach(add);
          for (const [index, steps] of frames.entries()) {
            sender.time += pause;
            add(sender.frame(steps));
            if (index % ages === 0) acts.push({ kind: 'age', now: sender.time });
          }
          play(world, acts, promised);
          world.run(events);
          world.kill();
          datastore.crash(createRandom(luck));
          const next = new MemoryWorld(datastore);
          const journal = opened(next);
          verify(next, journal, sender, promised);
          promised.epoch = journal.position.epoch;
          promised.sequence = journal.position.sequence;
          next.kill();
          datastore.crash(createRandom(luck + 1));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('of the process alone: what reached the datastore unacknowledged is made durable on opening', () => {
    const { acts } = script();
    const datastore = new MemoryDatastore();
    const world = new MemoryWorld(datastore);
    play(world, acts.slice(0, 12), { epoch: 0, sequence: 0, checkpoint: 0 });
    world.run();
    world.kill();
    const journal = opened(new MemoryWorld(datastore));
    const { position } = journal;
    for (const path of datastore.paths('ds/journal')) {
      assert.deepEqual(datastore.file(path).pending, []);
      assert.equal(datastore.file(path).entryDurable, true);
    }
    datastore.crash(createRandom(5));
    assert.deepEqual(opened(new MemoryWorld(datastore)).position, position);
  });
});

/** The journal is not only readable after a crash, it also goes on. */
function goOn(world: MemoryWorld, journal: Journal, sender: Sender): void {
  append(world, journal, ...sender.resync());
  sender.time += 10_000;
  append(
    world,
    journal,
    sender.frame([{ kind: 'write', disk: 1, offset: 9, length: 99 }, { kind: 'checkpoint' }]),
  );
  age(world, journal, sender.time);
  const ids = offered(journal);
  assert.equal(ids.at(-1), sender.checkpoint);
  for (const id of ids) {
    assertImage(world, journal, sender, id);
  }
}
