/** Our NBD server over a file, beside `nbdkit file` and `qemu-nbd` over the same file; fio asks all of them the same. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measuresOf } from '../measures.ts';
import { describeMachine, table, tell, writeFigures } from '../report.ts';
import { BenchError } from '../suite.ts';
import type { Suite, SuiteOptions } from '../suite.ts';

const MiB = 1024 * 1024;
const size = 512 * MiB;
const defaultRuns = 3;
/** Seconds that fio writes for one value. */
const seconds = 4;

type Peer = 'tidemark' | 'nbdkit file' | 'qemu-nbd';

const peers: readonly Peer[] = ['tidemark', 'nbdkit file', 'qemu-nbd'];

interface Case {
  readonly name: string;
  readonly fio: readonly string[];
  readonly unit: 'IOPS' | 'MB/s';
}

const cases: readonly Case[] = [
  {
    name: '4 KiB random write, QD 1',
    fio: ['--rw=randwrite', '--bs=4k', '--iodepth=1'],
    unit: 'IOPS',
  },
  {
    name: '4 KiB random write, QD 16',
    fio: ['--rw=randwrite', '--bs=4k', '--iodepth=16'],
    unit: 'IOPS',
  },
  {
    name: '4 KiB random read, QD 16',
    fio: ['--rw=randread', '--bs=4k', '--iodepth=16'],
    unit: 'IOPS',
  },
  {
    name: '1 MiB sequential write, QD 4',
    fio: ['--rw=write', '--bs=1m', '--iodepth=4'],
    unit: 'MB/s',
  },
];

interface Value {
  /** IOPS or MB/s. */
  readonly rate: number;
  /** Microseconds that 99 of 100 requests did not exceed. */
  readonly p99: number;
}

interface FioSide {
  readonly iops: number;
  readonly bw_bytes: number;
  readonly clat_ns: { readonly percentile?: Readonly<Record<string, number>> };
}

export const nbdSuite: Suite = {
  name: 'nbd',
  describes: 'our NBD server over a file, beside nbdkit and qemu-nbd',
  run,
};

async function run(options: SuiteOptions): Promise<void> {
  for (const program of ['fio', 'nbdkit', 'qemu-nbd']) {
    if (!existsSync(`/usr/bin/${program}`)) throw new BenchError(`${program} is not installed.`);
  }
  const machine = describeMachine();
  const runs = options.runs ?? defaultRuns;
  const values = new Map<string, Value[]>();
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    const file = join(folder, 'disk');
    await fill(file);
    for (const each of cases) {
      for (let round = 0; round < runs; round++) {
        for (let turn = 0; turn < peers.length; turn++) {
          const peer = peers[(turn + round) % peers.length] ?? 'tidemark';
          const key = `${each.name}/${peer}`;
          const value = await measured(peer, each, folder, file);
          values.set(key, [...(values.get(key) ?? []), value]);
        }
      }
      tell(rowsOf(each, values));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const figures = cases.flatMap(
    (each) =>
    peers.map((peer) => ({ case: each.name, unit: each.unit, peer, values: values.get(`${each.name}/${peer}`) })), // prettier-ignore
  );
  tell(writeFigures('nbd', machine, { seconds, runs, figures }));
}

function rowsOf(each: Case, values: ReadonlyMap<string, Value[]>): string {
  const of = (peer: Peer): Value[] => values.get(`${each.name}/${peer}`) ?? [];
  const ours = of('tidemark');
  const rows = peers.map((peer) => {
    const theirs = of(peer);
    const rate = measuresOf(theirs.map((value) => value.rate));
    const p99 = measuresOf(theirs.map((value) => value.p99));
    const ratios = measuresOf(ours.map((value, round) => value.rate / (theirs[round]?.rate ?? 1)));
    return [
      peer,
      `${rate.median.toFixed(0)} (${rate.min.toFixed(0)}–${rate.max.toFixed(0)})`,
      `${p99.median.toFixed(0)} µs`,
      `${ratios.median.toFixed(2)} (${ratios.min.toFixed(2)}–${ratios.max.toFixed(2)})`,
    ];
  });
  return table([each.name, each.unit, 'p99', 'ours ÷ theirs, round by round'], rows);
}

/** Everything is allocated before anything is measured. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  const piece = Buffer.alloc(MiB, 0xa5);
  for (let at = 0; at < size; at += MiB) await file.write(piece, 0, MiB, at);
  await file.sync();
  await file.close();
}

async function measured(peer: Peer, each: Case, folder: string, file: string): Promise<Value> {
  const socket = join(folder, 'socket');
  await rm(socket, { force: true });
  const server = start(peer, socket, file);
  let said = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  try {
    for (let waited = 0; !existsSync(socket); waited++) {
      if (waited > 1000 || server.exitCode !== null)
        throw new BenchError(`${peer} does not start: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return await fio(each, socket);
  } finally {
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGKILL');
    await ended;
    execFileSync('sync', ['-f', file]);
  }
}

function start(peer: Peer, socket: string, file: string): ChildProcess {
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe'];
  switch (peer) {
    case 'tidemark': {
      const script = new URL('serve-file.ts', import.meta.url).pathname;
      return spawn(process.execPath, [script, socket, file, String(size)], { stdio });
    }
    case 'nbdkit file':
      return spawn('nbdkit', ['-f', '-U', socket, 'file', file], { stdio });
    case 'qemu-nbd':
      return spawn('qemu-nbd', ['-f', 'raw', '-k', socket, '-t', '-e', '8', file], { stdio });
  }
}

function fio(each: Case, socket: string): Promise<Value> {
  const args = [
    ...['--name=b', '--ioengine=nbd', `--uri=nbd+unix:///?socket=${socket}`, `--size=${size}`],
    ...['--time_based=1', `--runtime=${seconds}`, '--ramp_time=1', '--randrepeat=1'],
    ...['--output-format=json', ...each.fio],
  ];
  return new Promise((resolve, reject) => {
    execFile('fio', args, { maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error) {
        reject(new BenchError(`fio: ${stderr}`));
        return;
      }
      const { jobs } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
        jobs: readonly { readonly read: FioSide; readonly write: FioSide }[];
      };
      const job = jobs[0];
      const side = job && (job.write.iops > 0 ? job.write : job.read);
      const p99 = side?.clat_ns.percentile?.['99.000000'];
      if (!side || p99 === undefined) reject(new BenchError('fio reported nothing.'));
      else
        resolve({ rate: each.unit === 'IOPS' ? side.iops : side.bw_bytes / 1e6, p99: p99 / 1000 });
    });
  });
}
