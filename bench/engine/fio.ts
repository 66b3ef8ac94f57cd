/** fio over NBD, and what it says. */
import { runProgram } from './machine-programs.ts';

export interface Work {
  readonly name: string;
  readonly words: readonly string[];
  /** What its speed is told in. */
  readonly unit: 'IOPS' | 'MB/s';
}

export const random = (rw: string, depth: number): string[] => [`--rw=${rw}`, '--bs=4k', `--iodepth=${depth}`]; // prettier-ignore

export const singleWrites: Work = {
  name: '4 KiB random writes, one at a time',
  words: random('randwrite', 1),
  unit: 'IOPS',
};
export const manyWrites: Work = {
  name: '4 KiB random writes, 16 at a time',
  words: random('randwrite', 16),
  unit: 'IOPS',
};
export const manyReads: Work = {
  name: '4 KiB random reads, 16 at a time',
  words: random('randread', 16),
  unit: 'IOPS',
};
export const largeWrites: Work = {
  name: '1 MiB sequential writes, 4 at a time',
  words: ['--rw=write', '--bs=1m', '--iodepth=4'],
  unit: 'MB/s',
};

export interface Speed {
  /** In the work's unit. */
  readonly speed: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Bytes. */
  readonly bytes: number;
}

interface Direction {
  readonly iops: number;
  readonly bw_bytes: number;
  readonly io_bytes: number;
  readonly clat_ns: { readonly percentile: Readonly<Record<string, number>> };
}

/** Data that compresses to half, anew for each write: for what compresses it. */
export const compressible = ['--refill_buffers', '--buffer_compress_percentage=50'];

/** What fio is told of a disk, whatever it then does to it. */
export function onDisk(uri: string, size: number, seconds: number): string[] {
  const range = [`--uri=${uri}`, `--size=${size}`, '--randrepeat=1'];
  return ['--name=bench', '--ioengine=nbd', ...range, '--time_based', `--runtime=${seconds}`];
}

export async function runFio(disk: readonly string[], { words, unit }: Work): Promise<Speed> {
  const text = await runProgram('fio', ...disk, '--output-format=json', ...words);
  const { jobs } = JSON.parse(text.slice(text.indexOf('{'))) as {
    jobs: readonly { readonly read: Direction; readonly write: Direction }[];
  };
  const job = jobs[0];
  const side = job && job.write.io_bytes > 0 ? job.write : job?.read;
  if (!side) throw new Error('fio told of no job.');
  const percentiles = side.clat_ns.percentile;
  return {
    speed: unit === 'IOPS' ? side.iops : side.bw_bytes / 1e6,
    p50: (percentiles['50.000000'] ?? 0) / 1000,
    p99: (percentiles['99.000000'] ?? 0) / 1000,
    bytes: side.io_bytes,
  };
}
