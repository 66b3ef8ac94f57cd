/**
 * Suite `rto`: how long a failover test of a large disk with a long journal takes to its first byte, and how fast the
 * recovered disk is read, beside `nbdkit file` over the protected disk, which then holds the same bytes.
 *
 * A million writes of 4 KiB at random in the middle of 100 GiB, each to a place of its own: all of 4 GiB but the last
 * few per cent lie in the journal, nowhere two neighbours in one frame.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRemoteDisk } from '../../src/engine/nbd/remote-disk.ts';
import { parseNbdUri } from '../../src/engine/nbd/uri.ts';
import { systemClock } from '../../src/engine/process/system-clock.ts';
import { createNodeStreams } from '../../src/engine/world/node/streams.ts';
import { compressible, random, runFio, type Speed, type Work } from '../engine/fio.ts';
import { LabProcess } from '../engine/lab-process.ts';
import { awaitSocket, endProgram, runProgram, startProgram } from '../engine/machine-programs.ts';
import { measuresOf } from '../measures.ts';
import { describeMachine, print, rounded, spread, table, tell, writeFigures } from '../report.ts';
import { BenchError, type Suite, type SuiteOptions } from '../suite.ts';

const gib = 1024 ** 3;
const diskSize = 100 * gib;
/** Unless `--sizes` says otherwise. */
const millionWrites = 1_000_000;
/** Seconds that fio reads for one value. */
const seconds = 4;

/** Where the writes go: 4 GiB for a million, of which they leave next to nothing unwritten. */
const middle = diskSize / 2;
const writtenBy = (writes: number): readonly string[] => {
  const size = Math.min(4 * gib, Math.ceil((writes * 4096) / 2 ** 20) * 2 ** 20);
  return [`--offset=${middle}`, `--size=${size}`];
};

/** What is written in sequence besides: 256 MiB, which a disk mostly holds more of than of what came at random. */
const inSequence = [`--offset=${10 * gib}`, `--size=${gib / 4}`];
const megabytes = ['--bs=1m', '--iodepth=4'];

/** In another order than the writes had: in theirs, one frame of the journal would serve reads in a row. */
const elsewhere = ['--randrepeat=0', '--randseed=7'];

const casesOver = (written: readonly string[]): readonly Work[] => [
  {
    name: '4 KiB random reads of what was written, 16 at a time',
    words: [...random('randread', 16), ...elsewhere, ...written],
    unit: 'IOPS',
  },
  {
    name: '4 KiB random reads of all of the disk, 16 at a time',
    words: [...random('randread', 16), ...elsewhere, `--size=${diskSize}`],
    unit: 'IOPS',
  },
  {
    name: '1 MiB sequential reads of what was written, 4 at a time',
    words: ['--rw=read', ...megabytes, ...written],
    unit: 'MB/s',
  },
  {
    name: '1 MiB sequential reads of what was written in sequence, 4 at a time',
    words: ['--rw=read', ...megabytes, ...inSequence],
    unit: 'MB/s',
  },
];

export const rtoSuite: Suite = {
  name: 'rto',
  describes:
    'a failover test of 100 GiB with a million journaled writes: the first byte, and all further ones',
  run,
};

