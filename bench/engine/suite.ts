/**
 * Suite `engine`: writes to a protected disk, beside a mirror that does the nearest job and two servers
 * that replicate nothing. Each round everybody serves a fresh disk, one after the other.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measuresOf, type Measures } from '../measures.ts';
import { describeMachine, print, rounded, spread, table, tell, writeFigures } from '../report.ts';
import type { Suite, SuiteOptions } from '../suite.ts';
import { engine, mirror, nbdkitFile, qemuNbd, type Contestant } from './contestants.ts';
import { compressible, largeWrites, manyWrites, onDisk, runFio, singleWrites } from './fio.ts';
import type { Speed, Work } from './fio.ts';

const contestants: readonly Contestant[] = [engine, mirror, nbdkitFile, qemuNbd];
const works = [singleWrites, manyWrites, largeWrites];
const diskSize = 1024 ** 3;
/** Of one work of one contestant. */
const seconds = 6;

export const engineSuite: Suite = {
  name: 'engine',
  describes: 'writes through the protected disk, beside a synchronous mirror',
  run,
};

interface Taken extends Speed {
  /** Seconds from the end of the writes until the other side had all of them. */
  readonly settledIn: number;
}

interface Figures {
  readonly work: string;
  readonly unit: Work['unit'];
  readonly contestants: readonly {
    readonly name: string;
    readonly speed: Measures;
    readonly p50: Measures;
    readonly p99: Measures;
    readonly settledIn: Measures;
    /** Ours divided by theirs, round by round. */
    readonly ours: Measures;
  }[];
}

async function run(options: SuiteOptions): Promise<void> {
  const machine = describeMachine();
  const rounds = options.runs ?? 3;
  const taken = new Map<string, Taken[]>();
  const key = (work: Work, contestant: Contestant): string => `${work.name}/${contestant.name}`;
  for (let round = 0; round < rounds; round++) {
    for (const work of works) {
      // Who goes first changes, so that nobody always finds the disk's cache as somebody else left it.
      for (let turn = 0; turn < contestants.length; turn++) {
        const contestant = contestants[(turn + round) % contestants.length] ?? engine;
        tell(`  round ${round + 1} of ${rounds}: ${work.name}, ${contestant.name}`);
        const list = taken.get(key(work, contestant)) ?? [];
        taken.set(key(work, contestant), list);
        list.push(await take(contestant, work));
      }
    }
  }
  const figures = works.map((work): Figures => {
    const ours = taken.get(key(work, engine)) ?? [];
    return {
      work: work.name,
      unit: work.unit,
      contestants: contestants.map((contestant) => {
        const list = taken.get(key(work, contestant)) ?? [];
        const of = (value: (one: Taken) => number): Measures => measuresOf(list.map(value));
        return {
          name: contestant.name,
          speed: of(({ speed }) => speed),
          p50: of(({ p50 }) => p50),
          p99: of(({ p99 }) => p99),
          settledIn: of(({ settledIn }) => settledIn),
          ours: measuresOf(list.map(({ speed }, round) => (ours[round]?.speed ?? 0) / speed)),
        };
      }),
    };
  });
  for (const each of figures) printFigures(each);
  tell(`\nFigures: ${writeFigures('engine', machine, { seconds, rounds, works: figures })}`);
}

async function take(contestant: Contestant, work: Work): Promise<Taken> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    const served = await contestant.start(folder, diskSize);
    try {
      const disk = [...onDisk(served.uri, diskSize, seconds), ...compressible];
      const speed = await runFio(disk, work);
      const ended = performance.now();
      await served.settled();
      return { ...speed, settledIn: rounded((performance.now() - ended) / 1000) };
    } finally {
      await served.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printFigures({ work, unit, contestants: all }: Figures): void {
  print(`\n${work}: median (least–most)\n`);
  print(
    table(
      ['', unit, 'p50, µs', 'p99, µs', 'the other side has all, s', 'ours ÷ theirs'],
      all.map(({ name, speed, p50, p99, settledIn, ours }) => [
        name,
        spread(speed),
        p50.median.toFixed(0),
        p99.median.toFixed(0),
        name === engine.name ? spread(settledIn, 1) : '',
        name === engine.name ? '' : spread(ours, 2),
      ]),
    ),
  );
}
