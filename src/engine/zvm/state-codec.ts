/** Records of the ZVM's state log as bytes: length, checksum, JSON. */
import { crc32 } from '../world/crc32.ts';
import { rememberState } from './state-replay.ts';
import type { StateRecord, ZvmState } from './state.ts';

const headerSize = 8;
const encoder = new TextEncoder();

export function encodeRecords(records: readonly StateRecord[]): Uint8Array {
  const bodies = records.map((record) => encoder.encode(JSON.stringify(record)));
  const size = bodies.reduce((sum, body) => sum + headerSize + body.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const body of bodies) {
    view.setUint32(at, body.length, true);
    view.setUint32(at + 4, crc32(body), true);
    bytes.set(body, at + headerSize);
    at += headerSize + body.length;
  }
  return bytes;
}

/**
 * Reads a log up to its first record that is not whole, which a crash cut off. Undefined where not even
 * the head is whole: the file was being written when the ZVM went down, and the one before it counts.
 */
export function decodeLog(
  bytes: Uint8Array,
): { readonly state: ZvmState; readonly size: number } | undefined {
  const decoder = new TextDecoder();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: StateRecord[] = [];
  let at = 0;
  while (at + headerSize <= bytes.length) {
    const length = view.getUint32(at, true);
    const body = bytes.subarray(at + headerSize, at + headerSize + length);
    if (length === 0 || body.length < length) break;
    if (crc32(body) !== view.getUint32(at + 4, true)) break;
    records.push(JSON.parse(decoder.decode(body)) as StateRecord);
    at += headerSize + length;
  }
  const state = rememberState(records);
  return state && { state, size: at };
}
