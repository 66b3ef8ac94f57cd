/**
 * Content that is described instead of stored: its bytes follow from a seed and their place.
 *
 * The content is cut into units of 16 KiB. Unit k repeats a 32-bit word that the seed and k give, laid
 * over one fixed random pattern of 16 KiB. So every unit differs from every other, no part of a unit
 * resembles another, and, CRC-32 being linear, the checksum of a whole unit takes eight table look-ups:
 * that of a mebibyte a few microseconds.
 */
import { advance, advanceZeroes, crc32OfZeroes } from '../crc32.ts';
import { hashText, mix32 } from '../hash.ts';
import type { Payload } from '../payload.ts';
import { checkLength, checkPart } from './bounds.ts';

const unitSize = 16 * 1024;
/** Parts of a unit are summed up from checksums that are known for every sector. */
const sectorSize = 512;
const sectors = unitSize / sectorSize;

/** A content without an end. Two contents of equal seeds are the same content. */
export interface Content {
  readonly low: number;
  readonly high: number;
  /** For compressed content: what it was before, and how many bytes make all of it. */
  readonly original?: Payload;
  readonly size?: number;
  /** Of all of it, once it has been asked for: it is asked for at every station that the data passes. */
  checksum?: number;
}

export class SyntheticPayload implements Payload {
  readonly length: number;
  readonly content: Content;
  /** Place of the first byte in the content. */
  readonly start: number;
  #checksum: number | undefined;

  constructor(content: Content, start: number, length: number) {
    this.content = content;
    this.start = start;
    this.length = length;
  }

  slice(start: number, end: number): Payload {
    checkPart(this.length, start, end);
    if (start === 0 && end === this.length) return this;
    return new SyntheticPayload(this.content, this.start + start, end - start);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    const end = this.start + this.length;
    for (let at = this.start; at < end;) {
      const unit = Math.floor(at / unitSize);
      const until = Math.min(end, (unit + 1) * unitSize);
      fillFromUnit(bytes, at - this.start, this.content, unit, at % unitSize, until - at);
      at = until;
    }
    return bytes;
  }

