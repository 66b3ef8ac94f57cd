import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createLab, LabError, parseBlockTrace } from '../../../src/engine/lab.ts';
import type { ProtectedMachine } from '../../../src/engine/disk/write-tap.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import { Bench, twoSites } from '../fixtures/labs.ts';

const block = 64 * 1024;
const gib = 2 ** 30;

/** The fixture with a trace on FS01, which nothing else writes to. */
function traced(...changes: readonly [string | RegExp, string][]) {
  return twoSites(['changeRate: 16KiB/s', 'trace: fs01.csv'], ...changes);
}

/** What the guest of FS01 holds, as the numbers of the blocks that were written. */
function writtenBlocks(bench: Bench): number {
  assert.ok(bench.lab instanceof RunningLab);
  const machine: ProtectedMachine | undefined = bench.lab.machine(bench.vm('FS01'));
  assert.ok(machine);
  return machine.disks.reduce((sum, _, disk) => sum + machine.writtenBytes(disk), 0) / block;
}

/** All that a VRA wrote into journals, from the samples of its rate; each stands for as long as all others. */
function journaledBytes(bench: Bench, vra: string): number {
  const samples = bench.lab.timeline().rates.find(({ name }) => name === vra)?.samples ?? [];
  const span = ((samples[1]?.at ?? 0) - (samples[0]?.at ?? 0)) / 1000;
  return Math.round(samples.reduce((sum, { diskWrite }) => sum + diskWrite * span, 0));
}

function blocksInImage(bench: Bench, disk: string, size: number): Set<number> {
  const { images } = bench.tested();
  const image = images[`FS01/${disk}`];
  assert.ok(image);
  const blocks = new Set<number>();
  const step = 16 * 1024 * 1024;
  for (let at = 0; at < size; at += step) {
    const bytes = bench.lab.readImage(image, disk, at, step).bytes();
    for (let from = 0; from < step; from += block) {
      if (bytes.subarray(from, from + block).some((byte) => byte !== 0)) {
        blocks.add((at + from) / block);
      }
    }
  }
  bench.stop();
  return blocks;
}

describe('a VM with a recorded block trace', () => {
  const trace = parseBlockTrace(
    ['1,10,2a,65536,0', '1,20,2a,65536,1024', '1,40,2a,131072,4096', '1,69,28,512,0'].join('\n'),
  );
  const traceOf = () => trace;

  it('writes what the trace says, when it says so, from offset 0 on', () => {
    const bench = new Bench(traced(), { traceOf });
    assert.equal(writtenBlocks(bench), 0);
    bench.lab.run(9_000);
    assert.equal(writtenBlocks(bench), 1);
    bench.lab.run(11_000);
    assert.equal(writtenBlocks(bench), 2);
    bench.lab.run(31_000);
    assert.equal(writtenBlocks(bench), 4);
    bench.lab.run(59_000);
    assert.deepEqual([...blocksInImage(bench, 'data', 16 * 2 ** 20)], [0, 8, 32, 33]);
  });

  it('begins anew when it has ended, and plays its end during the warm-up', () => {
    const bench = new Bench(traced(), { traceOf, warmUp: 25_000 });
    // The trace lasts a minute: 25 s before offset 0 it stands at 35 s, so nothing follows in this round.
    bench.lab.run(25_000 - 1);
    assert.equal(writtenBlocks(bench), 0);
    bench.lab.setOrigin();
    bench.lab.run(5_000);
    assert.equal(writtenBlocks(bench), 1);
    const first = bench.lab.snapshot().vpgs[0]?.journalBytes ?? 0;
    bench.lab.run(59_000);
    const whole = bench.lab.snapshot().vpgs[0]?.journalBytes ?? 0;
    bench.lab.run(119_000);
    const twice = bench.lab.snapshot().vpgs[0]?.journalBytes ?? 0;
    assert.ok(whole > first);
    assert.ok(twice - whole > (whole - first) / 2, `${first} ${whole} ${twice}`);
    assert.equal(writtenBlocks(bench), 4);
  });

  it('does not write later what a machine that was down would have written', () => {
    const bench = new Bench(traced(), { traceOf });
    bench.lab.run(5_000);
    bench.power('Prod_Site/esx-p1', 'powerOff');
    bench.lab.run(25_000);
    bench.power('Prod_Site/esx-p1', 'powerOn');
    bench.lab.run(59_000);
    assert.equal(writtenBlocks(bench), 3);
  });

  it('goes over several disks one behind the other, and splits what lies over the end of one', () => {
    const disks = `system: { size: 1MiB, datastore: ds-p1 }
          data: { size: 8GiB, datastore: ds-p1 }`;
    const across = parseBlockTrace(`1,0,2a,131072,${(2 ** 20 - block) / 512}\n1,1,28,512,0`);
    const bench = new Bench(traced(['data: { size: 8GiB, datastore: ds-p1 }', disks]), {
      traceOf: () => across,
    });
    bench.lab.run(30_000);
    assert.deepEqual([...blocksInImage(bench, 'data', 16 * 2 ** 20)], [0]);
    assert.equal(writtenBlocks(bench), 2);
  });

  it('is refused where it writes behind the end of the disks, and where the trace is not at hand', () => {
    const far = parseBlockTrace(`1,0,2a,512,${(9 * gib) / 512}`);
    const options = { seed: 1, begin: 'protected' } as const;
    assert.throws(
      () => createLab(traced(), { ...options, traceOf: () => far }),
      (error) =>
        error instanceof LabError && error.code === 'no-room' && error.message.includes('9GiB'),
    );
    assert.throws(
      () => createLab(traced(), options),
      (error) => error instanceof LabError && error.code === 'no-trace',
    );
  });
});

describe('two hours of a real VM', () => {
  const file = new URL('../../../../shared/data/traces/vm-block-trace.csv', import.meta.url);

  it('journal 2 408 565 760 bytes and leave 14 711 distinct blocks of 64 KiB', function () {
    // Recorded by others and not to be copied, so a checkout of its own does not have it.
    if (!existsSync(file)) return this.skip();
    // A read of a minute later keeps the trace from beginning anew while its last writes are on their way.
    const trace = parseBlockTrace(`${readFileSync(file, 'utf8')}\n1,5641158,28,512,0\n`);
    assert.equal(trace.count, 66_898);
    const bench = new Bench(
      traced(
        ['data: { size: 8GiB, datastore: ds-p1 }', 'data: { size: 40GiB, datastore: ds-p1 }'],
        // Uncompressed, what a journal takes in is what was written.
        ['rpo: 5m', 'rpo: 5m\n    compression: false'],
      ),
      { traceOf: () => trace },
    );
    bench.lab.run(trace.length - 1);
    assert.equal(writtenBlocks(bench), 14_711);
    assert.equal(journaledBytes(bench, 'DR_Site/esx-d1'), 2_408_565_760);
  });
});
