import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Journal } from '../../../src/engine/journal/journal.ts';
import {
  decodeSummary,
  SEGMENT_SUMMARY_BYTES,
  segmentId,
} from '../../../src/engine/journal/segment-codec.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import { ItemStretch, MemoryGround, tell } from './quiet-stretch-fixture.ts';
import type { StretchWish } from './quiet-stretch-fixture.ts';
import {
  age,
  append,
  assertImage,
  DISK_BYTES,
  DISKS,
  image,
  journalOptions,
  offered,
  opened,
  outcome,
  Sender,
} from './shadow.ts';

const FOLDER = 'ds/journal';

/** A journal behind its initial sync, what its sender knows, and which checkpoints it has to offer. */
class Bed {
  readonly datastore = new MemoryDatastore();
  readonly ground = new MemoryGround(this.datastore);
  readonly sender = new Sender();
  readonly random;
  readonly history: number;
  world = new MemoryWorld(this.datastore);
  journal: Journal;
  /** Checkpoints from the one on that has not been given up. */
  #offered: { readonly checkpoint: number; readonly time: number }[] = [];
  #catalogued = 0;
  /** Nothing has been promoted yet: the first checkpoint counts whatever its age. */
  #isNew: boolean;

  constructor(options: { history: number; seed?: number; ageEarly?: boolean }) {
    const { history, seed = 1, ageEarly = true } = options;
    this.history = history;
    this.random = createRandom(seed);
    this.journal = this.#open();
    append(this.world, this.journal, ...this.sender.resync());
    if (ageEarly) assert.equal(age(this.world, this.journal, 0), undefined);
    this.#isNew = !ageEarly;
    this.live(1, 5000);
  }