async function run(options: SuiteOptions): Promise<void> {
  const machine = describeMachine();
  const rounds = options.runs ?? 3;
  const writes = options.sizes?.[0] ?? millionWrites;
  const written = writtenBy(writes);
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-rto-'));
  try {
    const lab = await LabProcess.start(folder, { size: diskSize });
    try {
      const before = await memoryOf(lab);
      tell(`  ${writes} writes are made`);
      const words = [
        ...random('randwrite', 16),
        ...written,
        `--number_ios=${writes}`,
        ...compressible,
      ];
      await runProgram('fio', ...fioOn(lab.disk), ...words);
      const further = ['--rw=write', ...megabytes, ...inSequence, ...compressible];
      await runProgram('fio', ...fioOn(lab.disk), ...further);
      await lab.settled();
      const held = (await memoryOf(lab)) - before;
      const firstRead: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const first = await firstByte(lab);
        firstRead.push(first.took);
        if (round + 1 < rounds) await first.stop();
      }
      const uri = await imageOf(lab);
      const kit = join(folder, 'nbdkit.sock');
      const disk = join(folder, 'state/sites/Here/ds-Here/vms/VM/disk.disk');
      const peer = startProgram('nbdkit', '-f', '-r', '-U', kit, 'file', disk);
      await awaitSocket(kit);
      const reads = [];
      try {
        for (const each of casesOver(written)) {
          reads.push(await contest(each, uri, `nbd+unix:///?socket=${kit}`, rounds));
        }
      } finally {
        await endProgram(peer);
      }
      print(`\nFirst byte of the recovered disk: ${spread(measuresOf(firstRead), 0)} ms`);
      print(`Memory above that of the empty lab: ${held.toFixed(0)} MiB\n`);
      print(
        table(
          ['', 'recovered disk', 'p99, µs', 'nbdkit file', 'p99, µs', 'ours ÷ theirs'],
          reads.map(({ name, unit, ours, theirs, ratio }) => [
            name,
            `${spread(measuresOf(ours.map(({ speed }) => speed)))} ${unit}`,
            measuresOf(ours.map(({ p99 }) => p99)).median.toFixed(0),
            spread(measuresOf(theirs.map(({ speed }) => speed))),
            measuresOf(theirs.map(({ p99 }) => p99)).median.toFixed(0),
            spread(measuresOf(ratio), 2),
          ]),
        ),
      );
      const figures = { writes, firstRead: firstRead.map((took) => rounded(took)), held, reads };
      tell(`\nFigures: ${writeFigures('rto', machine, figures)}`);
    } finally {
      await lab.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** MiB of memory that the engine has resident. */
async function memoryOf({ pid }: LabProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

function fioOn(uri: string): string[] {
  return ['--name=rto', '--ioengine=nbd', `--uri=${uri}`, '--randrepeat=1'];
}

interface FirstByte {
  /** Milliseconds. */
  readonly took: number;
  stop(): Promise<void>;
}

/** From the request of a test to the answer of the first read over NBD. */
async function firstByte(lab: LabProcess): Promise<FirstByte> {
  const began = performance.now();
  const checkpoint = { kind: 'latest' } as const;
  const reply = await lab.control.ask({
    kind: 'request',
    request: { kind: 'failover-test', vpg: 'vpg', checkpoint },
  });
  if (reply.result !== 'success') throw new BenchError(`The test was refused: ${reply.reason}`);
  await readOnce(await imageOf(lab), middle);
  const took = performance.now() - began;
  return {
    took,
    stop: async () => {
      await lab.control.ask({ kind: 'request', request: { kind: 'stop-test', vpg: 'vpg' } });
      while ((await lab.control.ask({ kind: 'images' })).length > 0);
    },
  };
}

async function imageOf(lab: LabProcess): Promise<string> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const [image] = await lab.control.ask({ kind: 'images' });
    if (image) return image.uri;
  }
  throw new BenchError('The recovered disk did not come.');
}

function readOnce(uri: string, offset: number): Promise<void> {
  return new Promise((done, failed) => {
    const settings = { streams: createNodeStreams(), clock: systemClock, subject: uri };
    openRemoteDisk({ ...settings, target: parseNbdUri(uri) }, (error, disk) => {
      if (!disk) {
        failed(error ?? new BenchError('The recovered disk cannot be opened.'));
        return;
      }
      disk.read(offset, 4096, (problem) => {
        disk.close();
        if (problem) failed(problem);
        else done();
      });
    });
  });
}

interface Contest {
  readonly name: string;
  readonly unit: Work['unit'];
  readonly ours: readonly Speed[];
  readonly theirs: readonly Speed[];
  readonly ratio: readonly number[];
}

async function contest(each: Work, uri: string, peer: string, rounds: number): Promise<Contest> {
  const ours: Speed[] = [];
  const theirs: Speed[] = [];
  for (let round = 0; round < rounds; round++) {
    const take = async (list: Speed[], at: string): Promise<void> => {
      tell(`  round ${round + 1} of ${rounds}: ${each.name}, ${at === uri ? 'ours' : 'nbdkit'}`);
      const timed = ['--time_based', `--runtime=${seconds}`];
      list.push(await runFio([...fioOn(at), ...timed], each));
    };
    const turns = [() => take(ours, uri), () => take(theirs, peer)];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const ratio = ours.map(({ speed }, round) => speed / (theirs[round]?.speed ?? Infinity));
  return { name: each.name, unit: each.unit, ours, theirs, ratio };
}
