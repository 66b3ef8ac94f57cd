/** fio over NBD, and what it says. */
import { runProgram } from './machine-programs.ts';

export interface Work {
  readonly name: string;
  readonly words: readonly string[];
  /** What its speed is told in. */
  readonly unit: 'IOPS' | 'MB/s';
}

export const works: readonly Work[] = [
  {
    name: '4 KiB random writes, one at a time',
    words: ['--rw=randwrite', '--bs=4k', '--iodepth=1'],
    unit: 'IOPS',
  },
  {
    name: '4 KiB random writes, 16 at a time',
    words: ['--rw=randwrite', '--bs=4k', '--iodepth=16'],
    unit: 'IOPS',
  },
  {
    name: '1 MiB sequential writes, 4 at a time',
    words: ['--rw=write', '--bs=1m', '--iodepth=4'],
    unit: 'MB/s',
  },
];

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

export async function runFio(
  uri: string,
  size: number,
  { words, unit }: Work,
  seconds: number,
): Promise<Speed> {
  const text = await runProgram(
    'fio',
    '--name=bench',
    '--ioengine=nbd',
    `--uri=${uri}`,
    `--size=${size}`,
    '--time_based',
    `--runtime=${seconds}`,
    '--randrepeat=1',
    '--refill_buffers',
    '--buffer_compress_percentage=50',
    '--output-format=json',
    ...words,
  );
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
