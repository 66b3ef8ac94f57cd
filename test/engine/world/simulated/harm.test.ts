/** What a test can do to a universe beyond what a topology describes. */
import assert from 'node:assert/strict';
import type { Payload } from '../../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload, zeroes } from '../../../../src/engine/world/payloads.ts';
import type { StorageFaults, WriteFate } from '../../../../src/engine/world/simulated.ts';
import type { Message, StoredFile, WorldError } from '../../../../src/engine/world/world.ts';
import { createTwoSites, rightAddress } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

const path = 'ds/file';
const port = 4007;

/** A file on the left site's datastore, and what the calls on it answer. */
class Disk {
  readonly sites: TwoSites;
  file: StoredFile;

  constructor(writeThrough = false, seed = 1) {
    this.sites = createTwoSites({ seed });
    this.file = this.#open(writeThrough);
    const { storage } = this.sites.left.world;
    this.#error((done) => {
      storage.syncFolder('ds', done);
    });
  }

  #open(writeThrough: boolean): StoredFile {
    const { storage } = this.sites.left.world;
    return this.#value((done) => {
      storage.open(path, { create: true, writeThrough }, done);
    });
  }

  setFaults(faults: StorageFaults | undefined): void {
    this.sites.universe.setFaults(this.sites.leftSite, 'ds', faults);
  }

  write(offset: number, payload: Payload): WorldError | undefined {
    return this.#error((done) => {
      this.file.write(offset, [payload], done);
    });
  }

  sync(): WorldError | undefined {
    return this.#error((done) => {
      this.file.sync(done);
    });
  }

  read(length: number): WorldError | undefined {
    return this.#error((done) => {
      this.file.read(0, length, done);
    });
  }

  /** What is left after the power went. */
  afterPowerLoss(): Payload | undefined {
    this.sites.left.kill({ silent: true });
    return this.held;
  }

  get held(): Payload | undefined {
    return this.sites.universe.peek(this.sites.leftSite, path);
  }

  #error(ask: (done: (error: WorldError | undefined) => void) => void): WorldError | undefined {
    const answers: (WorldError | undefined)[] = [];
    ask((error) => answers.push(error));
    const { universe } = this.sites;
    universe.runWhile(() => answers.length === 0, universe.now + 60_000);
    assert.equal(answers.length, 1);
    return answers[0];
  }

  #value<T>(ask: (done: (error: WorldError | undefined, value?: T) => void) => void): T {
    let value: T | undefined;
    const error = this.#error((done) => {
      ask((failed, given) => {
        value = given;
        done(failed);
      });
    });
    assert(value, error?.message);
    return value;
  }
}

const once = (fate: WriteFate): StorageFaults => {
  let left = 1;
  return { write: () => (left-- > 0 ? fate : undefined) };
};

const first = syntheticPayload('first', 4096);
const second = syntheticPayload('second', 4096);

function assertHolds(held: Payload | undefined, expected: Payload): void {
  assert(held && samePayload(held, expected), 'holds what it should');
}

describe('a datastore that is not sound', () => {
  it('fails a write of which nothing is left, and does the next one', () => {
    const disk = new Disk();
    disk.setFaults(once('failed'));
    assert.equal(disk.write(0, first)?.code, 'input-output');
    assert.equal(disk.held?.length, 0);
    assert.equal(disk.write(0, second), undefined);
    assertHolds(disk.held, second);
  });

  it('reports a phantom write as done', () => {
    const disk = new Disk();
    disk.write(0, first);
    disk.setFaults(once('phantom'));
    assert.equal(disk.write(0, second), undefined);
    assertHolds(disk.held, first);
  });

  it('puts a misdirected write where it does not belong', () => {
    const disk = new Disk();
    disk.write(0, zeroes(8192));
    disk.setFaults(once({ misdirectedTo: 4096 }));
    assert.equal(disk.write(0, first), undefined);
    assertHolds(disk.held?.slice(0, 4096), zeroes(4096));
    assertHolds(disk.held?.slice(4096, 8192), first);
  });

  it('fails a read', () => {
    const disk = new Disk();
    disk.write(0, first);
    disk.setFaults({ read: () => 'failed' });
    assert.equal(disk.read(4096)?.code, 'input-output');
    disk.setFaults(undefined);
    assert.equal(disk.read(4096), undefined);
  });

  it('never writes back what a failed sync was for, though the next sync succeeds', () => {
    // By chance it may be kept all the same, as every write that is not durable.
    const fates = new Set<boolean>();
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new Disk(false, seed);
      disk.write(0, syntheticPayload(seed, 512));
      disk.setFaults({ sync: () => 'failed' });
      assert.equal(disk.sync()?.code, 'input-output');
      disk.setFaults(undefined);
      assert.equal(disk.sync(), undefined);
      assertHolds(disk.held, syntheticPayload(seed, 512));
      disk.sites.universe.run(disk.sites.universe.now + 60_000 + seed);
      fates.add((disk.afterPowerLoss()?.length ?? 0) > 0);
    }
    assert.ok(fates.has(false), 'what was given up is lost');
  });

  it('loses what a lying sync was for, unless an honest one follows', () => {
    for (const honest of [false, true]) {
      let lost = 0;
      for (let number = 1; number <= 8; number++) {
        const disk = new Disk(number % 2 === 0);
        disk.setFaults({ sync: () => 'lying' });
        for (let index = 0; index < number; index++) {
          assert.equal(disk.write(index * 512, syntheticPayload(index, 512)), undefined);
        }
        assert.equal(disk.sync(), undefined);
        disk.setFaults(undefined);
        if (honest) assert.equal(disk.sync(), undefined);
        const held = disk.afterPowerLoss();
        for (let index = 0; index < number; index++) {
          const part =
            held && held.length >= (index + 1) * 512
              ? held.slice(index * 512, (index + 1) * 512)
              : undefined;
          if (!part || !samePayload(part, syntheticPayload(index, 512))) lost += 1;
        }
      }
      assert.equal(lost > 0, !honest);
    }
  });

  it('rots a bit at rest, and loses a file', () => {
    const disk = new Disk();
    const { universe, leftSite } = disk.sites;
    disk.write(0, first);
    universe.rot(leftSite, path, 100);
    const held = disk.held?.bytes() ?? new Uint8Array();
    const wrong = first.bytes().filter((byte, index) => byte !== held[index]);
    assert.equal(wrong.length, 1);
    assert.deepEqual(universe.files(leftSite, 'ds'), ['file']);
    universe.lose(leftSite, path);
    assert.equal(disk.held, undefined);
    assert.deepEqual(universe.files(leftSite, 'ds'), []);
  });

  it('takes as many times as long as it is slow', () => {
    const disk = new Disk();
    const { universe, leftSite } = disk.sites;
    const time = (): number => {
      const began = universe.now;
      disk.write(0, first);
      return universe.now - began;
    };
    const usual = time();
    universe.slow(leftSite, 'ds', 100);
    assert.ok(Math.abs(time() - 100 * usual) < 0.001);
    universe.slow(leftSite, 'ds', 1);
    assert.ok(Math.abs(time() - usual) < 0.001);
  });
});