  checksum(): number {
    const { content } = this;
    if (this.length === content.size && this.start === 0) {
      return (content.checksum ??= this.#computeChecksum());
    }
    return (this.#checksum ??= this.#computeChecksum());
  }

  /** 64 bits that follow from what the content is and which part of it this is. */
  get identity(): { readonly low: number; readonly high: number } {
    const { content, start, length } = this;
    const place = mix32((start | 0) ^ mix32(Math.floor(start / 4294967296)));
    const low = mix32(content.low ^ place) + Math.imul(length, 0x9e3779b1);
    return { low: mix32(low), high: mix32(content.high ^ mix32(low + (content.size ?? 0))) };
  }

  joined(next: Payload): Payload | undefined {
    if (!(next instanceof SyntheticPayload)) return undefined;
    if (next.start !== this.start + this.length) return undefined;
    if (!isSameContent(next.content, this.content)) return undefined;
    return new SyntheticPayload(this.content, this.start, this.length + next.length);
  }

  #computeChecksum(): number {
    if (this.length === 0) return crc32OfZeroes(0);
    const end = this.start + this.length;
    let crc = 0xffffffff;
    for (let at = this.start; at < end;) {
      const unit = Math.floor(at / unitSize);
      const until = Math.min(end, (unit + 1) * unitSize);
      if (until - at === unitSize) {
        crc = advanceUnit(crc) ^ checksumOfWord(wordOf(this.content, unit)) ^ checksumOfPattern;
      } else {
        const word = wordOf(this.content, unit);
        const before = checksumOfStart(word, at % unitSize);
        const after = checksumOfStart(word, until - unit * unitSize);
        crc = advanceZeroes(crc ^ before, until - at) ^ after;
      }
      at = until;
    }
    return (crc ^ 0xffffffff) >>> 0;
  }
}

export function isSameContent(a: Content, b: Content): boolean {
  return a === b || (a.low === b.low && a.high === b.high && a.size === b.size);
}

/**
 * `length` bytes of a content, from `offset` on. A content is named by a text or a safe whole number;
 * whoever uses the same name gets the same bytes.
 */
export function syntheticPayload(content: string | number, length: number, offset = 0): Payload {
  checkLength(length);
  checkLength(offset);
  return new SyntheticPayload(contentNamed(content), offset, length);
}

function contentNamed(name: string | number): Content {
  if (typeof name === 'string') return hashText(name);
  return { low: mix32(name | 0), high: mix32(~Math.floor(name / 4294967296)) };
}

function wordOf(content: Content, unit: number): number {
  const place = (unit | 0) ^ mix32(Math.floor(unit / 4294967296));
  return mix32(mix32(content.low ^ Math.imul(place, 0x9e3779b1)) + content.high);
}

const pattern = buildPattern();

function buildPattern(): Uint8Array {
  const bytes = new Uint8Array(unitSize);
  for (let at = 0; at < unitSize; at++) bytes[at] = mix32(at + 0x7f4a7c15) & 255;
  return bytes;
}

function fillFromUnit(
  into: Uint8Array,
  at: number,
  content: Content,
  unit: number,
  from: number,
  length: number,
): void {
  fillWithWord(into, at, wordOf(content, unit), from, length);
}

function fillWithWord(
  into: Uint8Array,
  at: number,
  word: number,
  from: number,
  length: number,
): void {
  for (let index = 0; index < length; index++) {
    const place = from + index;
    into[at + index] = (pattern[place] ?? 0) ^ ((word >>> (8 * (place & 3))) & 255);
  }
}

// --- Checksums of whole units: linear maps over 32 bits, as four tables of a byte each ---------------

const checksumOfPattern = advance(0, pattern);

/** The raw checksum of a unit that repeats only the word. */
const checksumOfWord = linear((word) => {
  const unit = new Uint8Array(unitSize);
  for (let at = 0; at < unitSize; at++) unit[at] = (word >>> (8 * (at & 3))) & 255;
  return advance(0, unit);
});

const advanceUnit = linear((register) => advanceZeroes(register, unitSize));

/** Per sector the raw checksum of what lies before it in a unit: of the pattern, and of each bit. */
const starts = buildStarts();

function buildStarts(): Uint32Array {
  const table = new Uint32Array(33 * (sectors + 1));
  const sector = new Uint8Array(sectorSize);
  for (let part = 0; part < 33; part++) {
    const bit = part - 1;
    for (let index = 0; index < sectors; index++) {
      if (part === 0) sector.set(pattern.subarray(index * sectorSize, (index + 1) * sectorSize));
      else
        for (let at = 0; at < sectorSize; at++) sector[at] = ((1 << bit) >>> (8 * (at & 3))) & 255;
      const row = part * (sectors + 1) + index;
      table[row + 1] = advance(table[row] ?? 0, sector);
    }
  }
  return table;
}

/** The raw checksum of the first `length` bytes of a unit with this word. */
function checksumOfStart(word: number, length: number): number {
  const sector = Math.floor(length / sectorSize);
  let crc = starts[sector] ?? 0;
  for (let bit = 0; bit < 32; bit++) {
    if ((word >>> bit) & 1) crc ^= starts[(bit + 1) * (sectors + 1) + sector] ?? 0;
  }
  const from = sector * sectorSize;
  if (length === from) return crc;
  const rest = new Uint8Array(length - from);
  fillWithWord(rest, 0, word, from, length - from);
  return advance(crc, rest);
}

function linear(map: (value: number) => number): (value: number) => number {
  const table = new Uint32Array(1024);
  for (let position = 0; position < 4; position++) {
    for (let bit = 0; bit < 8; bit++) {
      const image = map((1 << (8 * position + bit)) >>> 0);
      for (let byte = 0; byte < 256; byte++) {
        if (byte & (1 << bit))
          table[256 * position + byte] = (table[256 * position + byte] ?? 0) ^ image;
      }
    }
  }
  return (value) =>
    (table[value & 255] ?? 0) ^
    (table[256 + ((value >>> 8) & 255)] ?? 0) ^
    (table[512 + ((value >>> 16) & 255)] ?? 0) ^
    (table[768 + (value >>> 24)] ?? 0);
}
