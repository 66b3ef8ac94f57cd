/** Our NBD server over a file, beside `nbdkit file` and `qemu-nbd` over the same file; fio asks all of them the same. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largeWrites, manyReads, manyWrites, onDisk, runFio, singleWrites } from '../engine/fio.ts';
import type { Speed, Work } from '../engine/fio.ts';
import { awaitSocket, endProgram, runProgram, startProgram } from '../engine/machine-programs.ts';
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

const cases = [singleWrites, manyWrites, manyReads, largeWrites];

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
  const values = new Map<string, Speed[]>();
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

function rowsOf(each: Work, values: ReadonlyMap<string, Speed[]>): string {
  const of = (peer: Peer): Speed[] => values.get(`${each.name}/${peer}`) ?? [];
  const ours = of('tidemark');
  const rows = peers.map((peer) => {
    const theirs = of(peer);
    const rate = measuresOf(theirs.map((value) => value.speed));
    const p99 = measuresOf(theirs.map((value) => value.p99));
    const ratios = measuresOf(
      ours.map((value, round) => value.speed / (theirs[round]?.speed ?? 1)),
    );
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

async function measured(peer: Peer, work: Work, folder: string, file: string): Promise<Speed> {
  const socket = join(folder, 'socket');
  await rm(socket, { force: true });
  const server = start(peer, socket, file);
  try {
    await awaitSocket(socket);
    const uri = `nbd+unix:///?socket=${socket}`;
    return await runFio([...onDisk(uri, size, seconds), '--ramp_time=1'], work);
  } finally {
    await endProgram(server);
    await runProgram('sync', '-f', file);
  }
}

function start(peer: Peer, socket: string, file: string): ChildProcess {
  switch (peer) {
    case 'tidemark': {
      const script = new URL('serve-file.ts', import.meta.url).pathname;
      return startProgram(process.execPath, script, socket, file, String(size));
    }
    case 'nbdkit file':
      return startProgram('nbdkit', '-f', '-U', socket, 'file', file);
    case 'qemu-nbd':
      return startProgram('qemu-nbd', '-f', 'raw', '-k', socket, '-t', '-e', '8', file);
  }
}
