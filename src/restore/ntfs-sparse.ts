/**
 * Sparse files of an NTFS, cluster run by cluster run.
 *
 * 7-Zip takes a unit of 16 clusters of which some are not allocated for a compressed one, and gives up
 * with a data error; in sparse files such units are ordinary where Linux wrote them. Layout: the NTFS
 * documentation of the Linux-NTFS project (boot sector, FILE record, attribute header, data runs).
 */
import type { SynchronousDisk } from './disk.ts';
import { RestoreError } from './restore-error.ts';

export interface SparseContent {
  /** Bytes. What no run covers is zeroes. */
  readonly size: number;
  readonly runs: readonly Run[];
}

/** Bytes of the file and where on the disk they are. */
export interface Run {
  readonly at: number;
  readonly length: number;
  readonly offset: number;
}

interface Geometry {
  readonly clusterSize: number;
  readonly recordSize: number;
  readonly mft: readonly Run[];
}

const dataAttribute = 0x80;
const endOfAttributes = 0xffff_ffff;
const compressedFlags = 0x40ff;

/**
 * Finds where the content of a file lies.
 *
 * @param record the file's number in the master file table
 * @throws RestoreError `damaged` where it is compressed, encrypted or does not make sense
 */
export function sparseContent(disk: SynchronousDisk, record: number): SparseContent {
  const boot = read(disk, 0, 512);
  const sectorSize = boot.getUint16(11, true);
  const clusterSize = sectorSize * sectorsPerCluster(boot.getUint8(13));
  const perRecord = boot.getInt8(64);
  const recordSize = perRecord > 0 ? perRecord * clusterSize : 2 ** -perRecord;
  const mftAt = Number(boot.getBigUint64(48, true)) * clusterSize;
  if (!(recordSize >= 256 && recordSize <= 65_536)) throw senseless('boot sector');
  const table = content(recordAt(disk, mftAt, recordSize, sectorSize), clusterSize);
  const geometry: Geometry = { clusterSize, recordSize, mft: table.runs };
  const offset = placeOf(record, geometry);
  return content(recordAt(disk, offset, recordSize, sectorSize), clusterSize);
}

function sectorsPerCluster(value: number): number {
  // Above 128 it is the negative power of two of a large cluster.
  return value <= 128 ? value : 2 ** (256 - value);
}

function placeOf(record: number, { recordSize, mft }: Geometry): number {
  const at = record * recordSize;
  for (const run of mft) {
    if (at >= run.at && at < run.at + run.length) return run.offset + (at - run.at);
  }
  throw senseless(`number ${record}, which is not in the master file table`);
}

/** A FILE record, with the two last bytes of each sector put back that its update sequence replaced. */
function recordAt(
  disk: SynchronousDisk,
  offset: number,
  size: number,
  sectorSize: number,
): DataView {
  const view = read(disk, offset, size);
  if (view.getUint32(0, false) !== 0x4649_4c45) throw senseless('record');
  const sequence = view.getUint16(4, true);
  const count = view.getUint16(6, true);
  for (let sector = 1; sector < count; sector++) {
    const end = sector * sectorSize - 2;
    if (end + 2 > size || view.getUint16(end, true) !== view.getUint16(sequence, true)) {
      throw senseless('record, which was not written whole');
    }
    view.setUint16(end, view.getUint16(sequence + 2 * sector, true), true);
  }
  return view;
}

function content(record: DataView, clusterSize: number): SparseContent {
  for (let at = record.getUint16(20, true); at + 8 <= record.byteLength;) {
    const type = record.getUint32(at, true);
    const length = record.getUint32(at + 4, true);
    if (type === endOfAttributes || length < 24) break;
    const unnamed = record.getUint8(at + 9) === 0;
    const resident = record.getUint8(at + 8) === 0;
    if (type === dataAttribute && unnamed && !resident) {
      if ((record.getUint16(at + 12, true) & compressedFlags) !== 0) {
        throw new RestoreError('damaged', 'The file is compressed or encrypted.');
      }
      const size = Number(record.getBigUint64(at + 48, true));
      const initialised = Number(record.getBigUint64(at + 56, true));
      const runs = runsOf(record, at + record.getUint16(at + 32, true), at + length, clusterSize);
      return { size, runs: cutAt(runs, Math.min(size, initialised)) };
    }
    at += length;
  }
  throw senseless('record, which has no content of its own');
}

/** Data runs: lengths and signed distances of clusters, each in as many bytes as its header says. */
function runsOf(record: DataView, start: number, end: number, clusterSize: number): Run[] {
  const runs: Run[] = [];
  let at = 0;
  let cluster = 0;
  for (let place = start; place < end;) {
    const header = record.getUint8(place++);
    if (header === 0) break;
    const lengthBytes = header & 15;
    const distanceBytes = header >> 4;
    if (place + lengthBytes + distanceBytes > end) throw senseless('list of runs');
    const length = little(record, place, lengthBytes, false) * clusterSize;
    place += lengthBytes;
    if (distanceBytes > 0) {
      cluster += little(record, place, distanceBytes, true);
      runs.push({ at, length, offset: cluster * clusterSize });
    }
    place += distanceBytes;
    at += length;
  }
  return runs;
}

function little(view: DataView, at: number, bytes: number, signed: boolean): number {
  let value = 0;
  for (let index = 0; index < bytes; index++) value += view.getUint8(at + index) * 256 ** index;
  const limit = 256 ** bytes;
  return signed && value >= limit / 2 ? value - limit : value;
}

function cutAt(runs: readonly Run[], size: number): Run[] {
  return runs
    .filter(({ at }) => at < size)
    .map((run) => ({ ...run, length: Math.min(run.length, size - run.at) }));
}

function read(disk: SynchronousDisk, offset: number, length: number): DataView {
  if (!(offset >= 0 && offset + length <= disk.size)) throw senseless('address');
  const bytes = new Uint8Array(length);
  disk.read(offset, bytes);
  return new DataView(bytes.buffer);
}

function senseless(what: string): RestoreError {
  return new RestoreError('damaged', `The file system does not make sense: a wrong ${what}.`);
}
