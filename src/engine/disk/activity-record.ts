/**
 * What an activity log keeps on its datastore: two slots, written in turn, so that a torn write leaves the other one.
 *
 * A slot is a line (`tidemark-activity VERSION NUMBER CHECKSUM LENGTH`) and so many bytes of JSON behind it. The record
 * with the greater number counts.
 */
import { crc32 } from '../world/crc32.ts';
import type { Instant } from '../world/world.ts';
import type { MachineDisk, StreamPosition } from './write-tap.ts';

/** Bytes. Slots never share a sector of the disk, whatever its sector size. */
export const slotLength = 32 * 1024;

/** Bytes of a disk that are active or not as a whole. */
export const regionSize = 4 * 1024 * 1024;

/** Regions of a disk, by its index, from `first` on. */
export interface RegionRun {
  readonly disk: number;
  readonly first: number;
  readonly count: number;
}

/** A stream whose other side holds all that the disks hold, but for what lies in active regions. */
export interface LoggedStream extends StreamPosition {
  readonly stream: string;
}

export interface ActivityRecord {
  /** By the clock of the host, when it was written. */
  readonly time: Instant;
  readonly disks: readonly MachineDisk[];
  readonly streams: readonly LoggedStream[];
  /** In ascending order. */
  readonly active: readonly RegionRun[];
}

export interface NumberedRecord {
  readonly number: number;
  readonly record: ActivityRecord;
}

const version = 1;
const title = `tidemark-activity ${version}`;

interface Body {
  readonly time: Instant;
  readonly region: number;
  readonly disks: readonly (readonly [name: string, size: number])[];
  readonly streams: readonly (readonly [stream: string, epoch: number, sequence: number])[];
  /** Disk, first region and count of each run, one behind the other. */
  readonly active: readonly number[];
}

/**
 * The bytes of a slot. What does not fit is made to: runs are joined over the smallest gaps, for more may be active
 * than need be; and where that is not enough, streams are left out, which are then not vouched for.
 */
export function encodeRecord({ number, record }: NumberedRecord): Uint8Array {
  const { time, disks, streams, active } = record;
  const body = {
    time,
    region: regionSize,
    disks: disks.map(({ name, size }) => [name, size] as const),
    streams: streams.map(({ stream, epoch, sequence }) => [stream, epoch, sequence] as const),
  };
  for (let gap = 1, runs = active; ; gap *= 2) {
    const bytes = encodeSlot(number, { ...body, active: flat(runs) });
    if (bytes.length <= slotLength) return bytes;
    const joined = joinRuns(runs, gap);
    if (joined.length === runs.length && gap > Number.MAX_SAFE_INTEGER / 2) break;
    runs = joined;
  }
  return encodeSlot(number, { ...body, disks: [], streams: [], active: [] });
}

function encodeSlot(number: number, body: Body): Uint8Array {
  const text = Buffer.from(JSON.stringify(body));
  const checksum = checksumOf(number, text).toString(16);
  return Buffer.concat([Buffer.from(`${title} ${number} ${checksum} ${text.length}\n`), text]);
}

function flat(runs: readonly RegionRun[]): number[] {
  return runs.flatMap(({ disk, first, count }) => [disk, first, count]);
}

/** Runs of a disk that lie at most `gap` regions apart become one. */
function joinRuns(runs: readonly RegionRun[], gap: number): RegionRun[] {
  const joined: RegionRun[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const end = last && last.first + last.count;
    if (last && end !== undefined && last.disk === run.disk && run.first - end <= gap) {
      joined[joined.length - 1] = { ...last, count: run.first + run.count - last.first };
    } else {
      joined.push(run);
    }
  }
  return joined;
}

/** A record is never taken for one of another number. */
function checksumOf(number: number, text: Uint8Array): number {
  return crc32(Buffer.concat([Buffer.from(`${number}\n`), text]));
}

/** What a slot holds; undefined where that is no whole record of this version. */
export function decodeRecord(slot: Uint8Array): NumberedRecord | undefined {
  const end = slot.subarray(0, 128).indexOf(10);
  const head = new TextDecoder().decode(slot.subarray(0, Math.max(0, end)));
  const match = /^(.*) (\d+) ([0-9a-f]+) (\d+)$/.exec(head);
  if (match?.[1] !== title) return undefined;
  const number = Number(match[2]);
  const text = slot.subarray(end + 1, end + 1 + Number(match[4]));
  if (text.length !== Number(match[4])) return undefined;
  if (checksumOf(number, text).toString(16) !== match[3]) return undefined;
  const body = JSON.parse(new TextDecoder().decode(text)) as Body;
  if (body.region !== regionSize) return undefined;
  const active: RegionRun[] = [];
  for (let at = 0; at + 2 < body.active.length; at += 3) {
    const [disk = 0, first = 0, count = 0] = body.active.slice(at, at + 3);
    active.push({ disk, first, count });
  }
  const record: ActivityRecord = {
    time: body.time,
    disks: body.disks.map(([name, size]) => ({ name, size })),
    streams: body.streams.map(([stream, epoch, sequence]) => ({ stream, epoch, sequence })),
    active,
  };
  return { number, record };
}
