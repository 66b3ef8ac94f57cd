/**
 * The engine on a real disk under steady load for half an hour, with a history of five minutes: what it
 * holds on disk, in memory and open has to stay level once the history is full.
 *
 *   npm run soak -- [--minutes 30] [--rate 4m]
 *
 * `--rate` is fio's: bytes a second that are written. It ends with 1 where something grew. Linux only: it
 * reads `/proc`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { compressible, onDisk } from './engine/fio.ts';
import { LabProcess } from './engine/lab-process.ts';
import { runProgram } from './engine/machine-programs.ts';
import { print } from './report.ts';
import { BenchError } from './suite.ts';

const diskSize = 512 * 1024 ** 2;
const history = 5;
/** Share that a figure may be above what it was when the history had just become full. */
const tolerance = 0.15;
/** Samples, two a minute, without which there is nothing to be compared. */
const leastSamples = 6;

interface Sample {
  readonly minute: number;
  /** MiB of the state folder, and of what the process keeps after a collection of garbage. */
  readonly disk: number;
  readonly memory: number;
  /** MiB that are resident: garbage and what the allocator holds included, so nothing is concluded from them. */
  readonly resident: number;
  readonly handles: number;
  readonly checkpoints: number;
}

const figures = ['disk', 'memory', 'handles', 'checkpoints'] as const;

async function take(lab: LabProcess, folder: string, started: number): Promise<Sample> {
  const status = await readFile(`/proc/${lab.pid}/status`, 'utf8');
  const blocks = await runProgram('du', '-s', '--block-size=1', folder);
  const { vpgs } = await lab.control.ask({ kind: 'snapshot' });
  return {
    minute: (performance.now() - started) / 60_000,
    disk: Number.parseInt(blocks, 10) / 2 ** 20,
    memory: (await lab.memory()) / 2 ** 20,
    resident: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024,
    handles: (await readdir(`/proc/${lab.pid}/fd`)).length,
    checkpoints: vpgs[0]?.checkpoints.count ?? 0,
  };
}

function row(cells: readonly string[]): void {
  print(cells.map((cell) => cell.padStart(13)).join(''));
}

/** Writes for so long and answers what was seen, two samples a minute. */
async function soak(
  lab: LabProcess,
  folder: string,
  minutes: number,
  rate: string,
): Promise<readonly Sample[]> {
  const load = ['--rw=randwrite', '--bsrange=4k-64k', '--iodepth=4', `--rate=${rate}`];
  const words = [...onDisk(lab.disk, diskSize, minutes * 60), ...compressible, ...load];
  const fio = spawn('fio', [...words, '--output=/dev/null'], { stdio: 'inherit' });
  const written = once(fio, 'exit').then(() => true);
  const started = performance.now();
  const samples: Sample[] = [];
  row(['minute', 'disk, MiB', 'memory, MiB', 'handles', 'checkpoints', 'resident, MiB']);
  for (let over = false; !over;) {
    over = await Promise.race([written, sleep(30_000, false)]);
    const sample = await take(lab, folder, started);
    samples.push(sample);
    const shown = [...figures, 'resident'] as const;
    row([sample.minute.toFixed(1), ...shown.map((figure) => sample[figure].toFixed(0))]);
  }
  return samples;
}

/** Whether nothing is more at the end than it was when the history had become full. */
function isLevel(samples: readonly Sample[]): boolean {
  const full = samples.filter(({ minute }) => minute > history + 1);
  if (full.length < leastSamples) {
    throw new BenchError('Too short: the history has to be full for some minutes.');
  }
  const third = Math.floor(full.length / 3);
  return figures
    .map((figure) => {
      const most = (part: readonly Sample[]): number =>
        Math.max(...part.map((sample) => sample[figure]));
      const before = most(full.slice(0, third));
      const after = most(full.slice(-third));
      const level = after <= before * (1 + tolerance);
      const words = `at most ${before.toFixed(0)} at first, ${after.toFixed(0)} at the end`;
      print(`${figure}: ${words}: ${level ? 'level' : 'GREW'}`);
      return level;
    })
    .every((level) => level);
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '4m' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'tidemark-soak-'));
try {
  const lab = await LabProcess.start(folder, { size: diskSize, history });
  try {
    if (!isLevel(await soak(lab, folder, Number(values.minutes), values.rate)))
      process.exitCode = 1;
  } finally {
    await lab.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
