/** Replies to requests, as a server sends them. */
import type { Payload } from '../world/payload.ts';
import { isZeroes, partsOf } from '../world/payloads.ts';
import type { AllocationRun } from './exported-disk.ts';
import { allocationContextId, encodeText } from './exports.ts';
import type { Failure } from './failures.ts';
import { allocationFlag, chunk, chunkFlag, headerLength, magic } from './protocol.ts';

/** The 64 bits by which a client knows its request, in two halves. */
export interface Cookie {
  readonly high: number;
  readonly low: number;
}

/** Zeroes that are shorter are sent as they are: a chunk of its own would not be worth it. */
const shortestHole = 4096;

/** Runs in one reply about allocation; a client asks again for the rest. */
const mostRuns = 4096;

const slabSize = 16 * 1024;
const someZeroes = new Uint8Array(64 * 1024);

export class ReplyWriter {
  readonly #structured: boolean;
  #slab = new Uint8Array(slabSize);
  #view = new DataView(this.#slab.buffer);
  #used = 0;

  constructor(structured: boolean) {
    this.#structured = structured;
  }

  /** It was done. */
  success(cookie: Cookie): Uint8Array[] {
    if (!this.#structured) return [this.#simple(cookie, 0)];
    return [this.#chunk(cookie, chunk.none, true, 0, 0)];
  }

  failure(cookie: Cookie, { errno, message }: Failure): Uint8Array[] {
    if (!this.#structured) return [this.#simple(cookie, errno)];
    const text = encodeText(message);
    const header = this.#chunk(cookie, chunk.error, true, 6, text.length);
    const at = headerLength.structuredReply + this.#begin(header);
    this.#view.setUint32(at, errno);
    this.#view.setUint16(at + 4, text.length);
    return [header, text];
  }

  /** The answer to a read; in one chunk where the client wants it whole. */
  data(cookie: Cookie, offset: number, payload: Payload, whole: boolean): Uint8Array[] {
    if (payload.length === 0) return this.success(cookie);
    const parts: Uint8Array[] = [];
    if (!this.#structured) {
      parts.push(this.#simple(cookie, 0));
      for (const part of partsOf(payload)) pushBytes(parts, part);
      return parts;
    }
    if (isZeroes(payload)) {
      parts.push(this.#hole(cookie, offset, payload.length, true));
      return parts;
    }
    if (whole) {
      this.#pushData(parts, cookie, offset, partsOf(payload), true);
      return parts;
    }
    let data: Payload[] = [];
    let begin = offset;
    let at = offset;
    const end = offset + payload.length;
    for (const part of partsOf(payload)) {
      if (isZeroes(part) && part.length >= shortestHole) {
        if (at > begin) this.#pushData(parts, cookie, begin, data, false);
        data = [];
        begin = at + part.length;
        parts.push(this.#hole(cookie, at, part.length, begin === end));
      } else {
        data.push(part);
      }
      at += part.length;
    }
    if (at > begin) this.#pushData(parts, cookie, begin, data, true);
    return parts;
  }

  /** What is allocated of a range of `length` bytes. The runs cover its beginning at least. */
  allocation(
    cookie: Cookie,
    runs: readonly AllocationRun[],
    length: number,
    one: boolean,
  ): Uint8Array[] {
    const joined = joinRuns(runs, length, one ? 1 : mostRuns);
    const content = new Uint8Array(4 + joined.length * 8);
    const view = new DataView(content.buffer);
    view.setUint32(0, allocationContextId);
    let at = 4;
    for (const run of joined) {
      view.setUint32(at, run.length);
      view.setUint32(at + 4, run.flags);
      at += 8;
    }
    return [this.#chunk(cookie, chunk.blockStatus, true, 0, content.length), content];
  }

  #pushData(
    parts: Uint8Array[],
    cookie: Cookie,
    offset: number,
    payloads: readonly Payload[],
    last: boolean,
  ): void {
    let length = 0;
    for (const payload of payloads) length += payload.length;
    const header = this.#chunk(cookie, chunk.offsetData, last, 8, length);
    this.#putWide(this.#begin(header) + headerLength.structuredReply, offset);
    parts.push(header);
    for (const payload of payloads) pushBytes(parts, payload);
  }

  #hole(cookie: Cookie, offset: number, length: number, last: boolean): Uint8Array {
    const header = this.#chunk(cookie, chunk.offsetHole, last, 12, 0);
    const at = this.#begin(header) + headerLength.structuredReply;
    this.#putWide(at, offset);
    this.#view.setUint32(at + 8, length);
    return header;
  }

  #simple(cookie: Cookie, errno: number): Uint8Array {
    const header = this.#take(headerLength.simpleReply);
    const at = this.#begin(header);
    this.#view.setUint32(at, magic.simpleReply);
    this.#view.setUint32(at + 4, errno);
    this.#view.setUint32(at + 8, cookie.high);
    this.#view.setUint32(at + 12, cookie.low);
    return header;
  }

  /** A chunk's header with room for `own` bytes behind it; `following` bytes come from elsewhere. */
  #chunk(cookie: Cookie, type: number, last: boolean, own: number, following: number): Uint8Array {
    const header = this.#take(headerLength.structuredReply + own);
    const at = this.#begin(header);
    this.#view.setUint32(at, magic.structuredReply);
    this.#view.setUint16(at + 4, last ? chunkFlag.done : 0);
    this.#view.setUint16(at + 6, type);
    this.#view.setUint32(at + 8, cookie.high);
    this.#view.setUint32(at + 12, cookie.low);
    this.#view.setUint32(at + 16, own + following);
    return header;
  }

  /** Headers lie one behind the other, so that those that leave together leave as one piece. */
  #take(length: number): Uint8Array {
    if (this.#used + length > slabSize) {
      this.#slab = new Uint8Array(slabSize);
      this.#view = new DataView(this.#slab.buffer);
      this.#used = 0;
    }
    const taken = this.#slab.subarray(this.#used, this.#used + length);
    this.#used += length;
    return taken;
  }

  #begin(header: Uint8Array): number {
    return header.byteOffset;
  }

  #putWide(at: number, value: number): void {
    this.#view.setUint32(at, Math.floor(value / 0x100000000));
    this.#view.setUint32(at + 4, value >>> 0);
  }
}

function pushBytes(parts: Uint8Array[], payload: Payload): void {
  if (!isZeroes(payload)) {
    parts.push(payload.bytes());
    return;
  }
  for (let rest = payload.length; rest > 0; rest -= someZeroes.length) {
    parts.push(rest < someZeroes.length ? someZeroes.subarray(0, rest) : someZeroes);
  }
}

function joinRuns(
  runs: readonly AllocationRun[],
  length: number,
  most: number,
): { readonly length: number; readonly flags: number }[] {
  const joined: { length: number; flags: number }[] = [];
  let rest = length;
  for (const run of runs) {
    const taken = Math.min(run.length, rest);
    if (taken <= 0) break;
    rest -= taken;
    const flags = (run.hole ? allocationFlag.hole : 0) | (run.zero ? allocationFlag.zero : 0);
    const last = joined.at(-1);
    if (last?.flags === flags) last.length += taken;
    else if (joined.length === most) break;
    else joined.push({ length: taken, flags });
  }
  return joined;
}
