/**
 * The ends of a segment file: a header of 64 bytes in front of the frames, and behind them, once the
 * segment takes no more, a footer: the writes sorted by disk and offset, the markers, and a summary in
 * the last 96 bytes of the file. A segment whose summary is missing or broken is scanned instead, so a
 * footer saves time and is never needed.
 */
import { advance, crc32 } from '../world/crc32.ts';
import type { JournalPosition } from './contract.ts';
import type { CheckpointId, SyncKind } from './frame.ts';
import type { MarkerTable } from './marker-table.ts';
import type { Place } from './place.ts';
import { Segment, SEGMENT_HEADER_BYTES } from './segment.ts';
import type { SegmentStart } from './segment.ts';
import { INDEXED_WRITE_BYTES } from './write-index.ts';

export const SEGMENT_SUMMARY_BYTES = 96;

const HEADER_MAGIC = 0x53464d54;
const SUMMARY_MAGIC = 0x46534d54;
const VERSION = 1;
export const SEGMENT_MARKER_BYTES = 28;
const SYNCS: readonly (SyncKind | undefined)[] = [undefined, 'initial', 'bitmap', 'delta'];

/** The number that a segment file's name begins with, or undefined for another file. */
export function segmentId(name: string): number | undefined {
  const match = /^(\d{8,})\.seg$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export function segmentName(id: number): string {
  return `${String(id).padStart(8, '0')}.seg`;
}

/** Tells a stream's records from another's that ended up in its folder. */
export function streamHash(stream: string): number {
  return crc32(new TextEncoder().encode(stream));
}

export function encodeSegmentHeader(start: SegmentStart, stream: number): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HEADER_MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint32(8, stream, true);
  view.setUint32(12, start.id, true);
  view.setFloat64(16, start.after.epoch, true);
  view.setFloat64(24, start.after.sequence, true);
  view.setUint8(32, SYNCS.indexOf(start.sync));
  view.setFloat64(40, start.newestCheckpoint, true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

/** Undefined where it is not the header of this segment of this stream. */
export function decodeSegmentHeader(
  bytes: Uint8Array,
  stream: number,
  id: number,
): SegmentStart | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const ours =
    view.getUint32(0, true) === HEADER_MAGIC &&
    view.getUint16(4, true) === VERSION &&
    view.getUint32(8, true) === stream &&
    view.getUint32(12, true) === id &&
    view.getUint32(60, true) === crc32(bytes.subarray(0, 60));
  if (!ours) return undefined;
  return {
    id,
    after: { epoch: view.getFloat64(16, true), sequence: view.getFloat64(24, true) },
    sync: SYNCS[view.getUint8(32)],
    newestCheckpoint: view.getFloat64(40, true),
  };
}

/** What stands behind the frames of a sealed segment. */
export function encodeFooter(segment: Segment): Uint8Array {
  const writes = segment.index?.encode() ?? new Uint8Array(0);
  const markers = encodeMarkers(segment.markers);
  const summary = new Uint8Array(SEGMENT_SUMMARY_BYTES);
  const view = new DataView(summary.buffer);
  view.setUint32(0, SUMMARY_MAGIC, true);
  view.setUint32(4, segment.id, true);
  view.setUint32(8, segment.end, true);
  view.setUint32(12, writes.length, true);
  view.setUint32(16, markers.length, true);
  view.setUint32(20, crc32(writes), true);
  view.setUint32(24, crc32(markers), true);
  view.setUint8(28, SYNCS.indexOf(segment.sync));
  view.setFloat64(32, segment.position.epoch, true);
  view.setFloat64(40, segment.position.sequence, true);
  view.setFloat64(48, segment.newestCheckpoint, true);
  view.setFloat64(56, segment.firstTime ?? 0, true);
  view.setUint32(64, segment.last.frame, true);
  view.setUint16(68, segment.last.entry, true);
  view.setFloat64(72, segment.catalogued + 2, true);
  view.setUint32(92, summaryChecksum(summary, segment.id), true);
  const footer = new Uint8Array(writes.length + markers.length + summary.length);
  footer.set(writes);
  footer.set(markers, writes.length);
  footer.set(summary, writes.length + markers.length);
  return footer;
}

export interface SegmentSummary {
  readonly end: number;
  readonly writeBytes: number;
  readonly markerBytes: number;
  readonly writesChecksum: number;
  readonly markersChecksum: number;
  readonly sync: SyncKind | undefined;
  readonly position: JournalPosition;
  readonly newestCheckpoint: CheckpointId;
  /** Undefined: not said, and then all of its markers count for themselves. */
  readonly catalogued: CheckpointId | undefined;
  readonly firstTime: number;
  readonly last: Place;
}

/** Undefined where the last bytes of a file of `fileBytes` are not the summary of this segment. */
export function decodeSummary(
  bytes: Uint8Array,
  id: number,
  fileBytes: number,
): SegmentSummary | undefined {
  const view = viewOf(bytes);
  if (bytes.length !== SEGMENT_SUMMARY_BYTES || view.getUint32(0, true) !== SUMMARY_MAGIC) {
    return undefined;
  }
  if (view.getUint32(4, true) !== id) return undefined;
  if (view.getUint32(92, true) !== summaryChecksum(bytes, id)) return undefined;
  const end = view.getUint32(8, true);
  const writeBytes = view.getUint32(12, true);
  const markerBytes = view.getUint32(16, true);
  if (end + writeBytes + markerBytes + SEGMENT_SUMMARY_BYTES !== fileBytes) return undefined;
  return {
    end,
    writeBytes,
    markerBytes,
    writesChecksum: view.getUint32(20, true),
    markersChecksum: view.getUint32(24, true),
    sync: SYNCS[view.getUint8(28)],
    position: { epoch: view.getFloat64(32, true), sequence: view.getFloat64(40, true) },
    newestCheckpoint: view.getFloat64(48, true),
    catalogued: view.getFloat64(72, true) === 0 ? undefined : view.getFloat64(72, true) - 2,
    firstTime: view.getFloat64(56, true),
    last: {
      segment: id,
      frame: view.getUint32(64, true),
      frameEnd: end,
      entry: view.getUint16(68, true),
    },
  };
}

/** A sealed segment from its header, summary and markers; undefined where the markers are broken. */
export function sealedSegment(
  start: SegmentStart,
  summary: SegmentSummary,
  markers: Uint8Array,
): Segment | undefined {
  if (crc32(markers) !== summary.markersChecksum) return undefined;
  const segment = new Segment(start);
  decodeMarkers(markers, segment.markers, start.id);
  segment.index = undefined;
  segment.position = summary.position;
  segment.sync = summary.sync;
  segment.newestCheckpoint = summary.newestCheckpoint;
  segment.catalogued = summary.catalogued ?? summary.newestCheckpoint;
  segment.end = summary.end;
  segment.last = summary.last;
  segment.firstTime = summary.firstTime;
  segment.fileBytes =
    summary.end + summary.writeBytes + summary.markerBytes + SEGMENT_SUMMARY_BYTES;
  return segment;
}

function encodeMarkers(markers: MarkerTable): Uint8Array {
  const bytes = new Uint8Array(markers.count * SEGMENT_MARKER_BYTES);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < markers.count; index += 1) {
    const marker = markers.marker(index);
    const place = markers.place(index);
    const at = index * SEGMENT_MARKER_BYTES;
    view.setFloat64(at, marker?.checkpoint ?? 0, true);
    view.setFloat64(at + 8, marker?.time ?? 0, true);
    view.setUint32(at + 16, place.frame, true);
    view.setUint32(at + 20, place.frameEnd, true);
    view.setUint16(at + 24, place.entry, true);
  }
  return bytes;
}

function decodeMarkers(bytes: Uint8Array, markers: MarkerTable, segment: number): void {
  const view = viewOf(bytes);
  for (let at = 0; at + SEGMENT_MARKER_BYTES <= bytes.length; at += SEGMENT_MARKER_BYTES) {
    markers.append(
      { checkpoint: view.getFloat64(at, true), time: view.getFloat64(at + 8, true) },
      {
        segment,
        frame: view.getUint32(at + 16, true),
        frameEnd: view.getUint32(at + 20, true),
        entry: view.getUint16(at + 24, true),
      },
    );
  }
}

/** Whether what was read of a footer is the writes that its summary speaks of. */
export function areFooterWrites(bytes: Uint8Array, summary: SegmentSummary): boolean {
  return bytes.length % INDEXED_WRITE_BYTES === 0 && crc32(bytes) === summary.writesChecksum;
}

function summaryChecksum(summary: Uint8Array, id: number): number {
  return advance(id, summary.subarray(0, 92));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