interface Talk {
  readonly heard: { left: number; right: number };
  readonly closed: { left: number; right: number };
  readonly say: (side: 'left' | 'right') => void;
}

/** A connection from left to right, over which both can talk. */
function talk({ universe, left, right }: TwoSites): Talk {
  const heard = { left: 0, right: 0 };
  const closed = { left: 0, right: 0 };
  const message: Message = { kind: 'word' };
  let answer: (() => void) | undefined;
  right.world.network.listen(port, (connection) => {
    answer = () => {
      connection.send(message);
    };
    return { received: () => heard.right++, closed: () => closed.right++ };
  });
  const connection = left.world.network.connect(rightAddress, port, {
    received: () => heard.left++,
    closed: () => closed.left++,
  });
  universe.run(universe.now + 1000);
  return {
    heard,
    closed,
    say: (side) => {
      if (side === 'left') connection.send(message);
      else answer?.();
      universe.run(universe.now + 1000);
    },
  };
}

describe('a network that is not sound', () => {
  it('lets through one direction of a link that is cut in the other, until it is healed', () => {
    const sites = createTwoSites();
    const { heard, say } = talk(sites);
    sites.universe.cutOneWay(sites.link, true);
    say('left');
    say('right');
    assert.deepEqual(heard, { left: 1, right: 0 });
    sites.universe.heal(sites.link);
    sites.universe.run(sites.universe.now + 60_000);
    assert.deepEqual(heard, { left: 1, right: 1 });
  });

  it('leaves a connection half open, of which the other side hears nothing', () => {
    for (const halfOpen of [true, false]) {
      const sites = createTwoSites();
      const { heard, closed, say } = talk(sites);
      sites.left.breakConnections({ halfOpen });
      say('right');
      assert.deepEqual(closed, { left: 1, right: halfOpen ? 0 : 1 });
      assert.deepEqual(heard, { left: 0, right: 0 });
    }
  });
});

describe('a clock that is not sound', () => {
  it('drifts by so many millionths from then on, and goes on from where it is', () => {
    const { universe, leftSite, rightSite, left } = createTwoSites();
    universe.run(1000);
    universe.driftClock(leftSite, 1000);
    universe.run(11_000);
    assert.ok(Math.abs(left.world.clock.now() - 11_010) < 0.001);
    assert.equal(universe.clockOf(rightSite), 11_000);
    universe.driftClock(leftSite, 0);
    universe.run(21_000);
    assert.ok(Math.abs(universe.clockOf(leftSite) - 21_010) < 0.001);
  });
});

describe('an observer', () => {
  it('sees what is sent and written at the moment at which it is', () => {
    const sites = createTwoSites();
    const { universe, left } = sites;
    const seen: string[] = [];
    universe.observe({
      sent: (from, to, { kind }) => seen.push(`${from} > ${to}: ${kind}`),
      wrote: (process, file, offset, parts) =>
        seen.push(`${process}: ${file} ${offset} ${parts.map(({ length }) => length).join('+')}`),
    });
    const { say } = talk(sites);
    say('left');
    say('right');
    left.world.storage.open(path, { create: true }, (_error, file) => {
      file?.write(512, [first, second], () => undefined);
      assert.equal(seen.length, 3);
    });
    universe.run(universe.now + 10);
    universe.observe(undefined);
    say('left');
    assert.deepEqual(seen, [
      'vra esx-l > vra esx-r: word',
      'vra esx-r > vra esx-l: word',
      `vra esx-l: ${path} 512 4096+4096`,
    ]);
  });
});
