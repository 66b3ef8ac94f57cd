import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mostActive, turnTime } from '../../../src/engine/disk/activity-log.ts';
import { decodeRecord, regionSize, slotLength } from '../../../src/engine/disk/activity-record.ts';
import type { ActivityRecord } from '../../../src/engine/disk/activity-record.ts';
import { loadActivity, ownWrites } from '../../../src/engine/disk/load-activity.ts';
import { openProtectedMachine } from '../../../src/engine/disk/protected-machine.ts';
import { dirtyBlockSize } from '../../../src/engine/disk/write-tap.ts';
import type { Attachment, ProtectedMachine, WriteTap } from '../../../src/engine/disk/write-tap.ts';
import { ExtentMap } from '../../../src/engine/world/extent-map.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import type { SimulatedProcess } from '../../../src/engine/world/simulated.ts';
import type { Random, WorldError } from '../../../src/engine/world/world.ts';
import { createTwoSites } from '../world/two-sites.ts';
import type { TwoSites } from '../world/two-sites.ts';

const path = 'ds/FS01/activity';
const disks = [
  { name: 'system', size: 3 * regionSize, path: 'ds/FS01/system.disk' },
  // Ends within a block.
  { name: 'data', size: 9 * regionSize + 1000, path: 'ds/FS01/data.disk' },
];

interface Entry {
  readonly disk: number;
  readonly offset: number;
  readonly payload: Payload;
}

/** What a stream's other side is sent, and what of it a crash may leave there: everything acknowledged, and any more. */
class OtherSide implements WriteTap {
  epoch = 1;
  readonly #random: Random;
  #base = disks.map(() => new ExtentMap({ holdsZeroes: false }));
  #entries: Entry[] = [];
  acknowledged = 0;
  attachment: Attachment | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  write(disk: number, offset: number, payload: Payload): number {
    return this.#entries.push({ disk, offset, payload });
  }

  zero(disk: number, offset: number, length: number): number {
    return this.write(disk, offset, zeroes(length));
  }

  writeFailed(): void {
    throw new Error('no write fails here');
  }

  /** More of what was sent is durable there. */
  acknowledge(): void {
    const left = this.#entries.length - this.acknowledged;
    this.acknowledged += this.#random.integer(left + 1);
    this.attachment?.acknowledged(this.acknowledged);
    if (this.attachment) {
      this.attachment.confirmed = { epoch: this.epoch, sequence: this.acknowledged };
    }
  }

  /** The host has crashed: so much arrived all the same. */
  settle(): void {
    this.acknowledge();
    this.#entries.length = this.acknowledged;
    for (const { disk, offset, payload } of this.#entries) this.#base[disk]?.write(offset, payload);
  }

  block(disk: number, offset: number, length: number): Payload {
    const map = this.#base[disk];
    assert(map);
    return map.read(offset, length);
  }

  /** A synchronisation has ended: it holds what the disks do, in a new epoch. */
  begin(contents: ExtentMap[]): void {
    this.#base = contents;
    this.#entries = [];
    this.acknowledged = 0;
    this.epoch += 1;
  }
}

interface Options {
  readonly seed: number;
  readonly writeThrough: boolean;
}

class Bench {
  readonly sites: TwoSites;
  readonly host: SimulatedProcess;
  readonly random: Random;
  readonly other: OtherSide;
  readonly #options: Options;
  #machine: ProtectedMachine | undefined;
  /** Records that were begun to be written. */
  records = 0;
  /** How often a life began with a log that vouched for the other side. */
  vouched = 0;

  constructor(options: Options) {
    this.#options = options;
    const { seed } = options;
    this.random = createRandom(seed);
    this.other = new OtherSide(createRandom(seed + 1));
    this.sites = createTwoSites({ seed, joinsEvents: false });
    this.host = this.sites.universe.createProcess('host esx-l', { site: this.sites.leftSite });
    this.sites.universe.observe({
      wrote: (_process, file) => {
        if (file === path) this.records += 1;
      },
    });
  }

