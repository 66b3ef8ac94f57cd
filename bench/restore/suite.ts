/**
 * Suite `restore`: the time to the first file out of a large disk at a checkpoint, beside copying the whole image
 * and looking into the copy. Both start from the same checkpoint of the same running engine.
 */
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Reply, Request } from '../../src/engine/api.ts';
import { makeTree, MiB } from '../../test/restore/made-disk.ts';
import { LabProcess } from '../engine/lab-process.ts';
import { runProgram } from '../engine/machine-programs.ts';
import { measuresOf, type Measures } from '../measures.ts';
import { describeMachine, print, rounded, spread, table, tell, writeFigures } from '../report.ts';
import { BenchError, type Suite, type SuiteOptions } from '../suite.ts';

const diskSize = 100 * 1024 * MiB;
/** Of the one partition; a GPT needs some room behind it as well. */
const offset = MiB;
const files = 2000;
const largest = 200 * MiB;
/** What is asked for: a small file far down in the tree. */
const wanted = 'level 0 3/level 1 3/wanted.txt';
const content = 'This is what somebody has lost.\n';

export const restoreSuite: Suite = {
  name: 'restore',
  describes: 'the first file out of a disk of 100 GiB, beside copying the image',
  run,
};

interface Round {
  /** Seconds. */
  readonly ours: number;
  readonly copied: number;
  readonly lookedInto: number;
}

async function run(options: SuiteOptions): Promise<void> {
  const machine = describeMachine();
  const count = options.runs ?? 3;
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const rounds: Round[] = [];
  try {
    const disk = await makeDisk(folder);
    const state = join(folder, 'lab');
    const lab = await LabProcess.start(state, { size: diskSize });
    try {
      tell('  the disk is written and replicated');
      // The protected disk is new, so what is a hole in the source is one already.
      await runProgram('nbdcopy', '--flush', '--destination-is-zero', disk, lab.disk);
      await lab.settled();
      const test = await asked(lab, {
        kind: 'failover-test',
        vpg: 'vpg',
        checkpoint: { kind: 'latest' },
      });
      const image = test.images?.['VM/disk'];
      const checkpoint = String(test.checkpoint?.id);
      if (image === undefined) throw new BenchError('The failover test opened no image.');
      for (let round = 0; round < count; round++) {
        tell(`  round ${round + 1} of ${count}`);
        // Who goes first changes: the second one finds in memory what the first has read.
        const both = [
          () => restored(join(state, 'state'), checkpoint, folder),
          () => copied(image, folder),
        ];
        if (round % 2 === 1) both.reverse();
        const taken: Partial<Round>[] = [];
        for (const take of both) {
          const one = await take();
          tell(`    ${JSON.stringify(one)}`);
          taken.push(one);
        }
        rounds.push(Object.assign({}, ...taken) as Round);
      }
    } finally {
      await lab.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const of = (value: (round: Round) => number): Measures => measuresOf(rounds.map(value));
  const figures = {
    diskSize,
    rounds: count,
    ours: of(({ ours }) => ours),
    copied: of(({ copied: copy }) => copy),
    lookedInto: of(({ lookedInto }) => lookedInto),
    /** Copying and looking divided by ours, round by round. */
    ratio: of(({ ours, copied: copy, lookedInto }) => (copy + lookedInto) / ours),
  };
  print('\nto the first file of a disk of 100 GiB: median (least–most)\n');
  print(
    table(
      ['', 's', 'by ours'],
      [
        ['tidemark restore', spread(figures.ours, 2), ''],
        ['nbdcopy of the image', spread(figures.copied, 2), ''],
        ['debugfs in the copy', spread(figures.lookedInto, 2), ''],
        ['both', '', spread(figures.ratio, 1)],
      ],
    ),
  );
  tell(`\nFigures: ${writeFigures('restore', machine, figures)}`);
}

/** A sparse disk with a GPT and an ext4, and a tree in it. */
async function makeDisk(folder: string): Promise<string> {
  tell('  a disk is made');
  const tree = join(folder, 'tree');
  await mkdir(tree);
  await makeTree(tree, { files, largest, links: true });
  await writeFile(join(tree, wanted), content);
  const disk = join(folder, 'source.img');
  await writeFile(disk, '');
  await truncate(disk, diskSize);
  const script = join(folder, 'table');
  const sectors = (diskSize - 2 * offset) / 512;
  await writeFile(script, `label: gpt\n${offset / 512},${sectors}\n`);
  await runProgram('sh', '-c', `sfdisk -q "$1" < "$2"`, 'sfdisk', disk, script);
  const within = `offset=${offset}`;
  const blocks = `${(sectors * 512) / 1024}k`;
  await runProgram('mke2fs', '-q', '-F', '-t', 'ext4', '-E', within, '-d', tree, disk, blocks);
  await rm(tree, { recursive: true });
  return disk;
}

async function restored(
  state: string,
  checkpoint: string,
  folder: string,
): Promise<Partial<Round>> {
  const to = join(folder, 'restored');
  await mkdir(to);
  const words = [resolve('dist/cli.js'), 'restore', 'vpg', `VM:disk:1/${wanted}`];
  const at = ['--to', to, '--checkpoint', checkpoint, '--state', state];
  const ours = await seconds(() => runProgram(process.execPath, ...words, ...at));
  await check(join(to, 'wanted.txt'));
  await rm(to, { recursive: true });
  return { ours };
}

async function copied(image: string, folder: string): Promise<Partial<Round>> {
  const copy = join(folder, 'copy.img');
  const found = join(folder, 'found.txt');
  const taken = await seconds(() => runProgram('nbdcopy', image, copy));
  const dump = `dump "/${wanted}" ${found}`;
  const lookedInto = await seconds(() =>
    runProgram('debugfs', '-R', dump, `${copy}?offset=${offset}`),
  );
  await check(found);
  await rm(copy);
  await rm(found);
  return { copied: taken, lookedInto };
}

/** Nobody is measured doing nothing. */
async function check(path: string): Promise<void> {
  if ((await readFile(path, 'utf8')) !== content) {
    throw new BenchError(`${path} is not the file that was asked for.`);
  }
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return rounded((performance.now() - begun) / 1000, 3);
}

async function asked(
  lab: LabProcess,
  request: Request,
): Promise<Extract<Reply, { result: 'success' }>> {
  const reply = await lab.control.ask({ kind: 'request', request });
  if (reply.result === 'success') return reply;
  throw new BenchError(`The engine refused a ${request.kind}: ${reply.reason}`);
}
