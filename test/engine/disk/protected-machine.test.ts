import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openProtectedMachine } from '../../../src/engine/disk/protected-machine.ts';
import { dirtyBlockSize } from '../../../src/engine/disk/write-tap.ts';
import type {
  Attachment,
  DirtyRun,
  ProtectedMachine,
  WriteTap,
} from '../../../src/engine/disk/write-tap.ts';
import { ExtentMap } from '../../../src/engine/world/extent-map.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import type { SimulatedProcess } from '../../../src/engine/world/simulated.ts';
import type { WorldError } from '../../../src/engine/world/world.ts';
import { createTwoSites } from '../world/two-sites.ts';
import type { TwoSites } from '../world/two-sites.ts';

const block = dirtyBlockSize;
const disks = [
  { name: 'system', size: 40 * block, path: 'ds/FS01/system.disk' },
  // Ends within a block.
  { name: 'data', size: 20 * block + 1000, path: 'ds/FS01/data.disk' },
];

interface Lab extends TwoSites {
  readonly host: SimulatedProcess;
  readonly machine: ProtectedMachine;
}

function openMachine(
  sites: TwoSites,
  host: SimulatedProcess,
  options: { readonly writeThrough?: boolean } = {},
): ProtectedMachine {
  let machine: ProtectedMachine | undefined;
  let failure: WorldError | undefined;
  openProtectedMachine(host.world, { name: 'FS01', disks, ...options }, (error, opened) => {
    failure = error;
    machine = opened;
  });
  sites.universe.run(sites.universe.now + 100);
  assert(machine, failure?.message);
  return machine;
}

function createLab(seed = 1, options: { readonly writeThrough?: boolean } = {}): Lab {
  const sites = createTwoSites({ seed });
  const host = sites.universe.createProcess('host esx-l', { site: sites.leftSite });
  return { ...sites, host, machine: openMachine(sites, host, options) };
}

/** A tap that takes every write (or none) and keeps the stream as a shadow of the disks. */
class Recorder implements WriteTap {
  takes = true;
  sequence = 0;
  readonly log: string[] = [];
  readonly shadow = disks.map(() => new ExtentMap({ holdsZeroes: false }));

  write(disk: number, offset: number, payload: Payload): number {
    if (!this.takes) return 0;
    this.log.push(`write ${disk} ${offset} ${payload.length}`);
    return this.enter(disk, offset, payload);
  }

  zero(disk: number, offset: number, length: number): number {
    if (!this.takes) return 0;
    this.log.push(`zero ${disk} ${offset} ${length}`);
    return this.enter(disk, offset, zeroes(length));
  }

  writeFailed(disk: number, offset: number, length: number): void {
    this.log.push(`failed ${disk} ${offset} ${length}`);
  }

  enter(disk: number, offset: number, payload: Payload): number {
    this.shadow[disk]!.write(offset, payload);
    return ++this.sequence;
  }
}

/** Writes, and gives a word that becomes `done` or the code of an error. */
function write(
  machine: ProtectedMachine,
  disk: number,
  offset: number,
  payload: Payload,
): string[] {
  const outcome: string[] = [];
  machine.write(disk, offset, payload, (error) => {
    outcome.push(error?.code ?? 'done');
  });
  return outcome;
}

function runsOf(attachment: Attachment, maxLength = block): DirtyRun[] {
  const runs: DirtyRun[] = [];
  disks.forEach((_, disk) => {
    let run = attachment.nextDirty(disk, 0, maxLength);
    while (run) {
      runs.push(run);
      run = attachment.nextDirty(disk, run.offset + run.length, maxLength);
    }
  });
  return runs;
}

/** The dirty blocks that have been written, as `disk:block`. */
function dirtyBlocks(attachment: Attachment): string[] {
  return runsOf(attachment)
    .filter(({ zero }) => !zero)
    .map(({ disk, offset }) => `${disk}:${offset / block}`);
}

function readAll(lab: Lab, disk: number): Payload {
  let content: Payload | undefined;
  lab.machine.read(disk, 0, disks[disk]!.size, (_, payload) => {
    content = payload;
  });
  lab.universe.run(lab.universe.now + 1000);
  assert(content);
  return content;
}