  get machine(): ProtectedMachine {
    assert(this.#machine);
    return this.#machine;
  }

  get now(): number {
    return this.sites.universe.now;
  }

  run(milliseconds: number): void {
    this.sites.universe.run(this.now + milliseconds);
  }

  open(): void {
    const { writeThrough } = this.#options;
    const options = { name: 'FS01', disks, writeThrough, activityLog: path };
    let failure: WorldError | undefined;
    this.#machine = undefined;
    openProtectedMachine(this.host.world, options, (error, opened) => {
      failure = error;
      this.#machine = opened;
    });
    this.run(200);
    assert(this.#machine, failure?.message);
  }

  /** Attaches the stream, holds the log to its word, and brings both sides together. */
  attach(): void {
    const { other, machine } = this;
    const attachment = machine.attach('vpg/FS01', other);
    attachment.confirmed = { epoch: other.epoch, sequence: other.acknowledged };
    other.attachment = attachment;
    if (attachment.baseline) {
      this.vouched += 1;
      this.#assertCovered(attachment);
    }
    other.begin(this.#contents());
    attachment.clearDirty();
    attachment.setBaseline();
    attachment.confirmed = { epoch: other.epoch, sequence: 0 };
  }

  #assertCovered(attachment: Attachment): void {
    for (const [disk, { size }] of disks.entries()) {
      for (let offset = 0; offset < size; offset += dirtyBlockSize) {
        const length = Math.min(dirtyBlockSize, size - offset);
        const here = this.read(disk, offset, length);
        if (samePayload(here, this.other.block(disk, offset, length))) continue;
        const suspect = attachment.nextSuspect(disk, offset, dirtyBlockSize);
        assert.equal(suspect?.offset, offset, `disk ${disk} differs at ${offset}: not in the log`);
      }
    }
  }

  #contents(): ExtentMap[] {
    return disks.map(({ size }, disk) => {
      const map = new ExtentMap({ holdsZeroes: false });
      map.write(0, this.read(disk, 0, size));
      return map;
    });
  }

  read(disk: number, offset: number, length: number): Payload {
    let read: Payload | undefined;
    this.machine.read(disk, offset, length, (_, payload) => (read = payload));
    this.sites.universe.runWhile(() => read === undefined, this.now + 10_000);
    assert(read);
    return read;
  }

  write(disk: number, offset: number, length: number, done: () => void = () => undefined): void {
    const payload = syntheticPayload(`${this.now} ${this.random.next()}`, length);
    this.machine.write(disk, offset, payload, (error) => {
      assert.equal(error, undefined);
      done();
    });
  }

  /** The newest record on the datastore. */
  record(): ActivityRecord {
    const bytes = this.sites.universe.peek(this.sites.leftSite, path)?.bytes();
    assert(bytes, 'there is a log');
    const slots = [0, slotLength].flatMap((at) => decodeRecord(bytes.subarray(at)) ?? []);
    const [newest] = slots.sort((a, b) => b.number - a.number);
    assert(newest, 'there is a record');
    return newest.record;
  }

  crash(): void {
    // Only what has arrived counts; what the driver would have been told, nobody is left to tell.
    this.other.attachment = undefined;
    this.host.kill({ silent: true });
    this.other.settle();
    this.host.restart();
  }

  /** One of a life's acts, by chance: writes of any size, zeroes, acknowledgements, flushes, silence. */
  act(): void {
    const { random, machine, other } = this;
    const disk = random.integer(disks.length);
    const size = disks[disk]?.size ?? 0;
    switch (random.integer(9)) {
      case 0:
        other.acknowledge();
        break;
      case 1:
        this.run(random.integer(3 * turnTime));
        break;
      case 2:
        this.run(random.integer(30));
        break;
      case 3:
        machine.flush(disk, () => undefined);
        break;
      case 4: {
        const offset = random.integer(size);
        const length = random.integer(Math.min(2 * regionSize, size - offset));
        machine.zero(disk, offset, length, () => undefined);
        break;
      }
      default: {
        const offset = random.integer(size);
        this.write(disk, offset, 1 + random.integer(Math.min(300_000, size - offset)));
      }
    }
  }
}

function started(options: Partial<Options> = {}): Bench {
  const bench = new Bench({ seed: 1, writeThrough: true, ...options });
  bench.open();
  bench.attach();
  bench.run(100);
  return bench;
}

describe('an activity log', () => {
  for (const writeThrough of [true, false]) {
    const kind = writeThrough ? 'durable writes' : 'a write cache';
    it(`covers what the sides differ in after a crash at any event, on disks with ${kind}`, () => {
      let vouched = 0;
      for (let events = 0; ; events += 1) {
        const bench = started({ writeThrough });
        const before = bench.sites.universe.eventCount;
        const life = script(bench);
        const { universe } = bench.sites;
        universe.runWhile(
          () => universe.eventCount - before < events && !life.over,
          bench.now + 6 * turnTime,
        );
        const isWhole = life.over;
        life.over = true;
        bench.crash();
        bench.open();
        bench.attach();
        vouched += bench.vouched;
        if (isWhole) {
          assert(events > 30, `only ${events} events`);
          assert.equal(vouched, events + 1, 'every life was vouched for');
          break;
        }
      }
    });

    it(`covers it after crash upon crash between whatever happens, on disks with ${kind}`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 1_000_000 }),
          fc.array(fc.record({ acts: fc.nat(25), events: fc.nat(40) }), { maxLength: 5 }),
          (seed, lives) => {
            const bench = started({ seed, writeThrough });
            for (const { acts, events } of lives) {
              for (let act = 0; act < acts; act++) bench.act();
              const until = bench.sites.universe.eventCount + events;
              const isDue = (): boolean => bench.sites.universe.eventCount < until;
              bench.sites.universe.runWhile(isDue, bench.now + 2 * turnTime);
              bench.crash();
              bench.open();
              bench.attach();
            }
          },
        ),
        { numRuns: Number(process.env['TIDEMARK_FUZZ_ACTIVITY'] ?? '60') },
      );
    });
  }

  it('costs a region’s first write one record, and the others nothing', () => {
    const bench = started();
    const before = bench.records;
    for (let write = 0; write < 200; write++) {
      bench.write(1, 4096 * (write % 100), 4096);
      bench.run(1);
    }
    assert.equal(bench.records, before + 1);
  });

  it('begins no write in a region before the record that names it is durable', () => {
    const bench = started();
    const events: string[] = [];
    bench.sites.universe.observe({
      wrote: (_process, file) => events.push(file),
    });
    bench.write(1, 5 * regionSize, 4096);
    assert.deepEqual(events, [path]);
    bench.run(100);
    assert.deepEqual(events, [path, 'ds/FS01/data.disk']);
    assert.deepEqual(bench.record().active, [{ disk: 1, first: 5, count: 1 }]);
  });

  it('lets writes that come at once share a record, and one who writes on find the next region in it', () => {
    const bench = started();
    const before = bench.records;
    for (const region of [1, 4, 7]) bench.write(1, region * regionSize, 4096);
    bench.run(100);
    assert.ok(bench.records <= before + 2, `${bench.records - before} records`);
    bench.write(0, regionSize - 4096, 4096);
    bench.run(100);
    bench.write(0, regionSize, 4096);
    bench.run(100);
    const known = bench.records;
    bench.write(0, 2 * regionSize, 4096);
    bench.run(100);
    assert.equal(bench.records, known);
  });

  it('lets a region go when it is left alone and the other side has it, and not before', () => {
    const bench = started();
    bench.write(1, 0, 4096);
    bench.run(4 * turnTime);
    assert.deepEqual(bench.record().active, [{ disk: 1, first: 0, count: 1 }]);
    const attachment = bench.other.attachment;
    attachment?.acknowledged(1);
    bench.run(3 * turnTime);
    assert.deepEqual(bench.record().active, []);
    attachment?.markDirty(1, 0, 1);
    bench.write(1, 3 * regionSize, 4096);
    bench.run(100);
    attachment?.acknowledged(2);
    bench.run(3 * turnTime);
    assert.deepEqual(bench.record().active, [], 'what nobody wrote to is not in it');
    bench.write(1, 0, 4096);
    bench.run(100);
    attachment?.acknowledged(3);
    bench.run(3 * turnTime);
    assert.deepEqual(bench.record().active, [{ disk: 1, first: 0, count: 1 }], 'it is dirty');
  });

  it('vouches for no stream whose other side was not brought into line, whatever a crash leaves', () => {
    const bench = started();
    bench.other.attachment?.markEverything(() => 'compare');
    bench.run(100);
    assert.deepEqual(bench.record().streams, []);
    bench.crash();
    bench.open();
    assert.equal(bench.machine.attach('vpg/FS01', bench.other).baseline, false);
  });

  it('vouches for no stream that went on in another epoch than the one it knows', () => {
    const bench = started();
    bench.crash();
    bench.open();
    const attachment = bench.machine.attach('vpg/FS01', bench.other);
    assert.equal(attachment.baseline, true);
    attachment.confirmed = { epoch: bench.other.epoch + 1, sequence: 5 };
    assert.equal(attachment.baseline, false);
  });

  it('is not believed where the disks have become other ones', () => {
    const bench = started();
    bench.crash();
    const [system, data] = disks;
    assert(system && data);
    const other = [system, { ...data, size: 8 * regionSize }];
    let opened: ProtectedMachine | undefined;
    const options = { name: 'FS01', disks: other, activityLog: path };
    openProtectedMachine(bench.host.world, options, (_, machine) => (opened = machine));
    bench.run(200);
    assert(opened);
    assert.equal(opened.attach('vpg/FS01', bench.other).baseline, false);
    assert.deepEqual(bench.record().streams, []);
  });

  it('is not believed where somebody else has written to a disk since', () => {
    const bench = started();
    bench.crash();
    const { time } = bench.record();
    const [data] = disks;
    assert(data);
    const storage = bench.host.world.storage;
    const left = (changed: number): ActivityRecord | undefined => {
      let answer: { readonly record: ActivityRecord | undefined } | undefined;
      storage.open(data.path, { create: false }, (_, file) => {
        assert(file);
        file.changed = (done) => {
          bench.host.world.clock.after(0, () => {
            done(undefined, changed);
          });
        };
        const options = { path, disks, files: [file, file], writeThrough: true };
        loadActivity(bench.host.world, options, (_failed, loaded) => (answer = loaded));
      });
      bench.run(200);
      assert(answer);
      return answer.record;
    };
    assert.equal(left(time + ownWrites)?.streams.length, 1);
    assert.equal(left(time + ownWrites + 1), undefined);
    assert.deepEqual(left(time)?.streams, [], 'nor ever again');
  });

  it('is not believed where its newest record has rotted, for writes relied on that one', () => {
    const bench = started();
    bench.write(1, 7 * regionSize, 4096);
    bench.run(100);
    bench.crash();
    const bytes = bench.sites.universe.peek(bench.sites.leftSite, path)?.bytes();
    assert(bytes);
    const numbers = [0, slotLength].map((at) => decodeRecord(bytes.subarray(at))?.number ?? 0);
    const newest = (numbers[1] ?? 0) > (numbers[0] ?? 0) ? slotLength : 0;
    bench.sites.universe.rot(bench.sites.leftSite, path, newest + 20);
    bench.open();
    assert.equal(bench.machine.attach('vpg/FS01', bench.other).baseline, false);
    assert.deepEqual(bench.record().streams, [], 'nor ever again');
  });

  it('is removed where it cannot be written, and writes go on without it', () => {
    const bench = started();
    bench.sites.universe.setFaults(bench.sites.leftSite, 'ds', {
      write: (call) => (call.path === path ? 'failed' : undefined),
    });
    let done = 0;
    for (const region of [1, 5]) bench.write(1, region * regionSize, 4096, () => (done += 1));
    bench.run(200);
    assert.equal(done, 2);
    assert.equal(bench.sites.universe.peek(bench.sites.leftSite, path), undefined);
    bench.sites.universe.setFaults(bench.sites.leftSite, 'ds', undefined);
    bench.crash();
    bench.open();
    assert.equal(bench.machine.attach('vpg/FS01', bench.other).baseline, false);
  });

  it('keeps no more regions than it has to, however many are written to', () => {
    const sites = createTwoSites({ seed: 1 });
    const host = sites.universe.createProcess('host esx-l', { site: sites.leftSite });
    const large = [{ name: 'data', size: 40_000 * regionSize, path: 'ds/FS01/data.disk' }];
    let machine: ProtectedMachine | undefined;
    const options = { name: 'FS01', disks: large, activityLog: path };
    openProtectedMachine(host.world, options, (_, opened) => (machine = opened));
    sites.universe.run(200);
    assert(machine);
    for (let region = 0; region < 4 * mostActive; region++) {
      machine.write(0, 8 * region * regionSize, syntheticPayload(region, 512), () => undefined);
      sites.universe.run(sites.universe.now + 1);
    }
    const bytes = sites.universe.peek(sites.leftSite, path)?.bytes();
    assert(bytes);
    const records = [0, slotLength].flatMap((at) => decodeRecord(bytes.subarray(at)) ?? []);
    for (const { record } of records) {
      const regions = record.active.reduce((sum, { count }) => sum + count, 0);
      assert.ok(regions <= mostActive + 10, `${regions} regions`);
    }
  });
});

/** Writes here and there, hears of some, leaves regions alone until they are given up, and writes to them again. */
function script(bench: Bench): { over: boolean } {
  const { universe } = bench.sites;
  const life = { over: false };
  const at = (time: number, act: () => void): void => {
    universe.schedule(bench.now + time, () => {
      if (!life.over) act();
    });
  };
  for (let write = 0; write < 6; write++) {
    at(write * 3, () => {
      bench.write(1, ((write * 5) % 9) * regionSize + 8192 * write, 70_000);
    });
    at(write * 4 + 2, () => {
      bench.other.acknowledge();
    });
  }
  at(30, () => {
    bench.machine.zero(0, 1000, regionSize + 5000, () => undefined);
    bench.write(0, 2 * regionSize, 5000);
  });
  at(50, () => {
    for (let more = 0; more < 8; more++) bench.other.acknowledge();
  });
  at(3 * turnTime, () => {
    bench.write(1, 5 * regionSize + 1, 4096);
  });
  at(3 * turnTime + 20, () => {
    bench.machine.flush(1, () => undefined);
    bench.write(1, 8 * regionSize, 4096);
    bench.other.acknowledge();
  });
  at(5 * turnTime, () => {
    life.over = true;
  });
  return life;
}
