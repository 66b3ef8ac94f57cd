/**
 * What a recovered VM writes lies in the scratch of its image. A crash anywhere leaves what it had flushed, and of
 * what it wrote later any part; and where neither reached, the checkpoint.
 */
import assert from 'node:assert/strict';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import type { Image, JournalError } from '../../../src/engine/journal/journal.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import { append, DISKS, journalOptions, opened, outcome, Sender } from './shadow.ts';

const scratchFolder = 'ds/scratch';

interface Written {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  readonly byte: number;
}

/** Four rounds of writes, each flushed; they overlap, and what a later round has differs from the earlier ones. */
const rounds: readonly (readonly Written[])[] = [
  [
    { disk: 0, offset: 100, length: 900, byte: 0xa0 },
    { disk: 1, offset: 0, length: 600, byte: 0xa1 },
  ],
  [
    { disk: 0, offset: 500, length: 800, byte: 0xb0 },
    { disk: 1, offset: 3000, length: 1000, byte: 0xb1 },
  ],
  [{ disk: 0, offset: 100, length: 100, byte: 0xc0 }],
  [
    { disk: 1, offset: 200, length: 3000, byte: 0xd0 },
    { disk: 0, offset: 2500, length: 512, byte: 0xd1 },
  ],
];

function prepared(datastore: MemoryDatastore): { readonly at: number; readonly base: Buffer[] } {
  const sender = new Sender();
  const world = new MemoryWorld(datastore);
  const journal = opened(world);
  append(world, journal, ...sender.resync(), sender.frame([{ kind: 'checkpoint' }]));
  world.kill();
  datastore.crash(createRandom(0));
  const at = sender.checkpoint;
  return { at, base: sender.images.get(at)?.map((disk) => Buffer.from(disk)) ?? [] };
}

function withImage(world: MemoryWorld, at: number, use: (image: Image) => void): void {
  openJournal(world, journalOptions(), (failure, journal) => {
    if (journal === undefined) throw failure ?? new Error('no journal');
    journal.openImage(at, { scratchFolder }, (refusal, image) => {
      if (image === undefined) throw refusal ?? new Error('no image');
      use(image);
    });
  });
}

/** Tells of each write when it begins, and of each flush when it is done. */
function writeRounds(
  image: Image,
  from: number,
  heard: { begun(write: Written): void; flushed(round: number): void; over(): void },
): void {
  const writes = rounds[from];
  if (writes === undefined) {
    heard.over();
    return;
  }
  const failed = (error: JournalError | undefined): void => {
    if (error !== undefined) throw error;
  };
  let left = writes.length;
  for (const write of writes) {
    heard.begun(write);
    const bytes = new Uint8Array(write.length).fill(write.byte);
    image.write(write.disk, write.offset, bytesPayload(bytes), (error) => {
      failed(error);
      left -= 1;
      if (left > 0) return;
      image.flush((unflushed) => {
        failed(unflushed);
        heard.flushed(from);
        writeRounds(image, from + 1, heard);
      });
    });
  }
}

/** What each byte may be: what was flushed last, or what was written to it since. */
class Expected {
  readonly #flushed: Buffer[];
  #since: Written[] = [];

  constructor(base: readonly Buffer[]) {
    this.#flushed = base.map((disk) => Buffer.from(disk));
  }

  begun(write: Written): void {
    this.#since.push(write);
  }

  flushed(): void {
    for (const { disk, offset, length, byte } of this.#since) {
      this.#flushed[disk]?.fill(byte, offset, offset + length);
    }
    this.#since = [];
  }

  check(disk: number, content: Uint8Array, when: string): void {
    for (const [offset, byte] of content.entries()) {
      const isNewer = this.#since.some(
        (write) =>
          write.disk === disk &&
          write.byte === byte &&
          offset >= write.offset &&
          offset < write.offset + write.length,
      );
      if (byte === this.#flushed[disk]?.[offset] || isNewer) continue;
      assert.fail(`byte ${offset} of disk ${disk} is ${byte} ${when}`);
    }
  }
}

function imageIn(world: MemoryWorld, at: number): Image {
  const journal = opened(world);
  const { value, error } = outcome<Image>(world, (done) => {
    journal.openImage(at, { scratchFolder }, done);
  });
  if (value === undefined) throw error ?? new Error('no image');
  return value;
}

function check(datastore: MemoryDatastore, at: number, expected: Expected, when: string): number {
  const world = new MemoryWorld(datastore);
  const image = imageIn(world, at);
  for (const [disk, { size }] of DISKS.entries()) {
    const read = outcome<Payload>(world, (done) => {
      image.read(disk, 0, size, done);
    });
    assert.ok(read.value, read.error?.message);
    expected.check(disk, read.value.bytes(), when);
  }
  const { scratchBytes } = image;
  world.kill();
  return scratchBytes;
}