function settle(lab: Lab): void {
  lab.universe.run(lab.universe.now + 1000);
}

describe('a protected machine', () => {
  it('completes a write when it is on the disk, durably, and reads it back', () => {
    const lab = createLab();
    const payload = syntheticPayload('a', 5000);
    const outcome = write(lab.machine, 0, 777, payload);
    assert.deepEqual(outcome, []);
    lab.universe.runWhile(() => outcome.length === 0, 10_000);
    lab.host.kill({ silent: true });
    lab.host.restart();
    const again = { ...lab, machine: openMachine(lab, lab.host) };
    assert(samePayload(readAll(again, 0).slice(777, 5777), payload));
    assert.equal(again.machine.writtenBytes(0), block);
    assert.equal(again.machine.writtenBytes(1), 0);
  });

  it('keeps without write-through what was flushed, and for certain nothing else', () => {
    const lost: boolean[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const lab = createLab(seed, { writeThrough: false });
      const flushed = syntheticPayload('flushed', block);
      const late = syntheticPayload('late', block);
      write(lab.machine, 1, 0, flushed);
      settle(lab);
      let durable = false;
      lab.machine.flush(1, (error) => {
        assert.equal(error, undefined);
        durable = true;
      });
      assert(!durable, 'never within the call');
      lab.universe.runWhile(() => !durable, lab.universe.now + 1000);
      assert.deepEqual(write(lab.machine, 1, block, late), []);
      lab.universe.run(lab.universe.now + 5);
      lab.host.kill({ silent: true });
      lab.host.restart();
      const again = { ...lab, machine: openMachine(lab, lab.host) };
      assert(samePayload(readAll(again, 1).slice(0, block), flushed));
      lost.push(!samePayload(readAll(again, 1).slice(block, 2 * block), late));
    }
    assert(lost.includes(true), 'without a flush a write may be lost');
    let refusal: string | undefined;
    const lab = createLab();
    lab.machine.flush(2, (error) => (refusal = error?.code));
    settle(lab);
    assert.equal(refusal, 'out-of-range');
  });

  it('refuses what lies outside its disks', () => {
    const lab = createLab();
    const beyond = write(lab.machine, 1, 20 * block + 999, syntheticPayload('a', 2));
    const before = write(lab.machine, 1, -1, syntheticPayload('a', 2));
    const nowhere = write(lab.machine, 2, 0, syntheticPayload('a', 2));
    const codes: (string | undefined)[] = [];
    lab.machine.read(1, 20 * block, 1001, (error) => codes.push(error?.code));
    lab.machine.zero(1, 20 * block, 1001, (error) => codes.push(error?.code));
    assert.deepEqual([beyond, before, nowhere, codes], [[], [], [], []]);
    settle(lab);
    assert.deepEqual(
      [beyond, before, nowhere],
      [['out-of-range'], ['out-of-range'], ['out-of-range']],
    );
    assert.deepEqual(codes, ['out-of-range', 'out-of-range']);
  });

  it('tells a tap of every write, in the order in which they take effect', () => {
    const lab = createLab();
    const tap = new Recorder();
    lab.machine.attach('vpg/FS01', tap);
    write(lab.machine, 0, 0, syntheticPayload('a', 100));
    write(lab.machine, 0, 50, syntheticPayload('b', 100));
    write(lab.machine, 1, 0, syntheticPayload('c', 100));
    lab.machine.zero(0, 0, 10, () => {});
    assert.deepEqual(tap.log, ['write 0 0 100', 'write 1 0 100'], 'overlapping writes wait');
    settle(lab);
    assert.deepEqual(tap.log.slice(2), ['write 0 50 100', 'zero 0 0 10']);
    disks.forEach(({ size }, disk) => {
      assert(samePayload(readAll(lab, disk), tap.shadow[disk]!.read(0, size)));
    });
  });

  it('marks blocks while no tap takes the writes', () => {
    const lab = createLab();
    const tap = new Recorder();
    const attachment = lab.machine.attach('vpg/FS01', tap);
    write(lab.machine, 0, 0, syntheticPayload('a', 100));
    tap.takes = false;
    write(lab.machine, 0, 3 * block - 1, syntheticPayload('b', 2));
    write(lab.machine, 1, 20 * block + 10, syntheticPayload('c', 10));
    settle(lab);
    assert.deepEqual(dirtyBlocks(attachment), ['0:2', '0:3', '1:20']);
    assert.equal(attachment.dirtyBytes, 2 * block + 1000);
    assert.equal(runsOf(attachment, 4 * block)[0]?.length, 2 * block);
  });

  it('knows after a restart of the VRA what the VRA had not got through', () => {
    const lab = createLab();
    const tap = new Recorder();
    const before = lab.machine.attach('vpg/FS01', tap);
    before.setBaseline();
    for (let index = 0; index < 4; index++) {
      write(lab.machine, 0, index * block, syntheticPayload(index, 10));
    }
    settle(lab);
    before.acknowledged(2);
    lab.machine.detachAll();
    write(lab.machine, 0, 9 * block, syntheticPayload('while away', 10));
    settle(lab);
    assert.equal(tap.log.length, 4, 'a detached tap hears nothing');

    const after = lab.machine.attach('vpg/FS01', new Recorder());
    assert(after.baseline);
    assert.deepEqual(dirtyBlocks(after), ['0:2', '0:3', '0:9']);
    before.acknowledged(100);
    before.clearDirty();
    assert.deepEqual(dirtyBlocks(after), ['0:2', '0:3', '0:9'], 'the dead have no say');
  });

  it('knows nothing of a stream after a restart of the host', () => {
    const lab = createLab();
    lab.machine.attach('vpg/FS01', new Recorder()).setBaseline();
    write(lab.machine, 0, 5 * block, syntheticPayload('a', 10));
    settle(lab);
    lab.host.kill({ silent: true });
    lab.host.restart();
    const attachment = openMachine(lab, lab.host).attach('vpg/FS01', new Recorder());
    assert.equal(attachment.baseline, false);
    assert.deepEqual(runsOf(attachment), []);

    attachment.markEverything(() => 'send');
    assert.deepEqual(dirtyBlocks(attachment), ['0:5']);
    attachment.markEverything(() => 'compare');
    assert.equal(attachment.suspectBytes, block);
    assert.deepEqual(attachment.nextSuspect(0, 0, 2 * block), {
      disk: 0,
      offset: 5 * block,
      length: block,
    });
    assert.deepEqual(runsOf(attachment), [
      { disk: 0, offset: 0, length: 5 * block, zero: true },
      { disk: 0, offset: 5 * block, length: block, zero: false },
      { disk: 0, offset: 6 * block, length: 34 * block, zero: true },
      { disk: 1, offset: 0, length: 20 * block + 1000, zero: true },
    ]);
    assert.equal(attachment.dirtyBytes, 60 * block + 1000);
  });

  it('gives runs that are either to be read or zeroes, never both', () => {
    const lab = createLab();
    const attachment = lab.machine.attach('vpg/FS01', new Recorder());
    write(lab.machine, 0, 5 * block, syntheticPayload('a', 3 * block));
    settle(lab);
    attachment.markEverything(() => 'compare');
    attachment.compared(0, 5 * block, 3 * block, false);
    const shape = (run: DirtyRun): string => `${run.zero ? 'zero' : 'read'} ${run.length / block}`;
    const runs = runsOf(attachment, 2 * block).filter(({ disk }) => disk === 0);
    assert.deepEqual(runs.map(shape), ['zero 5', 'read 2', 'read 1', 'zero 32']);
    assert.deepEqual(attachment.nextDirty(0, 6 * block + 7, 100 * block), {
      disk: 0,
      offset: 6 * block,
      length: 2 * block,
      zero: false,
    });
  });

  it('compares what was ever written, once, and cuts it at multiples', () => {
    const lab = createLab();
    const attachment = lab.machine.attach('vpg/FS01', new Recorder());
    write(lab.machine, 0, 2 * block, syntheticPayload('a', 4 * block));
    settle(lab);
    attachment.setBaseline();
    attachment.markEverything((disk) => (disk === 0 ? 'compare' : 'send'));
    assert.equal(attachment.baseline, false);
    assert.equal(attachment.suspectBytes, 4 * block);
    const runs = [0, 4 * block, 6 * block].map((from) =>
      attachment.nextSuspect(0, from, 4 * block),
    );
    assert.deepEqual(runs, [
      { disk: 0, offset: 2 * block, length: 2 * block },
      { disk: 0, offset: 4 * block, length: 2 * block },
      undefined,
    ]);
    const holes = attachment.dirtyBytes;
    attachment.compared(0, 2 * block, block, true);
    assert.equal(attachment.dirtyBytes, holes);
    attachment.compared(0, 3 * block, block, false);
    assert.equal(attachment.dirtyBytes, holes + block);
    attachment.sent(9, 0, 4 * block, block);
    attachment.compared(0, 4 * block, block, false);
    assert.equal(attachment.dirtyBytes, holes + block, 'it has been sent whole in the meantime');
    assert.equal(attachment.suspectBytes, block);
  });

  it('keeps streams apart', () => {
    const lab = createLab();
    const near = lab.machine.attach('near/FS01', new Recorder());
    const far = new Recorder();
    far.takes = false;
    const farther = lab.machine.attach('far/FS01', far);
    write(lab.machine, 0, block, syntheticPayload('a', 10));
    settle(lab);
    assert.deepEqual(dirtyBlocks(near), []);
    assert.deepEqual(dirtyBlocks(farther), ['0:1']);
    lab.machine.forget('far/FS01');
    write(lab.machine, 0, 2 * block, syntheticPayload('a', 10));
    settle(lab);
    assert.deepEqual(dirtyBlocks(lab.machine.attach('far/FS01', new Recorder())), []);
  });

  it('moves what is sent, dropped and acknowledged between dirty and clean', () => {
    const lab = createLab();
    const attachment = lab.machine.attach('vpg/FS01', new Recorder());
    attachment.markDirty(0, 0, 4 * block);
    attachment.sent(1, 0, 0, 2 * block);
    attachment.sent(2, 0, 2 * block, block);
    assert.equal(attachment.dirtyBytes, block);
    attachment.drop(2);
    assert.equal(attachment.dirtyBytes, 2 * block);
    attachment.acknowledged(1);
    attachment.drop(0);
    assert.equal(attachment.dirtyBytes, 2 * block);
    attachment.clearDirty();
    assert.equal(attachment.dirtyBytes, 0);
  });

  it('withholds the completion of what starts under a hold until the release', () => {
    const lab = createLab();
    const attachment = lab.machine.attach('vpg/FS01', new Recorder());
    const early = write(lab.machine, 0, 0, syntheticPayload('a', 10));
    attachment.hold();
    attachment.hold();
    const late = write(lab.machine, 0, block, syntheticPayload('b', 10));
    const later = write(lab.machine, 0, 2 * block, syntheticPayload('c', 10));
    settle(lab);
    assert.deepEqual([early, late, later], [['done'], [], []]);
    attachment.release();
    assert.deepEqual(late, [], 'not within the release');
    settle(lab);
    assert.deepEqual([late, later], [['done'], ['done']]);
    attachment.release();
    const after = write(lab.machine, 0, 3 * block, syntheticPayload('d', 10));
    settle(lab);
    assert.deepEqual(after, ['done']);
  });

  it('waits for the holds of all streams, and for none of a VRA that is gone', () => {
    const lab = createLab();
    const near = lab.machine.attach('near/FS01', new Recorder());
    const far = lab.machine.attach('far/FS01', new Recorder());
    near.hold();
    far.hold();
    const outcome = write(lab.machine, 0, 0, syntheticPayload('a', 10));
    near.release();
    settle(lab);
    assert.deepEqual(outcome, []);
    lab.machine.detachAll();
    settle(lab);
    assert.deepEqual(outcome, ['done']);
  });

  it('tells of a write that failed, and counts its blocks as dirty', () => {
    const lab = createLab();
    const tap = new Recorder();
    const attachment = lab.machine.attach('vpg/FS01', tap);
    lab.universe.fill(lab.leftSite, 'ds', 1000);
    const outcome = write(lab.machine, 0, block, syntheticPayload('a', 2000));
    settle(lab);
    assert.deepEqual(outcome, ['no-space']);
    assert.deepEqual(tap.log, [`write 0 ${block} 2000`, `failed 0 ${block} 2000`]);
    assert.deepEqual(dirtyBlocks(attachment), ['0:1']);
  });

  it('reads for a sync exactly what the stream holds at that place', () => {
    const step = fc.record({
      kind: fc.constantFrom('write', 'write', 'zero', 'sync', 'wait'),
      offset: fc.nat(4 * block - 1),
      length: fc.integer({ min: 1, max: block }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const lab = createLab();
        const tap = new Recorder();
        const attachment = lab.machine.attach('vpg/FS01', tap);
        steps.forEach(({ kind, offset, length }, content) => {
          if (kind === 'write') write(lab.machine, 0, offset, syntheticPayload(content, length));
          else if (kind === 'zero') lab.machine.zero(0, offset, length, () => {});
          else if (kind === 'wait') lab.universe.run(lab.universe.now + (length % 3));
          else {
            attachment.read(0, offset, length, (_, payload) => {
              assert(payload);
              assert(samePayload(payload, tap.shadow[0]!.read(offset, length)));
              tap.enter(0, offset, payload);
            });
          }
        });
        settle(lab);
        assert(samePayload(readAll(lab, 0), tap.shadow[0]!.read(0, disks[0]!.size)));
      }),
      { numRuns: 100 },
    );
  });

  it('loses no write over taps that refuse, VRAs that end and acknowledgements that come late', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const lab = createLab(seed);
        const random = createRandom(seed);
        // What the other side holds: all that was acknowledged to it, in order.
        const remote = disks.map(() => new ExtentMap({ holdsZeroes: false }));
        let pending: { disk: number; offset: number; payload: Payload }[] = [];
        let received = 0;
        let sequence = 0;
        let takes = true;
        const enter = (disk: number, offset: number, payload: Payload): number => {
          pending.push({ disk, offset, payload });
          return ++sequence;
        };
        const tap: WriteTap = {
          write: (disk, offset, payload) => (takes ? enter(disk, offset, payload) : 0),
          zero: (disk, offset, length) => (takes ? enter(disk, offset, zeroes(length)) : 0),
          writeFailed: () => assert.fail('no write fails here'),
        };
        let attachment = lab.machine.attach('vpg/FS01', tap);
        const receive = (count: number): void => {
          for (const { disk, offset, payload } of pending.splice(0, count)) {
            remote[disk]!.write(offset, payload);
            received++;
          }
          attachment.acknowledged(received);
        };
        const synchronize = (): void => {
          for (const run of runsOf(attachment, 3 * block)) {
            attachment.read(run.disk, run.offset, run.length, (_, payload) => {
              assert(payload);
              const at = enter(run.disk, run.offset, payload);
              attachment.sent(at, run.disk, run.offset, run.length);
            });
          }
        };
        for (let round = 0; round < 60; round++) {
          const choice = random.integer(10);
          const disk = random.integer(2);
          const offset = random.integer(19 * block);
          if (choice < 5)
            write(lab.machine, disk, offset, syntheticPayload(round, 1 + random.integer(block)));
          else if (choice === 5)
            lab.machine.zero(disk, offset, 1 + random.integer(block), () => {});
          else if (choice === 6) takes = !takes;
          else if (choice === 7) receive(random.integer(4));
          else if (choice === 8) {
            // The VRA restarts: what it held is gone, and its numbers begin where the other side is.
            lab.machine.detachAll();
            settle(lab);
            pending = [];
            sequence = received;
            attachment = lab.machine.attach('vpg/FS01', tap);
          } else {
            settle(lab);
            attachment.drop(sequence + 1 - random.integer(pending.length + 1));
            const kept = pending.length;
            synchronize();
            settle(lab);
            assert(pending.length >= kept);
          }
          if (random.integer(2) === 0) lab.universe.run(lab.universe.now + random.next());
        }
        settle(lab);
        takes = true;
        synchronize();
        settle(lab);
        receive(pending.length);
        assert.equal(attachment.dirtyBytes, 0);
        disks.forEach(({ size }, disk) => {
          assert(samePayload(readAll(lab, disk), remote[disk]!.read(0, size)), `disk ${disk}`);
        });
      }),
      { numRuns: 100 },
    );
  });
});
