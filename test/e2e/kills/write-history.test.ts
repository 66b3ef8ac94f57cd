import assert from 'node:assert/strict';
import { blockSize, WriteHistory } from './write-history.ts';

const blocks = 4;

function block(fill: string): Buffer {
  return Buffer.alloc(blockSize, fill);
}

/** Two disks of four blocks, and what they hold, by letters; a dot is a block of zeroes. */
class Bench {
  readonly history = new WriteHistory(['a', 'b'], blocks);
  #now = 1000;

  begin(disk: number, from: number, letters: string): ReturnType<WriteHistory['begin']> {
    const length = letters.length * blockSize;
    const data = letters.startsWith('.') ? undefined : Buffer.concat(Array.from(letters, block));
    return this.history.begin(disk, from * blockSize, length, data, ++this.#now);
  }

  done(...writes: readonly ReturnType<WriteHistory['begin']>[]): number {
    for (const write of writes) this.history.acknowledge(write, ++this.#now);
    return this.#now;
  }

  write(disk: number, from: number, letters: string): number {
    return this.done(this.begin(disk, from, letters));
  }

  settle(a: string, b = '....'): number {
    this.history.settle([a, b].map(disk), ++this.#now);
    return this.#now;
  }

  /** Holds disks against the history; `time` 0 is that of a checkpoint before everything. */
  verify(a: string, b = '....', time = 0): void {
    this.history.verify('image', [a, b].map(disk), time);
  }
}

function disk(letters: string): Buffer {
  return Buffer.concat(
    Array.from(letters, (each) => (each === '.' ? Buffer.alloc(blockSize) : block(each))),
  );
}

describe('the history of what was written', () => {
  it('takes every prefix of writes that follow each other, over two disks', () => {
    const bench = new Bench();
    bench.write(0, 0, 'AB');
    bench.write(1, 1, 'C');
    bench.write(0, 1, 'D');
    bench.write(0, 0, '.');
    bench.verify('....');
    bench.verify('AB..');
    bench.verify('AB..', '.C..');
    bench.verify('AD..', '.C..');
    bench.verify('.D..', '.C..');
  });

  it('finds a hole: a write without one that was acknowledged before it, on the other disk too', () => {
    const bench = new Bench();
    bench.write(0, 0, 'AB');
    bench.write(1, 1, 'C');
    bench.write(0, 1, 'D');
    assert.throws(() => {
      bench.verify('....', '.C..');
    }, /block 0 of a lacks a write that was acknowledged before one began that it holds/);
    assert.throws(() => {
      bench.verify('AD..', '....');
    }, /block 1 of b lacks/);
  });

  it('finds a part of a write, and content that is nobody’s', () => {
    const bench = new Bench();
    bench.write(0, 0, 'AB');
    assert.throws(() => {
      bench.verify('A...');
    }, /block 1 of a lacks a part of a write that it holds/);
    assert.throws(() => {
      bench.verify('ABX.');
    }, /block 2 of a holds what nobody wrote/);
  });

  it('finds an old version where a newer one is due, and zeroes where data is', () => {
    const bench = new Bench();
    bench.write(0, 0, 'A');
    const time = bench.write(0, 0, 'B');
    bench.verify('A...', '....', time - 2);
    for (const held of ['A...', '....']) {
      assert.throws(() => {
        bench.verify(held, '....', time + 1);
      }, /block 0 of a lacks a write that was acknowledged 1 ms before its time/);
    }
    bench.verify('B...', '....', time + 1);
  });

  it('finds data where zeroes are due', () => {
    const bench = new Bench();
    bench.write(0, 0, 'AB');
    const time = bench.write(0, 0, '..');
    assert.throws(() => {
      bench.verify('.B..', '....', time + 1);
    }, /block 1 of a lacks/);
    bench.verify('....', '....', time + 1);
  });

  it('lets writes side by side take either order, or be missing until they are acknowledged', () => {
    const bench = new Bench();
    const first = bench.begin(0, 0, 'A');
    const second = bench.begin(0, 0, 'B');
    for (const held of ['....', 'A...', 'B...']) bench.verify(held);
    const time = bench.done(second, first) + 1;
    for (const held of ['A...', 'B...']) bench.verify(held, '....', time);
    assert.throws(() => {
      bench.verify('....', '....', time);
    }, /lacks/);
  });

  it('holds the writes that a crash cut off to what was found after it', () => {
    const bench = new Bench();
    bench.write(0, 2, 'C');
    const before = bench.begin(0, 0, 'AB');
    // The kill may have cut the write in two; what is found counts from then on.
    const time = bench.settle('A.C.') + 1;
    bench.verify('..C.', '....', before.beganAt);
    bench.verify('ABC.', '....', before.beganAt);
    bench.verify('A.C.', '....', time);
    assert.throws(() => {
      bench.verify('ABC.', '....', time);
    }, /block 1 of a holds a write that a crash had lost before/);
    assert.throws(() => {
      bench.verify('..C.', '....', time);
    }, /block 0 of a lacks/);
  });

  it('refuses to record the same content twice at one place, which nobody could tell apart', () => {
    const bench = new Bench();
    bench.write(0, 0, 'A');
    assert.throws(() => bench.begin(0, 0, 'A'), /same content twice/);
  });
});