describe('the flush of an image', () => {
  it('keeps what was written before it through a crash at any event, and through another behind that', () => {
    let [kept, crashes] = [0, 0];
    for (let events = 0, over = false; !over; events += 1) {
      for (const luck of [1, 2, 3]) {
        const datastore = new MemoryDatastore();
        const { at, base } = prepared(datastore);
        const expected = new Expected(base);
        let next = 0;
        const life = (limit: number): boolean => {
          const world = new MemoryWorld(datastore);
          let isOver = false;
          withImage(world, at, (image) => {
            writeRounds(image, next, {
              begun: (write) => {
                expected.begun(write);
              },
              flushed: (round) => {
                next = round + 1;
                expected.flushed();
              },
              over: () => {
                isOver = true;
              },
            });
          });
          world.run(limit);
          world.kill();
          datastore.crash(createRandom(events * 10 + luck));
          return isOver;
        };
        over = life(events);
        kept += check(datastore, at, expected, `after ${events} events, luck ${luck}`);
        // The next life goes on with it, and crashes as well.
        life((events * 7) % 40);
        check(datastore, at, expected, `in the second life after ${events} events, luck ${luck}`);
        crashes += 2;
      }
    }
    assert.ok(crashes > 100 && kept > 10_000, `${crashes} crashes, ${kept} bytes kept`);
  });

  it('is gone with the image when that is closed', () => {
    const datastore = new MemoryDatastore();
    const { at, base } = prepared(datastore);
    const world = new MemoryWorld(datastore);
    const image = imageIn(world, at);
    const ask = (run: (done: (error?: JournalError) => void) => void): string | undefined =>
      outcome(world, run).error?.code;
    assert.equal(
      ask((done) => {
        image.write(0, 0, bytesPayload(new Uint8Array(64).fill(7)), done);
      }),
      undefined,
    );
    assert.equal(
      ask((done) => {
        image.flush(done);
      }),
      undefined,
    );
    assert.ok([...datastore.files.keys()].some((path) => path.startsWith(`${scratchFolder}/map-`)));
    ask((done) => {
      image.close(done);
    });
    assert.deepEqual(
      [...datastore.files.keys()].filter((path) => path.startsWith(scratchFolder)),
      [],
    );
    assert.equal(
      ask((done) => {
        image.flush(done);
      }),
      'closed',
    );
    world.kill();
    assert.equal(check(datastore, at, new Expected(base), 'after it was closed'), 0);
  });

  it('fails where the scratch cannot be synced, and again from then on', () => {
    const datastore = new MemoryDatastore();
    const { at } = prepared(datastore);
    const world = new MemoryWorld(datastore);
    let failures = 1;
    world.fault = (call, path) =>
      call === 'sync' && path.endsWith('.scratch') && failures-- > 0 ? 'input-output' : undefined;
    const image = imageIn(world, at);
    outcome(world, (done) => {
      image.write(0, 0, bytesPayload(new Uint8Array(64).fill(7)), done);
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const { error } = outcome(world, (done) => {
        image.flush(done);
      });
      assert.equal(error?.code, 'storage-failed', `attempt ${attempt + 1}`);
    }
  });

  it('begins a new map where a record of it failed', () => {
    const datastore = new MemoryDatastore();
    const { at, base } = prepared(datastore);
    const world = new MemoryWorld(datastore);
    const expected = new Expected(base);
    const image = imageIn(world, at);
    const write = (disk: number, offset: number, byte: number): string | undefined => {
      expected.begun({ disk, offset, length: 64, byte });
      outcome(world, (done) => {
        image.write(disk, offset, bytesPayload(new Uint8Array(64).fill(byte)), done);
      });
      return outcome(world, (done) => {
        image.flush(done);
      }).error?.code;
    };
    assert.equal(write(0, 0, 1), undefined);
    world.fault = (call, path) =>
      call === 'write' && path.endsWith('/map-1') ? 'no-space' : undefined;
    assert.equal(write(0, 1000, 2), 'no-space');
    world.fault = () => undefined;
    assert.equal(write(1, 2000, 3), undefined);
    expected.flushed();
    world.kill();
    datastore.crash(createRandom(5));
    assert.equal(check(datastore, at, expected, 'after the new map'), 3 * 64);
  });

  it('loses nothing to damage of any byte of its map, and takes a lost record for damage', () => {
    const datastore = new MemoryDatastore();
    const { at, base } = prepared(datastore);
    const world = new MemoryWorld(datastore);
    const expected = new Expected(base);
    let over = false;
    withImage(world, at, (image) => {
      writeRounds(image, 0, {
        begun: (write) => {
          expected.begun(write);
        },
        flushed: () => {
          expected.flushed();
        },
        over: () => {
          over = true;
        },
      });
    });
    world.run();
    assert.ok(over);
    world.kill();
    const map = `${scratchFolder}/map-1`;
    const { length } = datastore.file(map).current;
    for (let offset = 0; offset < length; offset++) {
      datastore.damage(map, offset);
      check(datastore, at, expected, `with byte ${offset} of the map damaged`);
      datastore.damage(map, offset);
    }
    // Both copies of the first record, of two ranges.
    datastore.damage(map, 4);
    datastore.damage(map, 24 + 2 * 20 + 4 + 4);
    assert.throws(() => imageIn(new MemoryWorld(datastore), at), { code: 'corrupt' });
  });
});