  #open(): Journal {
    this.world = new MemoryWorld(this.datastore);
    return opened(this.world, journalOptions({ history: this.history }));
  }

  /** Real frames, one after the other: writes, zeroes and a checkpoint each. */
  live(count: number, interval: number): void {
    const { sender, random } = this;
    for (let index = 0; index < count; index += 1) {
      sender.time += interval;
      const disk = Math.floor(random.next() * 2);
      const offset = Math.floor(random.next() * 3000);
      const length = 1 + Math.floor(random.next() * 1000);
      const kind = random.next() < 0.2 ? 'zero' : 'write';
      const frame = sender.frame([{ kind, disk, offset, length }, { kind: 'checkpoint' }]);
      append(this.world, this.journal, frame);
      this.#catalogued = sender.checkpoint;
      this.#offered.push({ checkpoint: sender.checkpoint, time: sender.time });
    }
  }

  leap(wish: StretchWish, later = 0): ItemStretch {
    const { sender, journal, world } = this;
    const stretch = tell(sender, this.random, world.codec, wish);
    for (const { marker } of stretch.items) {
      if (!marker) continue;
      this.#offered.push(marker);
      this.#catalogued = Math.max(this.#catalogued, marker.checkpoint - 1);
    }
    const now = sender.time + later;
    this.#giveUp(now);
    assert.equal(journal.quiet, true);
    journal.leap(stretch, now, this.ground);
    assert.equal(stretch.made, 0, 'no frame is made before somebody reads');
    return stretch;
  }

  age(later = 0): void {
    const now = this.sender.time + later;
    this.#giveUp(now);
    assert.equal(age(this.world, this.journal, now), undefined);
    assert.equal(this.journal.needsAgeing(now), false);
  }

  #giveUp(now: number): void {
    let front = -1;
    for (const [index, { checkpoint, time }] of this.#offered.entries()) {
      const counts = time <= now - this.history || (this.#isNew && index === 0);
      if (checkpoint > this.#catalogued || !counts) break;
      front = index;
    }
    if (front >= 0) this.#isNew = false;
    this.#offered.splice(0, front);
  }

  reopen(crash: boolean): void {
    const before = this.journal.checkpoints();
    if (crash) {
      this.world.kill();
      this.datastore.crash(this.random);
    } else {
      outcome(this.world, (done) => {
        this.journal.close(done);
      });
    }
    this.journal = this.#open();
    assert.deepEqual(this.journal.checkpoints(), before);
  }

  check(): void {
    const { journal, sender, world } = this;
    const { epoch, sequence } = sender;
    assert.equal(journal.damage, undefined);
    assert.deepEqual(journal.position, { epoch, sequence });
    const expected = this.#offered.map(({ checkpoint }) => checkpoint);
    assert.deepEqual(offered(journal), expected);
    assert.deepEqual(journal.oldest(), this.#offered[0]);
    assert.deepEqual(journal.newest(), this.#offered.at(-1));
    assert.equal(journal.has(expected[0]!), true);
    const before = expected[0]! - 1;
    assert.equal(journal.has(before), false);
    if (before > 0) {
      const { error } = outcome(world, (done) => {
        journal.openImage(before, { scratchFolder: 'ds/scratch' }, done);
      });
      assert.equal(error?.code, 'checkpoint-aged-out');
    }
    assert.equal(journal.bytes, this.segmentBytes());
    assert.deepEqual(
      latest(world, journal),
      sender.disks.map((bytes) => Buffer.from(bytes)),
    );
  }

  /** All of them, or one in a few, the first and last included. */
  checkImages(step = 1): void {
    const ids = this.#offered.map(({ checkpoint }) => checkpoint);
    for (const [index, id] of ids.entries()) {
      if (index % step > 0 && index < ids.length - 1) continue;
      assertImage(this.world, this.journal, this.sender, id);
    }
  }

  /** Damages the last frame of the newest segment. */
  damageEnd(): void {
    const path = this.segments().at(-1)!;
    this.datastore.damage(path, this.datastore.file(path).current.length - 10);
  }

  segmentBytes(): number {
    return this.segments().reduce((sum, path) => sum + this.ground.size(path), 0);
  }

  segments(): string[] {
    return this.datastore.paths(FOLDER).filter((path) => path.endsWith('.seg'));
  }
}

function latest(world: MemoryWorld, journal: Journal): Buffer[] {
  const found: Buffer[] = [];
  const ranges = DISKS.map((_, disk) => ({ disk, offset: 0, length: DISK_BYTES }));
  journal.readLatest(ranges, (index, error, payload) => {
    if (payload === undefined) throw error ?? new Error('nothing was read');
    found[index] = Buffer.from(payload.bytes());
  });
  world.run();
  return found;
}

describe('journal: leaping over a quiet stretch of time', () => {
  it('holds exactly what would have been held, whatever came before and comes after', () => {
    const interval = fc.constantFrom(1000, 5000, 20_000);
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constant('leap'), fc.integer({ min: 0, max: 40 })) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('live'), fc.integer({ min: 1, max: 12 })) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('age'), fc.nat(100)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('reopen'), fc.nat(1)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('images'), fc.constant(0)) },
    );
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.constantFrom(0, 30_000, 120_000, 500_000),
        fc.boolean(),
        fc.array(fc.tuple(act, interval), { minLength: 1, maxLength: 10 }),
        (seed, history, ageEarly, acts) => {
          const bed = new Bed({ history, seed, ageEarly });
          for (const [[kind, count], between] of acts) {
            if (kind === 'leap') bed.leap({ bunches: count, interval: between }, count * 100);
            else if (kind === 'live') bed.live(count, between);
            else if (kind === 'age') bed.age(count * 1000);
            else if (kind === 'reopen') bed.reopen(count === 1);
            else bed.checkImages(7);
            bed.check();
          }
          bed.checkImages(3);
          bed.reopen(seed % 2 === 0);
          bed.check();
          bed.checkImages(3);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps all of it where nothing is old enough, and writes nothing to the replica disks', () => {
    const bed = new Bed({ history: 10_000_000 });
    bed.live(5, 5000);
    const before = bed.datastore.fingerprint('ds/replica');
    bed.leap({ bunches: 30, interval: 5000 });
    assert.ok(bed.datastore.fingerprint('ds/replica') === before);
    assert.equal(bed.ground.deferred(FOLDER).length, 1);
    bed.check();
    bed.checkImages();
  });

  it('ages to a checkpoint in a real segment, in one that was leapt, and within the stretch', () => {
    const bed = new Bed({ history: 100_000 });
    bed.live(20, 5000);
    const real = bed.segments();
    bed.leap({ bunches: 13, interval: 5000 });
    const first = bed.ground.deferred(FOLDER);
    assert.deepEqual(bed.segments(), [real.at(-1), ...first], 'it lies in the real segment');
    bed.leap({ bunches: 15, interval: 5000 });
    const leapt = bed.segments();
    assert.equal(leapt[0], first[0], 'it lies in what was leapt over first');
    assert.deepEqual(bed.ground.deferred(FOLDER), leapt, 'and nobody has read that');
    bed.check();
    bed.checkImages();
    bed.leap({ bunches: 100, interval: 5000 });
    bed.check();
    assert.equal(bed.segments().filter((path) => leapt.includes(path)).length, 0);
    bed.checkImages();
    bed.reopen(true);
    bed.check();
    bed.checkImages();
  });

  it('goes on as before: appending in a new segment, and ageing through what was leapt over', () => {
    const bed = new Bed({ history: 60_000 });
    bed.leap({ bunches: 30, interval: 5000 });
    const leapt = bed.segments();
    for (let round = 0; round < 20; round += 1) {
      bed.live(1, 5000);
      bed.age();
      bed.check();
    }
    assert.equal(bed.segments().filter((path) => leapt.includes(path)).length, 0);
    bed.checkImages();
    bed.leap({ bunches: 3, interval: 5000 });
    bed.check();
    bed.checkImages();
  });

  it('leaves no segment without a footer, so that the next opening has none to scan', () => {
    const bed = new Bed({ history: 10_000_000 });
    bed.live(3, 5000);
    bed.leap({ bunches: 20, interval: 5000 });
    for (const path of bed.segments()) {
      const { current } = bed.datastore.file(path);
      const id = segmentId(path.slice(FOLDER.length + 1))!;
      const tail = current.subarray(current.length - SEGMENT_SUMMARY_BYTES);
      assert.notEqual(decodeSummary(tail, id, current.length), undefined, path);
    }
    bed.check();
  });

  it('ages to no checkpoint that may be in no catalogue', () => {
    const bed = new Bed({ history: 0 });
    const { items } = bed.leap({ bunches: 20, interval: 5000 });
    const [last, newest] = items.flatMap(({ marker }) => marker ?? []).slice(-2);
    bed.leap({ bunches: 0, interval: 5000 }, 60_000);
    bed.check();
    assert.deepEqual(offered(bed.journal), [last!.checkpoint, newest!.checkpoint]);
    bed.journal.confirm(newest!.checkpoint);
    bed.journal.leap(new ItemStretch(bed.sender, [], bed.world.codec), 1e9, bed.ground);
    assert.deepEqual(offered(bed.journal), [newest!.checkpoint]);
  });

  for (const which of ['oldest', 'newest'] as const) {
    it(`is promoted to the ${which} checkpoint, for good`, () => {
      const bed = new Bed({ history: 100_000 });
      bed.leap({ bunches: 60, interval: 5000 });
      const { checkpoint } = bed.journal[which]()!;
      const chosen = image(bed.world, bed.journal, checkpoint);
      const promoted = outcome(bed.world, (done) => {
        bed.journal.promote(chosen, done);
      });
      assert.equal(promoted.error, undefined);
      for (const [disk, { name }] of DISKS.entries()) {
        const replica = bed.datastore.file(`ds/replica/${name}.replica`).current;
        assert.ok(Buffer.from(replica).equals(bed.sender.images.get(checkpoint)![disk]!));
      }
      bed.world.kill();
      bed.datastore.crash(bed.random);
      const world = new MemoryWorld(bed.datastore);
      const journal = opened(world, journalOptions({ history: 100_000 }));
      assert.equal(journal.damage, undefined);
      assert.equal(journal.oldest()?.checkpoint, checkpoint);
      assertImage(world, journal, bed.sender, checkpoint);
    });
  }

  it('takes in a stretch in which nothing happened: only the time has gone on', () => {
    const bed = new Bed({ history: 60_000 });
    bed.live(20, 5000);
    bed.leap({ bunches: 0, interval: 5000 }, 30_000);
    bed.check();
    bed.live(1, 5000);
    bed.check();
    bed.checkImages();
  });

  it('gives nothing up where what is to be promoted is damaged, and the next ageing says so', () => {
    const bed = new Bed({ history: 60_000 });
    bed.live(10, 5000);
    const before = bed.datastore.fingerprint('ds/replica');
    const oldest = bed.journal.oldest();
    bed.damageEnd();
    const stretch = tell(bed.sender, bed.random, bed.world.codec, { bunches: 40, interval: 5000 });
    bed.journal.leap(stretch, bed.sender.time, bed.ground);
    assert.ok(bed.datastore.fingerprint('ds/replica') === before);
    assert.deepEqual(bed.journal.oldest(), oldest);
    assert.equal(bed.journal.newest()?.checkpoint, bed.sender.checkpoint);
    assert.equal(age(bed.world, bed.journal, bed.sender.time)?.code, 'corrupt');
    assert.equal(bed.journal.damage?.code, 'corrupt');
    for (const id of offered(bed.journal)) {
      assertImage(bed.world, bed.journal, bed.sender, id);
    }
  });

  it('is done only while the journal is quiet, and where the stretch goes on', () => {
    const bed = new Bed({ history: 60_000 });
    const { sender, ground } = bed;
    const refused = (stretch: ItemStretch, why: RegExp): void => {
      assert.throws(
        () => {
          bed.journal.leap(stretch, sender.time, ground);
        },
        (error) => error instanceof RangeError && why.test(error.message),
      );
    };
    const { codec } = bed.world;
    const { stream, epoch, sequence } = sender;
    refused(new ItemStretch({ stream, epoch, sequence: sequence + 1 }, [], codec), /begins with/);
    refused(new ItemStretch({ stream, epoch: epoch - 1, sequence }, [], codec), /begins with/);
    const here = new ItemStretch(sender, [], codec);

    const held = image(bed.world, bed.journal, 1);
    assert.equal(bed.journal.quiet, false, 'an image is open');
    refused(here, /not quiet/);
    outcome(bed.world, (done) => {
      held.close(done);
    });
    assert.equal(bed.journal.quiet, true);

    const frame = sender.frame([{ kind: 'write', disk: 0, offset: 0, length: 10 }]);
    bed.journal.append(frame, () => undefined);
    assert.equal(bed.journal.quiet, false, 'an append is under way');
    refused(here, /not quiet/);
    bed.world.run();
    assert.equal(bed.journal.quiet, true);

    bed.journal.age(sender.time, () => undefined);
    assert.equal(bed.journal.quiet, false, 'ageing is under way');
    bed.world.run();
    assert.equal(bed.journal.quiet, true);

    append(bed.world, bed.journal, sender.frame([{ kind: 'sync-begin', sync: 'bitmap' }]));
    assert.equal(bed.journal.quiet, false, 'a sync is open');
    append(bed.world, bed.journal, sender.frame([{ kind: 'sync-end', sync: 'bitmap' }]));
    assert.equal(bed.journal.quiet, true);

    append(
      bed.world,
      bed.journal,
      sender.frame([{ kind: 'write', disk: 0, offset: 0, length: 99 }]),
    );
    bed.damageEnd();
    bed.journal.readLatest([{ disk: 0, offset: 0, length: DISK_BYTES }], () => undefined);
    bed.world.run();
    assert.notEqual(bed.journal.damage, undefined);
    assert.equal(bed.journal.quiet, false, 'there is damage');

    bed.journal.close(() => undefined);
    assert.equal(bed.journal.quiet, false, 'it is closing');
  });

  it('is not quiet before there is a checkpoint, nor at its hard limit', () => {
    const world = new MemoryWorld(new MemoryDatastore());
    const journal = opened(world, journalOptions({ hardLimit: 20_000 }));
    assert.equal(journal.quiet, false);
    const sender = new Sender();
    append(world, journal, ...sender.resync());
    assert.equal(journal.quiet, false, 'nothing can be recovered');
    append(world, journal, sender.frame([{ kind: 'checkpoint' }]));
    assert.equal(journal.quiet, true);
    for (let count = 0; count < 4; count += 1) {
      append(world, journal, sender.frame([{ kind: 'write', disk: 0, offset: 0, length: 4000 }]));
    }
    age(world, journal, 0);
    assert.equal(journal.atLimit, true);
    assert.equal(journal.quiet, false);
  });
});
